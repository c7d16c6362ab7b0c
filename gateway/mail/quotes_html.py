"""What do mail programs mark as quoted in HTML? Their elements become signs in the text, the signs become `Marks`.

`marked` puts a sign behind each element that begins a quotation and before the end of it; whatever then turns the
document into text carries them along; `read` takes them out and says which lines they enclose. A line is quoted only if
all of it is. The signs are Unicode noncharacters, which no text holds. Linear.

BUGS: an answer typed into an element that a program marks as quoted as a whole (Yahoo, Zimbra) is quoted with it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.mail.quotes_attribution import MAX_LINES, attribution
from gateway.mail.quotes_marks import NO_MARKS, Marks

QUOTE, QUOTE_END = "\ufdd0", "\ufdd1"
"""Around what is quoted for certain."""
INDENT, INDENT_END = "\ufdd2", "\ufdd3"
"""Around a blockquote that may be the author's own: quoted if an attribution stands above it."""
CREDIT, CREDIT_END = "\ufdd4", "\ufdd5"
"""Around what stands above a quotation: quoted if the quotation follows."""
HEAD = "\ufdd6"
"""Before a header block, which no element encloses together with what it heads."""
FORWARD = "\ufdd7"
SIGNATURE, SIGNATURE_END = "\ufdd8", "\ufdd9"
"""Around what a program put there as the author's signature."""
SIGNS = QUOTE + QUOTE_END + INDENT + INDENT_END + CREDIT + CREDIT_END + HEAD + FORWARD + SIGNATURE + SIGNATURE_END

MAX_ATTRIBUTES = 800
"""Characters of a tag that are read."""

_SIGN = re.compile(f"[{SIGNS}]")
_SPLIT = re.compile(f"([{SIGNS}])")
_TAG = re.compile(r"(?i)<(/?)(blockquote|div|span|hr)\b([^<>]*)>")
_ATTRIBUTE = re.compile(
    r"""(?i)(?<![\w-])(class|id|type|cite|style|name|data-marker|data-smartmail)\s{0,3}=\s{0,3}("[^"]*"|'[^']*'|[^\s"'>]+)"""
)
_BORDER_LEFT = re.compile(r"border-left(?:-style|-width)?\s{0,3}:(?!\s{0,3}(?:none|0))|border-inline-start")
_BORDER_TOP = re.compile(r"border-top(?:-style)?\s{0,3}:[^;]{0,60}solid")
_NO_BORDER = re.compile(r"(?<![-\w])border\s{0,3}:\s{0,3}(?:none|0)")
_QUOTES = frozenset({"gmail_quote", "yahoo_quoted", "protonmail_quote", "tutanota_quote", "isreplycontent"})
"""Classes of what is quoted; a `div` of Gmail's holds more than the quotation."""
_QUOTE_IDS = ("olk_src_body_section", "yahoo_quoted")
_QUOTE_MARKERS = ("__headers__", "__quoted_text__")
_HEAD_IDS = frozenset(
    {"divrplyfwdmsg", "appendonsend", "zwchr", "stopspelling", "mail-editor-reference-message-container"}
)
_CREDITS = frozenset({"gmail_attr", "moz-cite-prefix", "gmail_quote", "gmail_quote_container"})
_SIGNATURES = frozenset({"gmail_signature", "moz-signature", "protonmail_signature_block"})
_SIGNATURE_IDS = frozenset(
    {"signature", "ms-outlook-mobile-signature", "composer_signature", "applemailsignature", "messagesignaturesection"}
)
_ENDS = {QUOTE: QUOTE_END, INDENT: INDENT_END, CREDIT: CREDIT_END, SIGNATURE: SIGNATURE_END}


def marked(document: str) -> str:
    """The document with signs around and before what is quoted; the same text otherwise."""
    if _SIGN.search(document):
        document = _SIGN.sub("", document)
    if not _TAG.search(document):
        return document
    return _Scan(document=_without_comments(document)).run()


