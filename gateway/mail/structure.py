"""Which parts is a mail made of? mail-parser and the standard library's parser, held to limits while they read.

The parser asks each part for its type and its boundary; here these answers come from our own linear reading of the
field, are given once, and count parts and depth as they come into being, so that no bomb (threat §1.5) is first built
and then refused. An attached mail is a leaf: its octets stay as they are and nothing inside of it is parsed.

mail-parser is given the fields that tell structure and time, and is not asked for the bodies: it would decode each
twice, flatten attached mails into the text and lose parts without a name (`gateway.mail.body` reads them).
"""

import logging
import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.feedparser import FeedParser
from email.message import Message as Compat32Message
from functools import cached_property

from mailparser import MailParser

from gateway.mail import parameters
from gateway.mail.headers import Header, date_of
from gateway.mail.parameters import Parameterised

MAX_PARTS = 500
MAX_DEPTH = 30
MAX_LINES = 500_000
"""Lines of a body that is parsed, without those of base64."""
MAX_WORK = 4_000_000
"""Lines times depth: the parser compares each line with the boundary of each multipart around it."""
MAX_BOUNDARY = 200
"""Characters of a boundary; RFC 2046 §5.1.1 allows 70."""

_STRUCTURAL = re.compile(rb"(?i)date|mime-version|content-.*")
# Lines of base64 are never a boundary or a field. The parser needs a microsecond for each line, so it gets one instead.
_BASE64 = re.compile(rb"^(?:[A-Za-z0-9+/]{60,76}\r?\n){8,}+", re.MULTILINE)
# Octets are decoded to ASCII and surrogates, so this character stands in no mail.
_PLACEHOLDER = re.compile("\ue000([0-9]+)\n?")
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


class Part(Compat32Message):
    """A part of a mail."""

    depth = 0
    count = 0
    """Parts so far; kept at the root."""
    lines = 0
    """Lines of the whole mail."""
    body: memoryview = memoryview(b"")
    """The mail without its header; kept at the root."""
    held: tuple[slice, ...] = ()
    """Where in it stands what the placeholders in the content of the parts are for; kept at the root."""
    root: "Part | None" = None

    @cached_property
    def content(self) -> Parameterised:
        """The Content-Type field; `value` is what `get_default_type` says where there is none that can be read."""
        read = parameters.read(self.raw("content-type"))
        if _TYPE.fullmatch(read.value):
            return read
        # RFC 2045 §5.2; a bare "text" was MIME's forerunner's (RFC 1049).
        return Parameterised(value="text/plain" if read.value else self.get_default_type(), parameters=read.parameters)

    @cached_property
    def disposition(self) -> Parameterised:
        """The Content-Disposition field (RFC 2183), value "" where there is none."""
        return parameters.read(self.raw("content-disposition"))

    def raw(self, name: str) -> str:
        """The first field of that name (lower case) as it came, "" where there is none."""
        return next((str(value) for known, value in self.raw_items() if known.lower() == name), "")

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
        root = self.root or self
        root.count += 1
        payload.root, payload.depth = root, self.depth + 1
        if root.count > MAX_PARTS:
            raise TooComplex(f"the mail has more than {MAX_PARTS} parts")
        if payload.depth > MAX_DEPTH:
            raise TooComplex(f"the parts nest deeper than {MAX_DEPTH}")
        if payload.depth * payload.lines > MAX_WORK:
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
        root = self.root or self
        if not root.held:
            return [payload.encode("ascii", "surrogateescape")]
        return [
            root.body[root.held[int(piece)]] if index % 2 else piece.encode("ascii", "surrogateescape")
            for index, piece in enumerate(_PLACEHOLDER.split(payload))  # every second one is a number
        ]


class _Reading(MailParser):
    """mail-parser, asked for the date and the defects of the structure only."""

    def parse(self) -> "_Reading":
        self._reset()  # type: ignore[no-untyped-call]
        for part in self.message.walk():
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
    lines = [
        b"%s:%s\n" % (field.name, field.value.replace(b"\r", b""))
        for field in header.fields
        if _STRUCTURAL.fullmatch(field.name)
    ]
    tree = _tree(b"".join(lines).decode("ascii", "surrogateescape"), memoryview(raw)[header.body :])
    reading = _Reading(tree)  # type: ignore[no-untyped-call]
    defects = [_DEFECTS.get(name, "") for name in sorted(reading.defects_categories)]
    date = _local(reading) or date_of(header.first(b"date"))
    if date is None:
        defects.append("no readable Date")
    return Structure(root=tree, date=date, defects=tuple(filter(None, defects)))


def _tree(header: str, body: memoryview) -> Part:
    held: list[slice] = []
    pieces: list[str] = []
    last = 0
    for match in _BASE64.finditer(body):
        pieces += (_characters(body[last : match.start()]), f"\ue000{len(held)}\n")
        held.append(slice(*match.span()))
        last = match.end()
    text = "".join((*pieces, _characters(body[last:])))
    lines = text.count("\n") + text.count("\r") - text.count("\r\n")
    if lines > MAX_LINES:
        raise TooComplex(f"the mail has more than {MAX_LINES:,} lines")

    def new_part() -> Part:
        part = Part()
        part.lines = lines
        return part

    parser: FeedParser[Part] = FeedParser(new_part)
    parser.feed(f"{header}\n{text}")
    root = parser.close()
    root.body, root.held = body, tuple(held)
    return root


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
