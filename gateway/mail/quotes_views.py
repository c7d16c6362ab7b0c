"""What does the HTML of a mail say about the split of its plain text? Where both differ more is shown.

Most mails say the same twice. The plain text is what is split and shown; the HTML knows by structure what is quoted.
It may cut a quotation off that the plain text does not show as one (a language that is not known), and only if it finds
both parts of it again, word for word. It may give back what was cut off too much. What it calls a signature is one if
the plain text ends with the same words.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate

from gateway.mail import html
from gateway.mail.quotes import Split, divided, split

PROOF = 200
"""Characters of a quotation that must be found in the plain text."""
MIN_PROOF = 12
NOTABLE = 4
"""Characters of a line from which on it counts."""

MAX_DIFFERENCES = 50
"""Lines of the HTML that the plain text does not have in their place."""

_STRUCTURE = (
    *("gmail_", "yahoo_quoted", "divrplyfwdmsg", "appendonsend", "moz-cite", "moz-forward", "zwchr", "__divider__"),
    *("olk_src", "border-top", "stopspelling", "<blockquote", "_quote", "mail-editor-reference", "signature"),
)
"""In small letters: what stands in HTML that quotes something. One by one they are found faster than as one pattern."""
_IGNORED = re.compile("[\\s\u200b>*_|\\-–—=\\[\\]()<\"'`]+")


def split_views(text: str, document: str, *, is_forward: bool) -> Split:
    """The split of the plain text with what its HTML `document` says; linear in both."""
    plain = split(text, is_forward=is_forward)
    small = document.lower()
    if is_forward or not any(sign in small for sign in _STRUCTURE):
        return plain
    words, marks = html.marked_words(document)
    if marks.is_forward or not (marks.quoted or marks.heads or marks.signature):
        return plain
    rich = split(words, marks=marks)
    return _with_signature(_agreed(text, plain, rich), rich)


def _agreed(text: str, plain: Split, rich: Split) -> Split:
    """The split of the plain text, corrected by that of the HTML."""
    if plain.quoted:
        return divided(text, None) if _hides(plain, rich) else plain
    at = _place(text, rich) if rich.quoted else None
    return divided(text, at) if at else plain


def _with_signature(found: Split, rich: Split) -> Split:
    """The split with the signature of the HTML, where the reply ends with the same lines and is more than them."""
    lines, signature = found.reply.split("\n"), _squeezed(rich.signature)
    start, end = len(lines), len(signature)
    while start and end and signature.endswith(line := _squeezed(lines[start - 1]), 0, end):
        start, end = start - 1, end - len(line)
    above = "\n".join(lines[:start]).strip("\n")
    if not signature or found.signature or end or not above.strip():
        return found
    return Split(reply=above, quoted=found.quoted, signature="\n".join(lines[start:]).strip("\n"))


def _hides(plain: Split, rich: Split) -> bool:
    """Does the plain split cut off what the HTML says was written now? Too many differences count as a yes."""
    shown, hidden = _squeezed(plain.reply + plain.signature), _squeezed(plain.quoted)
    position = differences = 0
    for line in _notable(rich.reply):
        found = shown.find(line, position)
        if found >= 0:
            position = found + len(line)
            continue
        differences += 1
        if differences > MAX_DIFFERENCES or (line in hidden and line not in shown):
            return True
    return False


def _place(text: str, rich: Split) -> int | None:
    """The line of the plain text with which the quotation of the HTML begins, if both are the same before and after."""
    lines = text.split("\n")
    squeezed = [_squeezed(line) for line in lines]
    whole, proof = "".join(squeezed), _squeezed(rich.quoted)[:PROOF]
    found = whole.find(proof)
    if len(proof) < MIN_PROOF or found < 0 or whole.find(proof, found + 1) >= 0:
        return None
    ends = list(accumulate(len(line) for line in squeezed))
    at = bisect_right(ends, found)
    if (ends[at - 1] if at else 0) != found:
        return None
    above, quoted = whole[:found], _squeezed(rich.quoted + rich.signature)
    below = [line for line in squeezed[at:] if len(line) >= NOTABLE and "http" not in line]
    return at if above and _in_order(_notable(rich.reply), above) and _in_order(below, quoted) else None


def _in_order(lines: Iterable[str], text: str) -> bool:
    position = 0
    for line in lines:
        found = text.find(line, position)
        if found < 0:
            return False
        position = found + len(line)
    return True


def _notable(text: str) -> list[str]:
    return [line for line in map(_squeezed, text.split("\n")) if len(line) >= NOTABLE]


def _squeezed(text: str) -> str:
    """The text without what programs change when they write it a second time."""
    return _IGNORED.sub("", text)
