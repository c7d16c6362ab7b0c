"""What do the header fields of a mail say? A linear scanner of bytes, and the mail as far as a header alone can tell.

`scan` is what is left when a mail cannot be parsed: it uses no MIME library, so that whatever made the parser fail,
hang or die does not do it again (threat A-36). `parse` begins with the same value, so both see the same header.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypedDict, Unpack

from gateway.mail import charset, clean, words
from gateway.mail.address import ATEXT, addresses, author_of
from gateway.mail.message import Address, Attachment, Message, by_name

MAX_FIELDS = 1000
MAX_HEADER = 256 * 1024
"""Octets of all header fields together (Postfix reads 102,400)."""
MAX_VALUE = 64 * 1024
"""Octets of one field's value."""
MAX_IDS = 50
"""Message ids of In-Reply-To or References."""
MAX_ID = 998
"""Octets of a message id: what fits into a line (RFC 5322 §2.1.1)."""
MAX_PLAIN_ID = 250
"""Octets of a message id from which on it must be of RFC 5322's own form, not just printable."""
SCANNED_BODY = 64 * 1024
"""Octets of the body that `scan` shows."""

_FIELD_OR_NOTHING = re.compile(rb"([!-9;-~]{1,200})[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)(?:\n|\Z)|")
"""A field, else nothing, right where the search stands: each follows the one before."""
_END = re.compile(rb"\r?\n|\Z")
_EMPTY_LINE = re.compile(rb"\n\r?\n")
_UNPRINTABLE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_ID = re.compile(r"<[^<>\s]{1,996}>")
_GRAMMATICAL_ID = re.compile(rf"<{ATEXT}+(?:\.{ATEXT}+)*@(?:{ATEXT}+(?:\.{ATEXT}+)*|\[[!-Z^-~]*\])>")
_RECIPIENT_FIELDS = ("delivered-to", "x-original-to", "envelope-to")


Field = tuple[bytes, bytes]
"""A header field as it came: its name as sent, its value raw, with its folds and without its last line end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The fields of a mail, where its body begins, and what is wrong with them."""

    fields: tuple[Field, ...]
    named: dict[bytes, list[bytes]]
    """The raw values of all fields by their names in small letters, in order."""
    body: int
    """Offset of the first octet of the body."""
    refused: str = ""
    """Why the header is not to be parsed further, "" for a good one; `fields` holds what was within the limits."""
    defects: tuple[str, ...] = ()

    def all(self, name: bytes) -> list[bytes]:
        """The raw values of all fields of that name (lower case), in order."""
        return self.named.get(name, [])

    def first(self, name: bytes) -> bytes:
        """The raw value of the first field of that name, b"" where there is none."""
        values = self.named.get(name)
        return values[0] if values else b""


def read(raw: bytes) -> Header:
    """The header of a mail (RFC 5322 §2.1, §2.2): everything up to the first empty line.

    A line that is no field ends the header too; what follows is body. An mbox `From ` line before the first is skipped.
    """
    position = _start(raw)
    fields: list[Field] = []
    named: dict[bytes, list[bytes]] = {}
    refused = ""
    # The search ends a little behind the limit, or one field of 25 MB would cost seconds.
    for match in _FIELD_OR_NOTHING.finditer(raw, position, MAX_HEADER + 2):
        name, value = match.groups()
        if name is None:
            break
        position = match.end()
        if position > MAX_HEADER or len(value) > MAX_VALUE or len(fields) >= MAX_FIELDS:
            refused = _over_limit(len(fields), len(value))
            break
        value = value.removesuffix(b"\r")
        fields.append((name, value))
        named.setdefault(name.lower(), []).append(value)
    end = _EMPTY_LINE.search(raw, position) if refused else _END.match(raw, position)
    defects = () if end or refused else ("the header ends without an empty line",)
    body = end.end() if end else position
    return Header(fields=tuple(fields), named=named, body=body, refused=refused, defects=defects)


def _start(raw: bytes) -> int:
    return raw.find(b"\n") + 1 if raw.startswith((b"From ", b">From ")) else 0


def _over_limit(count: int, size: int) -> str:
    if count >= MAX_FIELDS:
        return f"the header has more than {MAX_FIELDS} fields"
    if size > MAX_VALUE:
        return f"a header field is longer than {MAX_VALUE // 1024} KB"
    return f"the header is longer than {MAX_HEADER // 1024} KB"


