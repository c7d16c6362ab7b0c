"""Which parts is a mail made of? mail-parser and the standard library's parser, held to limits while they read.

The parser asks each part for its type and its boundary; here these answers come from our own linear reading of the
field, are given once, and count parts and depth as they come into being, so that no bomb (threat §1.5) is first built
and then refused. An attached mail is a leaf: its octets stay as they are and nothing inside of it is parsed.

The parser is shown the lines that may be boundaries or fields, and a placeholder for all text between them: it needs a
microsecond for each line. mail-parser reads the time and collects what is wrong with the parts; it is not asked for the
bodies: it would decode each twice, flatten attached mails into the text and lose parts without a name
(`gateway.mail.body` reads them).
"""

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from email.feedparser import FeedParser
from email.message import Message as Compat32Message

from mailparser import MailParser

from gateway.mail import faultless, parameters
from gateway.mail.headers import Header, date_of
from gateway.mail.parameters import Parameterised

MAX_PARTS = 500
MAX_DEPTH = 30
MAX_LINES = 500_000
"""Lines of a body that is parsed, without those of base64."""
MAX_WORK = 4_000_000
"""Lines times depth: the parser compares each line with the boundary of each multipart around it."""
MAX_COUNTED = MAX_WORK // MAX_DEPTH
"""Lines of a mail that no limit concerns."""
MIN_HELD = 100
"""Octets of text from which on a placeholder is worth it."""
MAX_BOUNDARY = 200
"""Characters of a boundary; RFC 2046 §5.1.1 allows 70."""

# Lines of base64 are never a boundary or a field. So many at once, because each that could be given back takes memory;
# with a possessive group, which gives none back, Python 3.11.2 takes part of the next line.
_BASE64 = re.compile(rb"^(?:[A-Za-z0-9+/]{60,76}\r?\n){8,1000}", re.MULTILINE)
_MAY_BE_BASE64 = re.compile(rb"[A-Za-z0-9+/]{60}")
# Octets are decoded to ASCII and surrogates, so these characters stand in no mail; \ue001 marks whole lines of base64.
_PLACEHOLDER = re.compile("\ue000([0-9]+)(?:\ue001\n?)?")
_TYPE = re.compile(r"[!#$&+\-.^_|~0-9a-z]+/[!#$&+\-.^_|~0-9a-z]+")
_DEFECTS = {
    "CloseBoundaryNotFoundDefect": "the last part does not end",
    "StartBoundaryNotFoundDefect": "a multipart in which no part begins",
    "NoBoundaryInMultipartDefect": "a multipart without a boundary",
    "MultipartInvariantViolationDefect": "a multipart that has no parts",
    "MissingHeaderBodySeparatorDefect": "a part's header ends without an empty line",
    "InvalidMultipartContentTransferEncodingDefect": "a multipart with a transfer encoding",
}

# Its messages would carry parts of mails into our log.
logging.getLogger("mailparser").setLevel(logging.CRITICAL + 1)


class TooComplex(Exception):
    """A mail is past a limit; says which one."""


@dataclass(slots=True, kw_only=True)
class Whole:
    """What the parts of a mail have in common. They know it and not each other: a circle would keep the mail."""

    octets: memoryview = field(default_factory=lambda: memoryview(b""))
    held: list[slice] = field(default_factory=list)
    """Where in it stands what the placeholders in the content of the parts are for."""
    lines: int = 0
    """Those that the parser sees."""
    parts: int = 0
    """So far."""