def _without_comments(document: str) -> str:
    pieces, position = [], 0
    while (start := document.find("<!--", position)) >= 0 and (end := document.find("-->", start)) >= 0:
        pieces.append(document[position:start])
        position = end + 3
    return "".join((*pieces, document[position:]))


@dataclass(slots=True, kw_only=True)
class _Element:
    """An element that is open, and the sign that its end gets."""

    name: str
    end: str


@dataclass(slots=True, kw_only=True)
class _Scan:
    """One walk over the tags of a document."""

    document: str
    open: list[_Element] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: {"blockquote": 0, "div": 0, "span": 0})
    credit: _Element | None = None
    """Gmail's element around credit and quotation, until the quotation begins."""

    def run(self) -> str:
        pieces: list[str] = []
        position = 0
        for match in _TAG.finditer(self.document):
            name = match[2].lower()
            before, after = (self._end(name), "") if match[1] else self._begin(name, match[3][:MAX_ATTRIBUTES])
            if before or after:
                pieces.extend((self.document[position : match.start()], before, match[0], after))
                position = match.end()
        return "".join((*pieces, self.document[position:]))

    def _begin(self, name: str, attributes: str) -> tuple[str, str]:
        found = {key.lower(): value.strip("\"'").lower() for key, value in _ATTRIBUTE.findall(attributes)}
        kind = _kind(name, found)
        if name == "hr":
            return "", kind
        element = _Element(name=name, end=_ENDS.get(kind, ""))
        self.open.append(element)
        self.counts[name] += 1
        before = ""
        if name == "blockquote" and self.credit is not None:
            before, self.credit.end, self.credit = self.credit.end, "", None
        elif kind == CREDIT and _classes(found) & {"gmail_quote", "gmail_quote_container"}:
            self.credit = element
        return before, kind

    def _end(self, name: str) -> str:
        signs = ""
        while self.counts.get(name):
            closed = self.open.pop()
            self.counts[closed.name] -= 1
            signs += closed.end
            if closed is self.credit:
                self.credit = None
            if closed.name == name:
                break
        return signs


def _kind(name: str, attributes: dict[str, str]) -> str:
    """The sign for an element, "" for one that says nothing."""
    classes, style = _classes(attributes), attributes.get("style", "")
    identity, marker = attributes.get("id", "").removeprefix("x_"), attributes.get("data-marker", "")
    named = attributes.get("name", "").removeprefix("x_")
    if name == "blockquote":
        return _kind_of_blockquote(attributes, classes, style)
    if identity in _HEAD_IDS or marker == "__divider__":
        return HEAD
    if "moz-forward-container" in classes:
        return FORWARD
    if classes & _CREDITS:
        return CREDIT
    if classes & _QUOTES or identity.startswith(_QUOTE_IDS) or marker in _QUOTE_MARKERS or named == "quote":
        return QUOTE
    if classes & _SIGNATURES or {identity, named} & _SIGNATURE_IDS or attributes.get("data-smartmail") in _SIGNATURES:
        return SIGNATURE
    return HEAD if "border-top" in style and _BORDER_TOP.search(style) else ""


def _kind_of_blockquote(attributes: dict[str, str], classes: set[str], style: str) -> str:
    if attributes.get("type") == "cite" or "cite" in attributes or classes & _QUOTES or _BORDER_LEFT.search(style):
        return QUOTE
    return "" if _NO_BORDER.search(style) else INDENT


def _classes(attributes: dict[str, str]) -> set[str]:
    return set(attributes.get("class", "").split())


def read(text: str) -> tuple[str, Marks]:
    """The text of a marked document without signs, and which of its lines they enclose."""
    if not _SIGN.search(text):
        return text, NO_MARKS
    reading = _Reading()
    for line in text.split("\n"):
        reading.take(line)
    return "\n".join(reading.lines).strip("\n"), reading.marks()


