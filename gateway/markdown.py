"""How does Markdown that holds other people's words become text/plain and HTML, with the words staying words?

`escape` makes a value inert before it enters the Markdown: each character that CommonMark could read as syntax becomes
a code point of the private use area, which the parser takes for a letter. `to_text` and `to_html` turn them back. So a
value is the same wherever it stands (a paragraph, a quote, bold, a link's target), and its line ends and spaces last.

What must stay true: nothing of a value is ever syntax; text and HTML are made from the same tokens; nh3 comes last.
"""

import re
import string
from collections.abc import Sequence
from dataclasses import dataclass, field

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

_PRIVATE = 0xE000
"""Added to the code of a character that is escaped; U+E000 to U+E07F are taken by this and so not allowed in values."""
_SYNTAX = string.punctuation + " \n\t"
_EDGE = chr(_PRIVATE + 0x7F)
"""At both ends of a value, so that what stands beside it in the template (`**`) meets a letter there."""
_DROPPED = (
    *(code for code in range(0x20) if chr(code) not in "\n\t"),
    *range(0x7F, 0xA0),  # C1 and DEL
    0x061C, 0x200E, 0x200F, 0x2028, 0x2029, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A),  # direction
    *range(0xD800, 0xE000),  # half a surrogate pair: cannot be sent
)  # fmt: skip
_ESCAPE: dict[int, int | str | None] = {
    **dict.fromkeys(range(_PRIVATE, _PRIVATE + 0x80), "�"),
    **dict.fromkeys(_DROPPED),
    **{ord(symbol): _PRIVATE + ord(symbol) for symbol in _SYNTAX},
}
_PLACE = chr(_PRIVATE + 0x01)
"""Where the pictures of a mail are shown; in a value it would be replaced, so only a template has it."""
PICTURES_HERE = "[pictures]"
"""The same as a template's author writes it, in a paragraph of its own."""
PICTURES = "<!-- pictures -->"
"""The same in our HTML: the one comment that there is."""
_PLAIN = {ord(_EDGE): "", ord(_PLACE): "", **{_PRIVATE + ord(symbol): symbol for symbol in _SYNTAX}}
_HTML = (
    _PLAIN
    | {ord(_PLACE): _PLACE}
    | {
        _PRIVATE + ord(symbol): text
        for symbol, text in {"\n": "<br>\n", "<": "&lt;", ">": "&gt;", "&": "&amp;", '"': "&quot;"}.items()
    }
)
_LINE_BREAK = chr(_PRIVATE + 0x0A)
_SPACE = chr(_PRIVATE + 0x20)
_SPACES = re.compile(f"{_SPACE}{{2,}}")
_SINGLE_SPACE = re.compile(f"(?<!{_SPACE}){_SPACE}(?!{_SPACE})")

WIDTH = 76
"""Columns of a line of text/plain, where it holds no longer value (RFC 5322 §2.1.1 wants 78 at most)."""

# what may stand in our HTML. Nothing that loads, styles, hides or names a thing; links say where they go.
_TAGS = {"p", "br", "ul", "ol", "li", "b", "i", "u", "blockquote", "pre", "a"}
_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}}
_SCHEMES = {"http", "https", "mailto"}
"""Links whose target stands in the text as well; that of a telephone number is the number."""
_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    attributes=_ATTRIBUTES,
    url_schemes=_SCHEMES | {"tel"},
    url_relative="deny",
    link_rel=None,
    strip_comments=True,
)
_READER = nh3.Cleaner(
    tags=_TAGS | {"div", "strong", "em", "h1", "h2", "h3", "h4", "h5", "h6"},
    clean_content_tags={"script", "style", "title"},
    attributes={"a": {"href"}},
    url_schemes=_SCHEMES,
    url_relative="deny",
    link_rel=None,
)
_OUR_TAGS = {"strong": "b", "em": "i", **{f"h{level}": "p" for level in range(1, 7)}}


class _Parser(MarkdownIt):
    """CommonMark without raw HTML, pictures, rules, underlined headings, indented code and link definitions.

    Those are what an operator writes by accident (a line of dashes, an indented line), or what mail must not have.
    """

    def __init__(self) -> None:
        super().__init__("commonmark", {"html": False, "linkify": False, "typographer": False})
        self.disable(["hr", "lheading", "html_block", "html_inline", "image", "code", "reference"])

    def normalizeLink(self, url: str) -> str:  # noqa: N802 # the library's name
        return super().normalizeLink(url.translate(_PLAIN))


_PARSER = _Parser()


def escape(value: str) -> str:
    """The value with nothing in it that Markdown could read; without control characters and trailing white space."""
    escaped = value.replace("\r\n", "\n").replace("\r", "\n").strip("\n").rstrip().translate(_ESCAPE)
    return f"{_EDGE}{escaped}{_EDGE}" if escaped else ""  # a template may ask whether there is one


def words(value: str) -> str:
    """Words of one line with nothing in them that Markdown could read; at their spaces, lines may be broken."""
    return _EDGE + " ".join(word.translate(_ESCAPE) for word in value.split()) + _EDGE


def flowing(escaped: str) -> str:
    """An escaped value whose long lines may be broken at their spaces in text/plain, as our own words are."""
    return _SINGLE_SPACE.sub(" ", escaped)


def marked(marks: str, inner: str) -> str:
    """Markdown in bold ("**"), in italics ("*"), or both."""
    return f"{_EDGE}{marks}{inner}{marks[::-1]}{_EDGE}"


def linked(inner: str, target: str) -> str:
    """Markdown as the text of a link."""
    return f"[{inner}]({target.translate(_ESCAPE)})"


def readable(document: str) -> str:
    """What of other people's HTML has a meaning in ours, well-formed: no attribute but links' targets."""
    return _READER.clean(document)


