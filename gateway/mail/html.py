"""What does HTML say? Text as a person would read it, for mails whose sender sent no plain text.

Hidden text is shown: what a style sheet hides from the sender's own program must not be hidden from who answers (threat
A-43). Small documents go through inscriptis, which knows lists and tables; what is too big, too deep or has too many
table cells for it (its tables are quadratic) loses its tags by a linear scan instead. Nothing is fetched.

BUGS: the target of a link is not in the text.
"""

import html
import re
from functools import lru_cache

from inscriptis import get_text
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.model.config import ParserConfig

from gateway.mail import quotes_html
from gateway.mail.quotes_marks import Marks

MAX_HTML = 1024 * 1024
"""Characters of one HTML part that are read."""
MAX_DEPTH = 200
"""How deep elements may nest for the library; libxml2 stops at 256."""
MAX_CELLS = 4000
MAX_TAGS = 30_000
MAX_TABLE_WORK = 4_000_000
"""Characters of the document times depth of its tables: each level pads every line of the levels inside of it again."""

# `[^<>]` and not `[^>]`: a `<` without end must not be searched to the end of the text once for each `<`.
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9:]{0,40})[^<>]*>")
_ANY_TAG = re.compile(r"</?[A-Za-z!?][^<>]*>")
_BREAKING = re.compile(r"(?i)<(?:br|/?(?:p|div|tr|li|h[1-6]|ul|ol|table|blockquote|pre|hr|section|article))\b[^<>]*>")
_RULER = re.compile(r"(?i)<hr\b[^<>]*>")
_CELL = re.compile(r"(?i)<t[dh]\b[^<>]*>")
_HIDDEN = re.compile(r"(?i)(?:display\s{0,9}:\s{0,9}none|visibility\s{0,9}:\s{0,9}hidden)")
_HUGE_REFERENCE = re.compile(r"&#[xX]?[0-9A-Fa-f]{8,};?")
_SPACES = re.compile(r"[ \t\r\f\v]+")
_EMPTY_LINES = re.compile(r"\n{3,}")
_DECLARATION = re.compile(r"^\s{0,100}<\?xml[^<>]*>")
_DECLARED_CHARSET = re.compile(rb"(?i)<meta[^<>]{0,200}?charset\s{0,9}=\s{0,9}[\"']?([A-Za-z0-9_:.\-]{1,40})")
_UNREAD = (
    *(("<!--", "-->"), ("<script", "</script"), ("<style", "</style")),
    *(("<head>", "</head>"), ("<head ", "</head>")),  # but not <header>
)
# Elements that are never open for long: they have no content, or the next of their kind closes them.
_NOT_NESTING = {
    *("br", "hr", "img", "input", "meta", "link", "area", "base", "col", "embed", "source", "track", "wbr"),
    *("p", "li", "td", "th", "tr", "option", "dt", "dd"),
}


def declared_charset(content: bytes) -> str:
    """The charset that a document names in itself, "" where it names none."""
    match = _DECLARED_CHARSET.search(content, 0, 2048)
    return match[1].decode("ascii") if match else ""


def to_text(document: str) -> tuple[str, str]:
    """The text of an HTML document, and the defect in words ("" where there is none). Never raises."""
    document, defect = _cut(document)
    text, other = _to_text(document)
    return text, defect or other


def to_marked_text(document: str) -> tuple[str, str]:
    """The same with signs around what the document marks as quoted, for `quotes_html.read`."""
    document, defect = _cut(document)
    text, other = _to_text(quotes_html.marked(document))
    return text, defect or other


def marked_words(document: str) -> tuple[str, Marks]:
    """The words of a document, quickly and without layout, and which lines it marks as quoted."""
    # Line ends of the source are spaces to a reader.
    document = quotes_html.marked(document[:MAX_HTML]).replace("\r", "").replace("\n", " ")
    return quotes_html.read(_tidied(stripped(document)))


def _to_text(document: str) -> tuple[str, str]:
    if is_simple(document):
        try:
            return _tidied(_rendered(document)) or _tidied(stripped(document)), ""
        except Exception:  # whatever a library makes of broken HTML, the words in it are kept
            return _tidied(stripped(document)), "the HTML is broken"
    return _tidied(stripped(document)), "the HTML is too complex; only its words were kept"


def _cut(document: str) -> tuple[str, str]:
    if len(document) <= MAX_HTML:
        return document, ""
    return document[:MAX_HTML], f"only the first {MAX_HTML // 1024} KB of the HTML were read"


def stripped(document: str) -> str:
    """The words of a document, by removing everything that looks like a tag."""
    for opening, closing in _UNREAD:
        document = _without(document, opening, closing)
    text = _ANY_TAG.sub("", _CELL.sub(" ", _BREAKING.sub("\n", document)))
    return html.unescape(_HUGE_REFERENCE.sub("", text))


def _without(document: str, opening: str, closing: str) -> str:
    lowered = document.lower() if document.isascii() else _ascii_lower(document)
    pieces, position = [], 0
    while (start := lowered.find(opening, position)) >= 0:
        end = lowered.find(closing, start)
        if end < 0:
            break  # an element without end hides nothing
        pieces.append(document[position:start])
        position = lowered.find(">", end) + 1 or len(document)
    return "".join(pieces) + document[position:]


def _ascii_lower(text: str) -> str:
    # str.lower() may change the length ("İ"), and offsets with it.
    return text.translate(_LOWER)


_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def is_simple(document: str) -> bool:
    """Is it so little nested that a library may lay it out in linear time?"""
    depth = tables = deepest_table = cells = 0
    for count, match in enumerate(_TAG.finditer(document)):
        name, step = match[2].lower(), -1 if match[1] else 1
        cells += step > 0 and name in ("td", "th")
        if name == "table":
            tables = max(0, tables + step)
            deepest_table = max(deepest_table, tables)
        elif name not in _NOT_NESTING:
            depth = max(0, depth + step)
        # A table is four elements deep: table, tbody, tr, td.
        if count > MAX_TAGS or depth + 4 * tables > MAX_DEPTH or cells > MAX_CELLS:
            return False
    return len(document) * deepest_table <= MAX_TABLE_WORK


@lru_cache(maxsize=1)
def _config() -> ParserConfig:
    return ParserConfig(css=CSS_PROFILES["strict"], display_images=False, display_links=False)


def _rendered(document: str) -> str:
    document = _HIDDEN.sub("", _DECLARATION.sub("", document)).replace("\0", "")
    # The library draws no line, and breaks none.
    document = _RULER.sub("<br>", document)
    if not document.strip():
        return ""
    return get_text(document, _config())


def _tidied(text: str) -> str:
    lines = (_SPACES.sub(" ", line).rstrip() if len(line) > 2000 else line.rstrip() for line in text.split("\n"))
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip("\n")
