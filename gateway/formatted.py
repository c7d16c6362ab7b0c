"""How does the formatting of an agent's answer reach the customer, if only its words were looked at?

What may leave is decided on plain words: quotations, notes, addresses of colleagues are found there. So the HTML of a
mail gives nothing but the formatting: it is read anew as lines of Markdown in which every word is escaped, and of these
the run of lines is taken whose letters and digits are exactly those that may leave. Where there is none, the answer
leaves as plain text.

What must stay true: no letter or digit leaves that is not in the plain answer; no tag, attribute or link scheme leaves
that `markdown` does not allow. Linear.

BUGS: tables, colours and sizes are lost; a picture goes as a file, not at its place in the text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import accumulate

from gateway import markdown
from gateway.mail import html, quotes_html

MAX_HTML = 500_000
"""Characters of HTML that are looked at; a longer answer leaves as plain text."""
MAX_DEPTH = 6
"""Of lists in lists."""

_BLOCKS = frozenset({"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre"})
_MARKS = {"b": "**", "strong": "**", "i": "*", "em": "*"}
_SPACED = _BLOCKS - {"div", "li"}
"""Mail programs show space before and after these."""
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_URL = re.compile(r"(?:https?://|mailto:)[^\s<>\"')\]]{1,2000}", re.IGNORECASE)
_LISTED = re.compile(r"^[ \t>]{0,20}(?:[-*•·o▪‣–]|\d{1,3}[.)])[ \t\xa0]{1,10}", re.MULTILINE)
_PICTURE = re.compile(r"\[(?:cid|image|inline image|bild|afbeelding|εικόνα)[^\[\]\n]{0,200}\]", re.IGNORECASE)
_SIGN = re.compile(f"[{quotes_html.SIGNS}]")
_QUOTES = re.compile(f"[{quotes_html.QUOTE}{quotes_html.CREDIT}{quotes_html.HEAD}{quotes_html.FORWARD}]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line as a reader sees it."""

    markdown: str
    words: str
    """The letters and digits of what is seen, without links' targets."""
    gap: bool = False
    """Is there an empty line before it, or the space before and after a paragraph, a heading, a list, a quotation?"""
    items: tuple[str, ...] = ()
    """The marks of the lists around it ("-", "1."), outermost first; the last is its own where it begins the item."""
    begins: bool = False
    """Does it begin its list item?"""
    quotes: int = 0


def formatted(document: str, answer: str) -> str:
    """The answer as Markdown with the formatting that its HTML gives it; "" where that adds nothing or cannot be told.

    `answer` is what may leave, as plain text.
    """
    if not document or len(document) > MAX_HTML or not html.is_simple(document):
        return ""
    lines = _window(_lines(document), fingerprint(answer))
    if not any(_is_formatted(line) for line in lines):
        return ""
    return _written(lines)


def fingerprint(text: str) -> str:
    """Letters and digits in a row, without list marks, addresses of links and names of pictures."""
    plain = _PICTURE.sub("", _URL.sub("", _LISTED.sub("", text)))
    return "".join(filter(str.isalnum, plain))


def _is_formatted(line: Line) -> bool:
    return bool(line.items or line.quotes or "**" in line.markdown or "*" in line.markdown or "](" in line.markdown)


def _lines(document: str) -> list[Line]:
    reader = _Reader()
    reader.feed(markdown.readable(quotes_html.marked(document)))
    reader.close()
    reader.end_line()
    return reader.lines


def _window(lines: Sequence[Line], wanted: str) -> list[Line]:
    """The lines whose words are the wanted ones, from the beginning of one to the end of another."""
    ends = list(accumulate(len(line.words) for line in lines))
    starts = [0, *ends[:-1]] if ends else []
    whole = "".join(line.words for line in lines)
    firsts = {start: index for index, start in reversed(list(enumerate(starts)))}
    lasts = {end: index for index, end in enumerate(ends)}
    at = whole.find(wanted) if wanted else -1
    while at >= 0:
        if at in firsts and at + len(wanted) in lasts:
            return list(lines[firsts[at] : lasts[at + len(wanted)] + 1])
        at = whole.find(wanted, at + len(wanted))  # not + 1: what repeats itself must not cost its square
    return []


