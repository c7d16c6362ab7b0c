"""Where does the signature begin? Only what a program put there is one: `-- `, a phone's line, a lawyer's, a list's.

A name below a greeting stays with the text: nothing tells it from words that matter. Only the end of a text is looked
at, and no line more than a few times.
"""

import re
from collections.abc import Callable, Sequence

from gateway.mail import quotes_footers as footers
from gateway.mail.quotes_block import is_ruler
from gateway.mail.quotes_words import folded

MAX_SIGNATURE = 15
"""Lines of a signature at most; longer ones are text. Twice as many after `-- ` with its space (RFC 3676 §4.3)."""
MAX_FOOTER = 60
"""Lines of one footer."""
MAX_PIECES = 6
"""Signatures and footers that stand one below the other."""

_LINK = re.compile(r"[<(\[]\s{0,3}https?://[^<>()\[\]\s]{1,500}\s{0,3}[>)\]]|https?://\S{1,500}")
_LABEL = re.compile(r"\[([^\[\]]{1,60})\](?=\(https?://)")
"""Of a link in Markdown."""
_UNSEEN = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\u2063\ufeff"))
_LIST_RULER = re.compile(r"_{20,200}")


def signature_start(lines: Sequence[str], marked: frozenset[int] = frozenset()) -> int:
    """The line with which signature and footers begin; `len(lines)` where there is none. It may be the first.

    `marked` are lines that the mail's HTML calls a signature.
    """
    start = len(lines)
    end = _text_end(lines, start)
    for _ in range(MAX_PIECES):
        found = next((at for find in _FINDERS if (at := find(lines, end)) is not None), None)
        if found is None:
            found = _marked(lines, end, marked)
        if found is None:
            break
        start, end = found, _text_end(lines, found)
    return start


def is_phone_line(line: str, *, alone: bool) -> bool:
    """`Sent from my iPhone` and its like; `alone`: nothing stands on the line above."""
    if not line.isascii():
        line = line.translate(_UNSEEN)
    start = line[:700]
    without_links = _LINK.sub(" ", _LABEL.sub(r"\1", start)) if "http" in start else start
    text = " ".join(folded(without_links).split()).strip(" .!*_|()-")
    if "?" in text or len(text) > 120:
        return False
    words = text.split()
    if footers.OUTLOOK.fullmatch(text) or footers.WHOLE_LINES.fullmatch(text):
        return True
    if len(words) <= footers.MAX_PHONE_WORDS and footers.SECURE_MAIL.fullmatch(text):
        return True
    if len(words) <= 8 and footers.VERB_LAST.fullmatch(text) and footers.DEVICES.search(text):
        return True
    if not alone and line.lstrip()[:1].islower():
        return False  # a sentence goes on
    if text.startswith(footers.PHONE_BEGINS) and 2 <= len(words) <= footers.MAX_PHONE_WORDS:
        return _names_device(text, words)
    return alone and len(words) <= 8 and text.startswith(footers.GENERIC_BEGINS) and "," not in text


def _names_device(text: str, words: Sequence[str]) -> bool:
    """Does it end with a device? `Sent from my phone because the site is down` does not."""
    if footers.EXCUSES.search(text):
        return footers.DEVICES.search(text) is not None
    ending = " ".join(words[-3:] if len(words) > 5 else words[1:])
    return "," not in text and footers.DEVICES.search(ending) is not None


def _text_end(lines: Sequence[str], end: int) -> int:
    while end and not lines[end - 1].strip():
        end -= 1
    return end


def _delimiter(lines: Sequence[str], end: int) -> int | None:
    """The last `-- ` (RFC 3676 §4.3), if what follows is short and unquoted."""
    texts = 0
    for index in range(end - 1, max(-1, end - 3 * MAX_SIGNATURE), -1):
        line = lines[index]
        stripped = line.strip()
        if line.startswith(">") or _is_postscript(stripped):
            return None
        if stripped in ("--", "—") and line.startswith(stripped):
            if line != "-- " and any("?" in _LINK.sub("", below[:700]) for below in lines[index:end]):
                return None  # who asks something there has drawn the line himself
            return index if texts <= (2 * MAX_SIGNATURE if line == "-- " else MAX_SIGNATURE) else None
        texts += bool(stripped)
    return None


