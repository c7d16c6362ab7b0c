"""What did the sender write now, and what does he only quote? Each line is looked at a fixed number of times.

Conservative: an answer between quoted lines is kept whole, a forwarded mail is kept whole, and where nothing would be
left everything is kept. What is shown too much is read over; what is cut too much is a customer who is not heard.
Every line of the text is in exactly one of `reply`, `quoted` and `signature`.

BUGS: an answer typed into a quotation that has no marks (Outlook) is quoted with it, unless the text above says so.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.mail.quotes_attribution import MAX_LINES, attribution
from gateway.mail.quotes_block import header_block, is_forward_line, is_ruler, is_separator, looks_like_headers
from gateway.mail.quotes_marks import NO_MARKS, Marks
from gateway.mail.quotes_signature import signature_start
from gateway.mail.quotes_words import FORWARD_PREFIXES, POINTS_BELOW, folded

REPLY_MARKER = "##- Please type your reply above this line -##"
REPLY_MARKER_EL = "##- Παρακαλώ γράψτε την απάντησή σας πάνω από αυτή τη γραμμή -##"
REPLY_MARKERS = {
    "en": REPLY_MARKER,
    "el": REPLY_MARKER_EL,
    "nl": "##- Typ je antwoord boven deze regel -##",
    "fr": "##- Écrivez votre réponse au-dessus de cette ligne -##",
    "de": "##- Bitte schreiben Sie Ihre Antwort über diese Zeile -##",
}
"""By the language of the template that it stands in."""

NEAR = 5
"""Lines within which a quotation must follow its attribution."""
WRAPPED_AT = 76
"""Columns at which programs wrap what they quote."""
MAX_OWN_LIST = 3
"""Lines with `>` at the top of a text that may as well be a list."""
_SIGNS = frozenset("-_=*—–>#")
"""First characters of lines that programs draw, mark or write above a quotation; the others have a colon."""
_DAVID = "Original Message processed by"
_OWN_MARK = re.compile(r"\s{0,3}(?:\w{0,4}[>»]|[|#%}:!]{1,3}(?:\s|$))")
MAX_POINTING = 2000
"""Characters of a text in which it may say that the answers stand below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A text in three: together they hold every line of it."""

    reply: str
    quoted: str = ""
    signature: str = ""


@dataclass(frozen=True, slots=True)
class _Page:
    """A text by lines, with what its HTML says of them."""

    lines: list[str]
    marks: Marks

    def is_marked(self, index: int) -> bool:
        return index in self.marks.quoted or self.lines[index].lstrip().startswith(">")

    def is_open(self, index: int) -> bool:
        """Is it a line with text that nothing marks as quoted?"""
        return bool(self.lines[index].strip()) and not self.is_marked(index)

    def next_text(self, index: int) -> int | None:
        """The next line that is not empty, if it is near."""
        near = range(index, min(index + NEAR, len(self.lines)))
        return next((position for position in near if self.lines[position].strip()), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cut:
    """Where a quotation begins; `body` is its first marked line, None where it has no marks and goes on to the end."""

    at: int
    body: int | None = None
    passes_on: bool = False
    """A mail is passed on: all of it is what this one is about, the signature of the other as well."""


def split(text: str, *, is_forward: bool = False, marks: Marks = NO_MARKS) -> Split:
    """Take a text apart. In a forwarded mail only lines with `>` can be quotations: the rest is what it is about."""
    is_forward = is_forward or marks.is_forward
    # Programs mark what they pass on as they mark what they quote.
    page = _Page(text.split("\n"), NO_MARKS if is_forward else marks)
    cut = _cut(page, is_forward)
    marked = page.marks.signature
    if cut is None and not is_forward:
        return _made(page.lines, [], marked=marked)
    if cut is None or cut.passes_on:
        return Split(reply=_text(page.lines))
    if cut.body is not None:
        return _around_marked(page, cut.at, cut.body)
    above = page.lines[: cut.at]
    if _is_blank(above) or _points_below(above) or _is_answered_inside(page, cut.at):
        return _made(page.lines, [], marked=marked)
    start = _with_ruler(page.lines, cut.at)
    return _made(page.lines[:start], page.lines[start:], marked=marked)


def divided(text: str, at: int | None) -> Split:
    """The text cut before a line; `None` for a text that quotes nothing."""
    lines = text.split("\n")
    return _made(lines, []) if at is None else _made(lines[:at], lines[at:])


def is_forward(subject: str) -> bool:
    """Does a subject say that the mail was forwarded?"""
    return ":" in subject and folded(subject.partition(":")[0].strip()) in FORWARD_PREFIXES


def _cut(page: _Page, is_forward: bool) -> _Cut | None:
    position, has_text = 0, False
    for index in sorted(_candidates(page)):
        if index < position:
            continue  # the head above has this line, too
        has_text = has_text or not _is_blank(page.lines[position:index])
        if is_forward_line(page.lines[index]):
            return _marker_below(page, index)
        if page.is_marked(index):
            return _Cut(at=index, body=index, passes_on=is_forward and _is_headed(page, index))
        if _is_marker(page.lines[index]):
            return _Cut(at=index)
        cut, length = _head(page, index, is_forward)
        if cut is not None and (has_text or cut.body is not None or _is_marker_next(page, index + length)):
            return cut
        has_text = has_text or length == 0
        position = index + max(1, length)
    return None


def _is_headed(page: _Page, index: int) -> bool:
    """Do the marked lines begin with the header block of another mail, below a title at most?"""
    return any(header_block(page.lines, at) for at in range(index, min(index + 2, len(page.lines))))


def _candidates(page: _Page) -> set[int]:
    """The lines that may be the first of a quotation: most are not, and cost no more than this."""
    found = set(page.marks.quoted | page.marks.heads)
    for index, line in enumerate(page.lines):
        stripped = line.lstrip()
        if stripped[:1] in _SIGNS or stripped.startswith(_DAVID):
            found.add(index)
        if ":" in line or "：" in line:
            found.update(range(max(0, index - MAX_LINES + 1), index + 1))
    return {index for index in found if index < len(page.lines) and page.lines[index].strip()}


def _head(page: _Page, index: int, is_forward: bool) -> tuple[_Cut | None, int]:
    """The cut before what heads a quotation here, and how many lines the head has."""
    lines = page.lines
    found = attribution(lines, index)
    if found:
        body = page.next_text(index + found.lines)
        if body is not None and page.is_marked(body):
            # Programs that mark a mail they pass on quote it under an attribution, too: then it is not passed on.
            return _Cut(at=index, body=body), found.lines
        if (found.certain and not is_forward) or _is_marker_next(page, index + found.lines):
            return _Cut(at=index), found.lines
    if is_forward:
        return None, 0
    if is_separator(lines[index]):
        return _Cut(at=index), 1
    if index in page.marks.heads and looks_like_headers(lines, index):
        return _Cut(at=index), 1
    length = header_block(lines, index)
    return (_Cut(at=index), length) if length else (None, 0)


def _is_marker_next(page: _Page, index: int) -> bool:
    """Does our own line follow?"""
    position = page.next_text(index)
    return position is not None and _is_marker(page.lines[position])


def _marker_below(page: _Page, index: int) -> _Cut:
    """In a mail that is passed on only our own line begins a quotation."""
    found = (position for position in range(index, len(page.lines)) if _is_marker(page.lines[position]))
    return next((_Cut(at=position) for position in found), _Cut(at=index, passes_on=True))


def _around_marked(page: _Page, at: int, body: int) -> Split:
    """Divide a text with marked lines, the first at `body`; the attribution before them begins at `at`."""
    end = _marked_end(page, body)
    lines, marked = page.lines, page.marks.signature
    above, below = lines[:at], lines[end:]
    marked_below = frozenset(index - end for index in marked if index >= end)
    footer = end + signature_start(below, marked_below)
    if _is_blank(lines[end:footer]):
        return _made(above, lines[at:end] if footer < len(lines) else lines[at:], lines[footer:], marked=marked)
    has_more = any(page.is_marked(index) for index in range(end, len(lines)))
    if _is_blank(above) and not has_more and not _may_be_a_list(page, at, body, end):
        return _made(below, lines[:end], marked=marked_below)
    if not _is_blank(above) and _goes_on(page, end):
        return _made(above, lines[at:], marked=marked)
    return _made(lines, [], marked=marked)


def _may_be_a_list(page: _Page, at: int, body: int, end: int) -> bool:
    """A few lines with `>` at the top, which no attribution calls quoted, may be the sender's own."""
    return at == body and end - body <= MAX_OWN_LIST and page.marks.quoted.isdisjoint(range(body, end))