def _written(lines: Sequence[Line]) -> str:
    """A hard break between lines, an empty line between paragraphs, nothing between items of lists."""
    rows: list[str] = []
    before: Line | None = None
    for line in lines:
        if before is not None and not line.gap and not line.begins and line.quotes == before.quotes:
            rows[-1] += "\\"
        elif before is not None and not (line.items and before.items):
            rows.append("> " * min(line.quotes, before.quotes))
        rows.append(_prefix(line) + line.markdown)
        before = line
    return "\n".join(rows)


def _prefix(line: Line) -> str:
    indents = [" " * (len(mark) + 1) for mark in line.items]
    if line.begins:
        indents[-1] = f"{line.items[-1]} "
    return "> " * line.quotes + "".join(indents)


@dataclass(slots=True)
class _List:
    """An open list."""

    number: int | None
    """Of the next item; None for bullets."""
    mark: str = ""


class _Reader(HTMLParser):
    """Reads HTML that `markdown.readable` let through, up to the first quotation."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[Line] = []
        self._lists: list[_List] = []
        self._pieces: list[str] = []
        self._words: list[str] = []
        self._open: dict[str, int] = {}
        """How many of each mark are open."""
        self._target = ""
        self._gap = False
        self._quotes = 0
        self._begins = False
        self._is_over = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Begin a block, a list, a mark or a link."""
        if tag == "br":
            self._gap = self._gap or not any(self._words)
            self.end_line()
        elif tag in _BLOCKS:
            self._end_block(tag)
        if tag in ("ul", "ol") and len(self._lists) < MAX_DEPTH:
            self._lists.append(_List(number=1 if tag == "ol" else None))
        elif tag == "li":
            self._begin_item()
        elif tag == "blockquote":
            self._quotes = min(self._quotes + 1, MAX_DEPTH)
        elif tag == "a":
            self._target = str(dict(attributes).get("href") or "")
        elif tag in _MARKS or tag in _HEADINGS:
            mark = _MARKS.get(tag, "**")
            self._open[mark] = self._open.get(mark, 0) + 1

    def handle_endtag(self, tag: str) -> None:
        """End it."""
        if tag in _BLOCKS:
            self._end_block(tag)
        if tag in ("ul", "ol") and self._lists:
            self._lists.pop()
        elif tag == "blockquote":
            self._quotes = max(self._quotes - 1, 0)
        elif tag == "a":
            self._target = ""
        elif tag in _MARKS or tag in _HEADINGS:
            mark = _MARKS.get(tag, "**")
            self._open[mark] = max(self._open.get(mark, 0) - 1, 0)

    def handle_data(self, data: str) -> None:
        """Words, up to the quotation."""
        if self._is_over:
            return
        found = _QUOTES.search(data)
        if found:
            data, self._is_over = data[: found.start()], True
        self._add(_SIGN.sub("", data))

    def end_line(self) -> None:
        """What stands here is a line."""
        written = "".join(self._pieces).strip()
        words = fingerprint("".join(self._words))
        if words:
            items = tuple(each.mark for each in self._lists)
            begins = self._begins and bool(items)
            line = Line(markdown=written, words=words, gap=self._gap, items=items, begins=begins, quotes=self._quotes)
            self.lines.append(line)
            self._begins = self._gap = False
        self._pieces, self._words = [], []

    def _end_block(self, tag: str) -> None:
        self.end_line()
        self._gap = self._gap or tag in _SPACED

    def _begin_item(self) -> None:
        if self._lists:
            opened = self._lists[-1]
            opened.mark = "-" if opened.number is None else f"{opened.number}."
            opened.number = None if opened.number is None else opened.number + 1
            self._begins = True

    def _add(self, data: str) -> None:
        core = " ".join(data.split())
        if not core:
            self._pieces.append(" " if data else "")
            return
        marks = "".join(mark for mark, count in self._open.items() if count)
        inner = markdown.words(core)
        if marks:
            inner = markdown.marked(marks, inner)
        if _URL.fullmatch(self._target):
            inner = markdown.linked(inner, self._target)
        blank = " " if data[:1].isspace() else "", " " if data[-1:].isspace() else ""
        self._pieces.append(f"{blank[0]}{inner}{blank[1]}")
        self._words.append(data)