class Content(TypedDict, total=False):
    """What of a Message its header alone does not tell; what is left out stays empty."""

    date: datetime | None
    subject: str
    text: str
    reply: str
    quoted: str
    signature: str
    html: str
    attachments: tuple[Attachment, ...]
    unparsed: str


def subject_of(header: Header) -> str:
    """The subject as a person should see it."""
    return words.readable(_unfolded(header.first(b"subject")))


def message_of(header: Header, more_defects: Iterable[str] = (), **content: Unpack[Content]) -> Message:
    """The Message of a header and a content, whose defects come behind those of the header."""
    if "subject" not in content:
        content["subject"] = subject_of(header)
    author, why = author_of(header.all(b"from"))
    if header.refused:
        # There may be another From field behind the limit.
        author, why = None, header.refused
    shown = tuple([(name.decode("ascii"), _shown(value)) for name, value in header.fields])
    named = by_name(shown)
    message_id, defects = _message_id(named.get("message-id", ())), list(header.defects)
    if not message_id:
        defects.append("no readable Message-ID")
    if len(header.first(b"subject")) > words.RAW_LIMIT:
        defects.append(f"only the first {words.RAW_LIMIT} octets of the subject were read")
    message = Message(
        author=author,
        author_why=why,
        message_id=message_id,
        to=_addresses(named.get("to", ())),
        cc=_addresses(named.get("cc", ())),
        reply_to=_addresses(named.get("reply-to", ())),
        delivered_to=_delivered_to(shown) if any(name in named for name in _RECIPIENT_FIELDS) else (),
        in_reply_to=message_ids(_joined(named.get("in-reply-to", ()))),
        references=message_ids(_joined(named.get("references", ()))),
        headers=shown,
        defects=(*defects, *more_defects),
        **content,
    )
    message.know(named)
    return message


def scan(raw: bytes, why: str) -> Message:
    """The mail as far as its header tells, and the first of its body as it stands; `why` becomes `unparsed`."""
    header = read(raw)
    text = clean.block(charset.guess(raw[header.body : header.body + SCANNED_BODY]))
    return message_of(header, date=date_of(header.first(b"date")), text=text, reply=text, unparsed=why)


def date_of(raw: bytes) -> datetime | None:
    """The time in a Date field, aware; None where it cannot be read."""
    try:
        date = parsedate_to_datetime(_unfolded(raw)[:100].decode("ascii"))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def message_ids(value: str) -> tuple[str, ...]:
    """The message ids in a field, with their brackets: what stands between `<` and `>`, else bare words with an @.

    White space and commas may stand between them (some servers join them so). Of more than 50 the first, which began
    the thread, and the last are kept.
    """
    if not value:
        return ()
    found = [id_ for id_ in _ID.findall(value) if _is_good_id(id_)]
    if not found and "<" not in value:
        found = [f"<{bare}>" for bare in value.replace(",", " ").split() if "@" in bare and _is_good_id(f"<{bare}>")]
    unique = list(dict.fromkeys(found))
    return tuple(unique if len(unique) <= MAX_IDS else [unique[0], *unique[1 - MAX_IDS :]])


def _is_good_id(id_: str) -> bool:
    size = len(id_) if id_.isascii() else len(id_.encode("utf-8", "replace"))
    if size > MAX_PLAIN_ID and not _GRAMMATICAL_ID.fullmatch(id_):
        return False
    return size <= MAX_ID and id_.isprintable()


def _message_id(values: Sequence[str]) -> str:
    ids = message_ids(values[0]) if values else ()
    return ids[0] if ids else ""


def _joined(values: Sequence[str]) -> str:
    return " ".join(values)[:MAX_VALUE]


def _addresses(values: Sequence[str]) -> tuple[Address, ...]:
    found = [address for value in values[:10] for address in addresses(value)]
    return tuple(found[:1000])


def _delivered_to(fields: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    values = [value for name, value in fields if name.lower() in _RECIPIENT_FIELDS]
    return tuple(address.address for address in _addresses(values))


def _unfolded(value: bytes) -> bytes:
    # A line end of a field is always a fold: without it, it would be the end of the field.
    return value.replace(b"\r\n", b"").replace(b"\n", b"").strip()


def _shown(value: bytes) -> str:
    """A value for `Message.headers`: unfolded, characters instead of octets, without NUL, CR, LF and other controls."""
    octets = _unfolded(value) if b"\n" in value else value.strip()
    text = octets.decode("ascii") if octets.isascii() else charset.guess(octets)
    if text.isprintable() or text.replace("\t", "").isprintable():
        return text
    return words.text_of(_UNPRINTABLE.sub(b" ", octets))