def _marked_end(page: _Page, body: int) -> int:
    """The line after the last of the marked lines that belong together."""
    end = body
    for index in range(body, len(page.lines)):
        if page.is_marked(index) or (page.lines[index].strip() and _is_wrapped(page, index)):
            end = index + 1
        elif page.lines[index].strip():
            break
    return end


def _is_wrapped(page: _Page, index: int) -> bool:
    """Is it the rest of a marked line that was too long? Only what begins in the middle of a sentence."""
    if index + 1 >= len(page.lines) or not page.is_marked(index + 1) or not page.is_marked(index - 1):
        return False
    before, line = page.lines[index - 1].rstrip(), page.lines[index]
    if before.endswith("=") and len(before) >= WRAPPED_AT - 8:
        return True  # quoted-printable that nobody decoded
    is_full = len(before) >= WRAPPED_AT - 8 and len(before) + 1 + len(line.split()[0]) > WRAPPED_AT
    return is_full and line[0].islower() and before[-1] not in ".!?:;" and len(line) < WRAPPED_AT


def _goes_on(page: _Page, end: int) -> bool:
    """Does the next text head an older mail of the same conversation?"""
    index = next((position for position in range(end, len(page.lines)) if page.is_open(position)), None)
    return index is not None and _head(page, index, False)[0] is not None