@dataclass(slots=True)
class _Depths:
    """How many elements of a kind are open, and which one of them is counted now."""

    depth: int = 0
    number: int = 0

    def step(self, by: int) -> None:
        self.number += by > 0 and self.depth == 0
        self.depth = max(0, self.depth + by)


@dataclass(slots=True)
class _Reading:
    """The lines so far, and where each one stands."""

    lines: list[str] = field(default_factory=list)
    quoted: set[int] = field(default_factory=set)
    heads: set[int] = field(default_factory=set)
    signature: set[int] = field(default_factory=set)
    runs: dict[tuple[str, int], list[int]] = field(default_factory=dict)
    """Lines of each element that is quoted only if something else is."""
    is_forward: bool = False
    has_head: bool = False
    depths: dict[str, _Depths] = field(default_factory=lambda: {kind: _Depths() for kind in _ENDS})

    def take(self, line: str) -> None:
        pieces = _SPLIT.split(line)
        enclosed: set[tuple[str, int]] | None = None
        for piece in pieces:
            if len(piece) == 1 and piece in SIGNS:
                self._sign(piece)
            elif piece.strip():
                now = {(kind, state.number) for kind, state in self.depths.items() if state.depth}
                enclosed = now if enclosed is None else enclosed & now
        text = "".join(piece for piece in pieces if not (len(piece) == 1 and piece in SIGNS)).rstrip()
        if text or (len(pieces) == 1 and self.lines and self.lines[-1]):
            self._keep(text, enclosed or set())

    def _keep(self, text: str, enclosed: set[tuple[str, int]]) -> None:
        number = len(self.lines)
        self.lines.append(text)
        for kind, element in enclosed:
            if kind == QUOTE:
                self.quoted.add(number)
            elif kind == SIGNATURE:
                self.signature.add(number)
            else:
                self.runs.setdefault((kind, element), []).append(number)
        if text and self.has_head:
            self.heads.add(number)
            self.has_head = False

    def _sign(self, sign: str) -> None:
        if sign == HEAD:
            self.has_head = True
        elif sign == FORWARD:
            self.is_forward = self.is_forward or not self.depths[QUOTE].depth
        elif sign in self.depths:
            self.depths[sign].step(1)
        else:
            self.depths[next(begin for begin, end in _ENDS.items() if end == sign)].step(-1)

    def marks(self) -> Marks:
        credit_runs = [run for (kind, _), run in self.runs.items() if kind == CREDIT]
        above = {run[-1] for run in credit_runs}
        for (kind, _), run in self.runs.items():
            if kind == INDENT and (_text_above(self.lines, run[0]) in above or _is_credited(self.lines, run)):
                self.quoted.update(run)
        for run in credit_runs:
            following = _text_below(self.lines, run[-1])
            if following in self.quoted and len(run) <= 2 * MAX_LINES:
                self.quoted.update(run)
        return Marks(
            quoted=frozenset(self.quoted),
            heads=frozenset(self.heads),
            signature=frozenset(self.signature - self.quoted),
            is_forward=self.is_forward,
        )


def _is_credited(lines: Sequence[str], run: Sequence[int]) -> bool:
    """Does an attribution end above the run, or begin it?"""
    above = _text_above(lines, run[0])
    if above is not None:
        for start in range(above, max(-1, above - MAX_LINES), -1):
            found = attribution(lines, start)
            if found and start + found.lines == above + 1:
                return True
    inside = attribution(lines, run[0])
    return inside is not None and inside.certain


def _text_above(lines: Sequence[str], index: int) -> int | None:
    near = range(index - 1, max(-1, index - 5), -1)
    return next((position for position in near if lines[position].strip()), None)


def _text_below(lines: Sequence[str], index: int) -> int | None:
    near = range(index + 1, min(len(lines), index + 5))
    return next((position for position in near if lines[position].strip()), None)
