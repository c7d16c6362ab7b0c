"""What do the header fields of a mail say? A linear scanner of bytes, and the mail as far as a header alone can tell.

`scan` is what is left when a mail cannot be parsed: it uses no MIME library, so that whatever made the parser fail,
hang or die does not do it again (threat A-36). `parse` begins with the same value, so both see the same header.
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from gateway.mail import charset, clean, words
from gateway.mail.address import ATEXT, addresses, author_of
from gateway.mail.message import Address, Message

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

_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)(?:\n|\Z)")
_END = re.compile(rb"\r?\n|\Z")
_EMPTY_LINE = re.compile(rb"\n\r?\n")
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_UNPRINTABLE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_ID = re.compile(r"<[^<>\s]{1,996}>")
_GRAMMATICAL_ID = re.compile(rf"<{ATEXT}+(?:\.{ATEXT}+)*@(?:{ATEXT}+(?:\.{ATEXT}+)*|\[[!-Z^-~]*\])>")
_RECIPIENT_FIELDS = (b"delivered-to", b"x-original-to", b"envelope-to")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A header field as it came: `name` as sent, `value` raw, with its folds and without its last line end."""

    name: bytes
    value: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The fields of a mail, where its body begins, and what is wrong with them."""

    fields: tuple[Field, ...]
    body: int
    """Offset of the first octet of the body."""
    refused: str = ""
    """Why the header is not to be parsed further, "" for a good one; `fields` holds what was within the limits."""
    defects: tuple[str, ...] = ()

    def all(self, *names: bytes) -> list[bytes]:
        """The raw values of all fields with one of these names (lower case), in order."""
        return [field.value for field in self.fields if field.name.lower() in names]

    def first(self, name: bytes) -> bytes:
        """The raw value of the first field of that name, b"" where there is none."""
        return next(iter(self.all(name)), b"")


def read(raw: bytes) -> Header:
    """The header of a mail (RFC 5322 §2.1, §2.2): everything up to the first empty line.

    A line that is no field ends the header too; what follows is body. An mbox `From ` line before the first is skipped.
    """
    position = _start(raw)
    fields: list[Field] = []
    refused = ""
    end = None
    # The search ends a little behind the limit, or one field of 25 MB would cost seconds.
    stop = MAX_HEADER + 2
    while not (end := _END.match(raw, position)) and not refused:
        match = _FIELD.match(raw, position, stop)
        if not match:
            break
        position = match.end()
        refused = _over_limit(len(fields), position, match)
        if not refused:
            fields.append(Field(name=match[1], value=match[2].removesuffix(b"\r")))
    if refused:
        end = _EMPTY_LINE.search(raw, position)
    defects = () if end or refused else ("the header ends without an empty line",)
    return Header(fields=tuple(fields), body=end.end() if end else position, refused=refused, defects=defects)


def _start(raw: bytes) -> int:
    return raw.find(b"\n") + 1 if raw.startswith((b"From ", b">From ")) else 0


def _over_limit(count: int, position: int, match: re.Match[bytes]) -> str:
    if count >= MAX_FIELDS:
        return f"the header has more than {MAX_FIELDS} fields"
    if match.end(2) - match.start(2) > MAX_VALUE:
        return f"a header field is longer than {MAX_VALUE // 1024} KB"
    if position > MAX_HEADER:
        return f"the header is longer than {MAX_HEADER // 1024} KB"
    return ""


def message_of(header: Header) -> Message:
    """All of a Message that the header alone tells, with an empty text and without the date."""
    author, why = author_of(header.all(b"from"))
    if header.refused:
        # There may be another From field behind the limit.
        author, why = None, header.refused
    subject = header.first(b"subject")
    message_id, defects = _message_id(header), list(header.defects)
    if not message_id:
        defects.append("no readable Message-ID")
    if len(subject) > words.RAW_LIMIT:
        defects.append(f"only the first {words.RAW_LIMIT} octets of the subject were read")
    return Message(
        author=author,
        author_why=why,
        message_id=message_id,
        subject=words.readable(_unfolded(subject)),
        to=_addresses(header, b"to"),
        cc=_addresses(header, b"cc"),
        reply_to=_addresses(header, b"reply-to"),
        delivered_to=tuple(address.address for address in _addresses(header, *_RECIPIENT_FIELDS)),
        in_reply_to=message_ids(_joined(header, b"in-reply-to")),
        references=message_ids(_joined(header, b"references")),
        headers=tuple((field.name.decode("ascii"), _shown(field.value)) for field in header.fields),
        defects=tuple(defects),
    )


def scan(raw: bytes, why: str) -> Message:
    """The mail as far as its header tells, and the first of its body as it stands; `why` becomes `unparsed`."""
    header = read(raw)
    base = message_of(header)
    text = clean.block(charset.guess(raw[header.body : header.body + SCANNED_BODY]))
    return replace(base, date=date_of(header.first(b"date")), text=text, reply=text, unparsed=why)


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


def _message_id(header: Header) -> str:
    ids = message_ids(_shown(header.first(b"message-id")))
    return ids[0] if ids else ""


def _joined(header: Header, name: bytes) -> str:
    return " ".join(_shown(value) for value in header.all(name))[:MAX_VALUE]


def _addresses(header: Header, *names: bytes) -> tuple[Address, ...]:
    found = [address for value in header.all(*names)[:10] for address in addresses(_shown(value))]
    return tuple(found[:1000])


def _unfolded(value: bytes) -> bytes:
    return _FOLD.sub(b"", value).strip() if b"\n" in value else value.strip()


def _shown(value: bytes) -> str:
    """A value for `Message.headers`: unfolded, characters instead of octets, without NUL, CR, LF and other controls."""
    text = words.text_of(_unfolded(value))
    return text if text.isprintable() else words.text_of(_UNPRINTABLE.sub(b" ", _unfolded(value)))
