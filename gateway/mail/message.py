"""A mail taken apart: the one value that every later stage reads.

Nothing of the parsing library leaks out of `gateway.mail`. `parse` never raises: what it could not read stands in
`defects`, and a mail of which only the header could be read has `unparsed` set, with the reason in words.
"""

from collections.abc import Iterable, Set
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A mailbox of a header (RFC 5322 §3.4): `address` is the addr-spec, `name` the decoded, cleaned display name."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A part of a mail that is not its text; bytes as decoded, name as cleaned for display and storage."""

    filename: str
    content_type: str
    """As declared by the sender; never trusted for what the bytes are."""
    content: bytes
    sha256: str
    inline: bool = False
    content_id: str = ""
    """Without angle brackets; empty where there is none (RFC 2392)."""
    found_type: str = ""
    """What it is by its bytes (`mail.magic`); `application/octet-stream` where they do not say."""
    danger: str = ""
    """Which `magic_types.Danger` it is: such a file is never sent to agents. Empty for others."""

    @property
    def size(self) -> int:
        """Bytes after decoding."""
        return len(self.content)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A recipient that a mail server's prose names as not reached."""

    address: str
    permanent: bool
    """The server has given up; False where it goes on trying."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What one mail says.

    Texts are Unicode (NFC for headers) with LF line ends, free of NUL and of bidirectional control characters. Message
    ids are kept with their angle brackets.
    """

    author: Address | None
    """The one address that decides identity, read from the raw From field by our own grammar; None where the mail has
    not exactly one From field with exactly one mailbox (RFC 5322 §3.6.2). `author_why` says why."""
    author_why: str = ""
    message_id: str = ""
    date: datetime | None = None
    subject: str = ""
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    delivered_to: tuple[str, ...] = ()
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    text: str = ""
    """The whole readable text, from the plain part or from HTML turned to text."""
    reply: str = ""
    """What the sender wrote now: `text` without `quoted` and `signature`."""
    quoted: str = ""
    signature: str = ""
    html: str = ""
    """The HTML alternative as sent (decoded, capped), not sanitised; empty where there is none."""
    attachments: tuple[Attachment, ...] = ()
    failures: tuple[Failure, ...] = ()
    """What its text says of recipients that were not reached, where it looks like a mail server's."""
    headers: tuple[tuple[str, str], ...] = ()
    """Every field in order: (name as sent, unfolded value with encoded words left alone, cleaned of NUL, CR and LF)."""
    defects: tuple[str, ...] = ()
    unparsed: str = ""
    """Why only the header could be read; empty for a mail that was read whole."""
    _index: dict[str, list[str]] | None = field(default=None, init=False, repr=False, compare=False)
    """`headers` by name, made with the first question: forty fields are asked for of every mail."""

    def header(self, name: str) -> str:
        """The value of the first field of that name, "" where there is none."""
        values = self._named().get(name.lower())
        return values[0] if values else ""

    def header_all(self, name: str) -> tuple[str, ...]:
        """The values of all fields of that name, in order."""
        return tuple(self._named().get(name.lower(), ()))

    def header_names(self) -> Set[str]:
        """The names of all fields, lower case."""
        return self._named().keys()

    def know(self, index: dict[str, list[str]]) -> None:
        """Take what `by_name` makes of the headers from who has made it already."""
        object.__setattr__(self, "_index", index)  # frozen to others: what is found here never changes

    def _named(self) -> dict[str, list[str]]:
        index = self._index
        if index is None:
            index = by_name(self.headers)
            self.know(index)
        return index


def by_name(headers: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """The values of header fields by their names in small letters, in order."""
    found: dict[str, list[str]] = {}
    for name, value in headers:
        found.setdefault(name.lower(), []).append(value)
    return found