def _made(
    reply: list[str], quoted: list[str], signature: Sequence[str] = (), marked: frozenset[int] = frozenset()
) -> Split:
    """The parts; `marked` are the lines of `reply` that its HTML calls a signature."""
    start = signature_start(reply, marked)
    if _is_blank(reply[:start]):
        start = len(reply)
    own, below = _text(reply[start:]), _text(list(signature))
    return Split(reply=_text(reply[:start]), quoted=_text(quoted), signature="\n".join(filter(None, (own, below))))


def _with_ruler(lines: list[str], at: int) -> int:
    """The cut with the line that is drawn above it."""
    above = at
    while above and not lines[above - 1].strip():
        above -= 1
    # SFR draws a line that has one sign.
    is_drawn = above > 1 and (is_ruler(lines[above - 1]) or lines[above - 1].strip() == "=")
    return above - 1 if is_drawn and not _is_blank(lines[: above - 1]) else at


def _points_below(above: list[str]) -> bool:
    """Does the text say that its answers stand inside of the quotation?"""
    return POINTS_BELOW.search(folded("\n".join(above)[:MAX_POINTING])) is not None


def _is_answered_inside(page: _Page, at: int) -> bool:
    """Are the lines below the head marked in a way of the sender's own (`JD> `, `| `, `# `), but not all of them?"""
    texts = [line for line in page.lines[_below_heads(page, at) :] if line.strip()]
    if texts and texts[0].strip().startswith("["):
        texts = texts[1:]  # what was left out
    return bool(texts) and bool(_OWN_MARK.match(texts[0])) and not all(_OWN_MARK.match(line) for line in texts)


def _below_heads(page: _Page, at: int) -> int:
    """The line below the separator, the header block and the attribution of a quotation."""
    for _ in range(3):
        position = page.next_text(at)
        length = _head(page, position, False)[1] if position is not None else 0
        if position is None or not length:
            break
        at = position + length
    return at


def _is_marker(line: str) -> bool:
    """Our own line, which stands above everything that we quote."""
    content = line.strip().lstrip("> ")
    return content.startswith("##-") and content.endswith("-##") and len(content) < 200


def _is_blank(lines: list[str]) -> bool:
    return not any(line.strip() for line in lines)


def _text(lines: list[str]) -> str:
    return "\n".join(lines).strip("\n")