def plain(markdown: str) -> str:
    """Markdown of `words`, `marked` and `linked` with every word and every target as it is: to look for words in it."""
    return markdown.translate(_PLAIN)


def link_target(value: str) -> str:
    """A value as it looks as the target of a link: percent-encoded where a URL needs it."""
    return _PARSER.normalizeLink(value)


def parse(markdown: str) -> Sequence[Token]:
    """The tokens of a Markdown text in which every value was escaped."""
    return _PARSER.parse(markdown.replace(PICTURES_HERE, _PLACE))


def to_html(tokens: Sequence[Token]) -> str:
    """An HTML fragment with nothing but the tags of A-42 and absolute http, https, mailto and tel links.

    `PICTURES` stands where the template has a paragraph for them.
    """
    for token in tokens:
        token.tag = _OUR_TAGS.get(token.tag, token.tag)
        for child in token.children or ():
            child.tag = _OUR_TAGS.get(child.tag, child.tag)
    rendered: str = _PARSER.renderer.render(tokens, _PARSER.options, {})
    # HTML takes a run of spaces for one: all but the last become hard spaces.
    rendered = _SPACES.sub(lambda run: "\xa0" * (len(run[0]) - 1) + " ", rendered).translate(_HTML)
    return _CLEANER.clean(rendered).replace(f"<p>{_PLACE}</p>", PICTURES).replace(_PLACE, "")


def links(tokens: Sequence[Token]) -> list[str]:
    """Where the links of the text lead, whether `to_html` lets them pass or not."""
    children = (child for token in tokens for child in token.children or ())
    return [str(child.attrGet("href") or "") for child in children if child.type == "link_open"]


def to_text(tokens: Sequence[Token], width: int = WIDTH) -> str:
    """The same as text/plain: `> ` before quotes, `- ` and `1. ` before items, links as `text <url>`; LF line ends.

    Lines of our own words are wrapped at so many columns; a value keeps its lines as they are.
    """
    writer = _TextWriter(width=width)
    for token in tokens:
        writer.take(token)
    return "\n".join(writer.lines).strip("\n") + "\n"


@dataclass(slots=True)
class _TextWriter:
    """Lines so far, and what stands before the next one."""

    width: int
    lines: list[str] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    """One for each open quote and list item."""
    marker: str = ""
    """Stands before the next line in place of the innermost prefix: the bullet or number of a new item."""
    numbers: list[int | None] = field(default_factory=list)
    """The next number of each open list, None for bullets."""
    gap: int | None = None
    """An empty line is due before the next block; how many of the prefixes it has."""

    def take(self, token: Token) -> None:
        match token.type:
            case "blockquote_open":
                self.prefixes.append("> ")
            case "bullet_list_open":
                self.numbers.append(None)
            case "ordered_list_open":
                self.numbers.append(int(token.attrGet("start") or 1))
            case "list_item_open":
                self._open_item()
            case "bullet_list_close" | "ordered_list_close":
                self.numbers.pop()
                self.gap = len(self.prefixes)
            case "blockquote_close" | "list_item_close":
                self._close_prefix()
            case "inline" if token.content != _PLACE:
                width = self.width - sum(len(prefix) for prefix in self.prefixes)
                self._write(_wrapped(_inline_text(token.children or ()), width).translate(_PLAIN))
            case "fence":
                self._write(token.content.rstrip("\n").translate(_PLAIN))
                self.gap = len(self.prefixes)
            case "paragraph_close" | "heading_close" if not token.hidden:
                self.gap = len(self.prefixes)

    def _open_item(self) -> None:
        number = self.numbers[-1]
        self.marker = "- " if number is None else f"{number}. "
        if number is not None:
            self.numbers[-1] = number + 1
        self.prefixes.append(" " * len(self.marker))

    def _close_prefix(self) -> None:
        if self.marker:  # an item without any text
            self._write("")
        if self.prefixes.pop() == "> " or self.gap is not None:
            self.gap = len(self.prefixes)

    def _write(self, text: str) -> None:
        if self.gap is not None and self.lines:
            self.lines.append("".join(self.prefixes[: self.gap]).rstrip())
        self.gap = None
        for line in text.split("\n"):
            prefix = "".join(self.prefixes[:-1]) + self.marker if self.marker else "".join(self.prefixes)
            self.marker = ""
            self.lines.append((prefix + line).rstrip())


def _inline_text(children: Sequence[Token]) -> str:
    parts: list[str] = []
    opened: list[tuple[str, int]] = []
    for child in children:
        match child.type:
            case "softbreak":
                parts.append(" ")
            case "hardbreak":
                parts.append("\n")
            case "link_open":
                opened.append((str(child.attrGet("href") or ""), len(parts)))
            case "link_close":
                url, start = opened.pop()
                shown = link_target("".join(parts[start:]))
                if shown not in (url, url.removeprefix("mailto:")) and url.partition(":")[0] in _SCHEMES:
                    parts.append(f" <{url}>")
            case _:
                parts.append(child.content)
    return "".join(parts)


def _wrapped(text: str, width: int) -> str:
    """The text in lines, broken at the template's own spaces: those of values are still escaped here."""
    lines: list[str] = []
    for line in text.split("\n"):
        current, *words = line.split(" ")
        for word in words:
            begins = word.partition(_LINE_BREAK)[0]
            is_too_long_anyway = _columns(begins) > width and _SPACE in begins
            if _columns(current.rpartition(_LINE_BREAK)[2]) + 1 + _columns(begins) > width and not is_too_long_anyway:
                lines.append(current)
                current = word
            else:
                current = f"{current} {word}"
        lines.append(current)
    return "\n".join(lines)


def _columns(text: str) -> int:
    return len(text) - text.count(_EDGE)