def _marked(lines: Sequence[str], end: int, marked: frozenset[int]) -> int | None:
    """The first of the marked lines at the end, if they are short: people type into such an element, too."""
    start = end
    while start and (start - 1 in marked or not lines[start - 1].strip()):
        start -= 1
    while start < end and start not in marked:
        start += 1
    texts = [line for line in lines[start:end] if line.strip()]
    if not 0 < len(texts) <= MAX_SIGNATURE or not any(line.strip() for line in lines[:start]):
        return None
    return None if any("?" in _LINK.sub("", line[:700]) or _is_postscript(line.strip()) for line in texts) else start


def _ruled(lines: Sequence[str], end: int) -> int | None:
    """The line that is drawn below a greeting, with a name and what companies add to it."""
    texts = 0
    for index in range(end - 1, max(0, end - 3 * MAX_SIGNATURE), -1):
        line = lines[index].strip()
        if line.startswith(">") or texts > 2 * MAX_SIGNATURE or "?" in line or _is_postscript(line):
            return None
        if is_ruler(line) and folded(lines[index - 1][:60]).strip(" ,.!") in footers.CLOSINGS:
            return index
        texts += bool(line)
    return None


def _is_postscript(line: str) -> bool:
    first = line[:1]
    if first.isascii() and first not in "pP":
        return False
    begins = folded(line[:5])
    return begins.startswith("ps ") or begins.replace(" ", "").startswith(("p.s", "ps:", "ps.", "υ.γ", "υγ"))


def _phone(lines: Sequence[str], end: int) -> int | None:
    """The line of a phone or a mail program at the end, its link on the line below included."""
    if not end:
        return None
    if is_phone_line(lines[end - 1], alone=end == 1 or not lines[end - 2].strip()):
        return end - 1
    if end >= 2 and not _LINK.sub("", lines[end - 1][:700]).strip() and is_phone_line(lines[end - 2], alone=False):
        return end - 2
    return None


def _footer(lines: Sequence[str], end: int) -> int | None:
    """A paragraph at the end that a lawyer, a scanner or a mailing list put there."""
    start = end
    while start and end - start < MAX_FOOTER and lines[start - 1].strip():
        start -= 1
    if start == end:
        return None
    paragraph = lines[start:end]
    if _LIST_RULER.fullmatch(paragraph[0].strip()):
        is_list = len(paragraph) <= 7 and " list" in folded(" ".join(paragraph)[:600])
        return start if is_list else None
    text = folded(" ".join(line[:3000] for line in paragraph)[:3000])
    if text.lstrip(" *_-#\"«“'[(").startswith(footers.FOOTERS) or _is_legal(text) or _is_scanner(text, len(paragraph)):
        return _with_title(lines, start)
    return None


def _is_legal(text: str) -> bool:
    """Begins as such paragraphs do, and says two of the things that they say."""
    if "?" in text or not text.lstrip(" *_-#\"«“'[(").startswith(footers.LEGAL_BEGINS):
        return False
    return len(set(footers.LEGAL_WORDS.findall(text))) >= 2


def _is_scanner(text: str, lines: int) -> bool:
    return lines <= 4 and len(text) < 300 and ("www.avast.com" in text or "www.avg.com" in text)


def _with_title(lines: Sequence[str], start: int) -> int:
    """The footer with the heading and the ruler above it."""
    above = _text_end(lines, start)
    if above and len(lines[above - 1]) < 60 and folded(lines[above - 1]).strip(" *_-#:\t") in footers.TITLES:
        start = above - 1
        above = _text_end(lines, start)
    if above and len(stripped := lines[above - 1].strip()) >= 5 and not stripped.strip("-_=*"):
        return above - 1
    return start


_FINDERS: tuple[Callable[[Sequence[str], int], int | None], ...] = (_delimiter, _phone, _footer, _ruled)