class Part(Compat32Message):
    """A part of a mail."""

    depth = 0
    _content: Parameterised | None = None
    _disposition: Parameterised | None = None

    def __init__(self, whole: Whole | None = None) -> None:
        super().__init__()
        self._whole = whole or Whole()

    @property
    def content(self) -> Parameterised:
        """The Content-Type field; `value` is what `get_default_type` says where there is none that can be read."""
        if self._content is None:
            self._content = self._read_content()
        return self._content

    def _read_content(self) -> Parameterised:
        read = parameters.read(self.raw("content-type"))
        if _TYPE.fullmatch(read.value):
            return read
        # RFC 2045 §5.2; a bare "text" was MIME's forerunner's (RFC 1049).
        return Parameterised(value="text/plain" if read.value else self.get_default_type(), parameters=read.parameters)

    @property
    def disposition(self) -> Parameterised:
        """The Content-Disposition field (RFC 2183), value "" where there is none."""
        if self._disposition is None:
            self._disposition = parameters.read(self.raw("content-disposition"))
        return self._disposition

    def raw(self, name: str) -> str:
        """The first field of that name (lower case) as it came, "" where there is none."""
        for known, value in self._headers:  # type: ignore[attr-defined] # raw_items() makes a list of its own
            if known.lower() == name:
                return str(value)
        return ""

    def get_content_type(self) -> str:
        """The type as the parser is to see it: what it must not look into is an opaque thing."""
        return "application/octet-stream" if self.content.value.startswith("message/") else self.content.value

    def get_content_maintype(self) -> str:
        """The part of the type before the slash."""
        return self.get_content_type().partition("/")[0]

    def get_boundary(self, failobj: object = None) -> str | None:  # type: ignore[override]
        """The boundary of a multipart, None where it has no usable one."""
        boundary = self.content.get("boundary").rstrip()
        return boundary if 0 < len(boundary) <= MAX_BOUNDARY else None

    def attach(self, payload: Compat32Message) -> None:  # type: ignore[override]
        """Take a part in; raises TooComplex past the limits."""
        assert isinstance(payload, Part)
        whole = self._whole
        whole.parts += 1
        payload.depth = self.depth + 1
        if whole.parts > MAX_PARTS:
            raise TooComplex(f"the mail has more than {MAX_PARTS} parts")
        if payload.depth > MAX_DEPTH:
            raise TooComplex(f"the parts nest deeper than {MAX_DEPTH}")
        if payload.depth * whole.lines > MAX_WORK:
            raise TooComplex("the mail has too many lines for how deep its parts nest")
        super().attach(payload)

    @property
    def children(self) -> list["Part"]:
        """The parts of a multipart; [] for a leaf."""
        payload = self._payload  # type: ignore[attr-defined]
        return payload if isinstance(payload, list) else []

    @property
    def octets(self) -> list[bytes | memoryview]:
        """The content of a leaf as it came, still in its transfer encoding; in pieces, which are no copies if large."""
        # Not get_payload(): that turns octets into characters of a charset that the sender chose.
        payload = self._payload  # type: ignore[attr-defined]
        if not isinstance(payload, str):
            return []
        whole = self._whole
        if not whole.held:
            return [payload.encode("ascii", "surrogateescape")]
        return [
            whole.octets[whole.held[int(piece)]] if index % 2 else piece.encode("ascii", "surrogateescape")
            for index, piece in enumerate(_PLACEHOLDER.split(payload))  # every second one is a number
        ]


class _Reading(MailParser):
    """mail-parser, asked for the date and the defects of the structure only."""

    def parse(self) -> "_Reading":
        self._reset()  # type: ignore[no-untyped-call]
        for part in self.message.walk():
            if part.defects:
                self._append_defects(part, "")  # type: ignore[no-untyped-call]
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """The parts of a mail as a tree, its time of writing, and what is wrong with them in words."""

    root: Part
    date: datetime | None
    defects: tuple[str, ...]


def read(raw: bytes, header: Header) -> Structure:
    """The structure of a mail; raises TooComplex past the limits, and whatever the libraries raise."""
    fields = [
        (b"%s:%s\n" % (name, value.replace(b"\r", b""))).decode("ascii", "surrogateescape")
        for name, values in header.named.items()
        if _is_structural(name)
        for value in values
    ]
    tree = _tree(fields, raw, header.body)
    reading = _Reading(tree)  # type: ignore[no-untyped-call]
    defects = [_DEFECTS.get(name, "") for name in sorted(reading.defects_categories)]
    date = _local(reading) or date_of(header.first(b"date"))
    if date is None:
        defects.append("no readable Date")
    return Structure(root=tree, date=date, defects=tuple(filter(None, defects)))


def _is_structural(name: bytes) -> bool:
    return name.startswith(b"content-") or name in (b"date", b"mime-version")


def _tree(fields: Sequence[str], raw: bytes, start: int) -> Part:
    whole = memoryview(raw)
    held: list[slice] = []
    pieces: list[str] = []
    position = start
    for found in _texts(raw, start):
        pieces += (*_without_base64(whole, slice(position, found.start), held), f"\ue000{len(held)}")
        held.append(found)
        position = found.stop
    pieces += _without_base64(whole, slice(position, len(raw)), held)
    text = "".join(pieces)
    lines = text.count("\n") + text.count("\r") - text.count("\r\n")
    if lines > MAX_LINES:
        raise TooComplex(f"the mail has more than {MAX_LINES:,} lines")

    common = Whole(octets=whole, held=held, lines=lines)
    try:
        return faultless.read(fields, text, lambda: Part(common))
    except faultless.Faulty:
        common.parts = 0  # in a faulty mail some were found
        return _parsed("".join(fields), text, lambda: Part(common))


def _parsed(head: str, text: str, new_part: Callable[[], Part]) -> Part:
    parser: FeedParser[Part] = FeedParser(new_part)
    parser.feed(f"{head}\n{text}")
    return parser.close()


def _texts(raw: bytes, start: int) -> Iterator[slice]:
    """Where text stands in a body that holds neither a boundary nor a field, each without its last line end.

    Boundaries begin with two dashes; fields stand between one and the next empty line.
    """
    if len(raw) - start > MAX_COUNTED and raw.count(b"\n", start) + raw.count(b"\r", start) > MAX_COUNTED:
        return  # all of its lines count
    if raw.find(b"\r--", start) >= 0:
        return  # hardly a mail has lines that end so
    begin, position = -1 if raw.startswith(b"--", start) else start, start
    while position < len(raw):
        dashes = raw.find(b"\n--", position)
        stop = dashes + 1 or len(raw)
        if position > start or begin < 0:
            begin = _below_empty_line(raw, position, stop)
        end = _before_line_end(raw, stop)
        # Behind base64 its last line end is part of it.
        if begin >= 0 and end - begin >= MIN_HELD and not _MAY_BE_BASE64.match(raw, end - 60, end):
            yield slice(begin, end)
        position = stop


def _below_empty_line(raw: bytes, start: int, stop: int) -> int:
    """Where something stands below an empty line, not necessarily the first; -1 if nothing does."""
    for empty in (b"\n\r\n", b"\n\n"):
        if (found := raw.find(empty, start, stop)) >= 0:
            return found + len(empty)
    return -1


def _before_line_end(raw: bytes, stop: int) -> int:
    if raw.endswith(b"\r\n", 0, stop):
        return stop - 2
    return stop - raw.endswith((b"\n", b"\r"), 0, stop)


def _without_base64(whole: memoryview, where: slice, held: list[slice]) -> Iterator[str]:
    """The characters of a part of the mail, with placeholders for base64."""
    last = where.start
    for match in _BASE64.finditer(whole, where.start, where.stop):
        yield _characters(whole[last : match.start()])
        yield f"\ue000{len(held)}\ue001\n"
        held.append(slice(*match.span()))
        last = match.end()
    yield _characters(whole[last : where.stop])


def _characters(octets: memoryview) -> str:
    return str(octets, "ascii", "surrogateescape")


def _local(reading: _Reading) -> datetime | None:
    """The time with the sender's own offset, which mail-parser keeps apart."""
    if reading.date is None:
        return None
    offset = timedelta(hours=float(reading.timezone))
    usable = abs(offset) < timedelta(hours=24)
    moment: datetime = reading.date.astimezone(timezone(offset)) if usable else reading.date
    return moment
