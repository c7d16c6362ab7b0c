"""What a reviewer's reply to a digest of held mail asks for: orders at its head, one or several lines.

    release 3 7          let these go on
    spam 1-2, 4, 10-40   these are spam

Numbers stand apart by blanks or commas, ranges have a hyphen; a `#` before the word does no harm. The orders end at the
first empty line, and below it nothing may look like an order: half of what somebody meant is never done. What is not
understood makes the whole mail do nothing, and says what to mend.
"""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

LONGEST_LINE = 500
MAX_LINES = 200
HOW = "Write, for example, `release 3 7` or `spam 1-40`."


class Judgement(StrEnum):
    """The orders."""

    RELEASE = "release"
    SPAM = "spam"


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What one mail asks for, each number once, in rising order; with a `problem` it asks for nothing."""

    release: tuple[int, ...] = ()
    spam: tuple[int, ...] = ()
    problem: str = ""


class _Unclear(Exception):
    """What is to be mended, as a sentence."""


_WORD = re.compile(r"#?\s*([^\W\d_]+)\s*:?(.*)", re.DOTALL)
_DASH = re.compile(r"\s*[-\u2010-\u2015\u2212]\s*")
_GAP = re.compile(r"[\s,;]+")


def parse_orders(reply: str, last: int) -> Orders:
    """The orders in a reply to a digest whose numbers go from 1 to `last`."""
    found: dict[Judgement, set[int]] = {judgement: set() for judgement in Judgement}
    try:
        for word, numbers in _orders(reply):
            found[_judgement(word)].update(_numbers(numbers, last))
    except _Unclear as problem:
        return Orders(problem=str(problem))
    both = found[Judgement.RELEASE] & found[Judgement.SPAM]
    if both:
        return Orders(problem=f"{_listed(both)} cannot be released and be spam at once.")
    return Orders(release=tuple(sorted(found[Judgement.RELEASE])), spam=tuple(sorted(found[Judgement.SPAM])))


def _orders(reply: str) -> Iterator[tuple[str, str]]:
    """Each order's word and what follows it."""
    lines = [line.strip() for line in reply.strip().splitlines()[:MAX_LINES]]
    head = lines.index("") if "" in lines else len(lines)
    if not any(lines[:head]):
        raise _Unclear(f"The mail holds no text above the quoted part. {HOW}")
    for line in lines[head:]:
        if _is_order(line):
            raise _Unclear(f"The line `{_shown(line)}` stands below an empty line. Write all orders at the top.")
    for line in lines[:head]:
        match = _WORD.fullmatch(line) if len(line) <= LONGEST_LINE else None
        if match is None:
            raise _Unclear(f"The line `{_shown(line)}` is no order. {HOW}")
        yield match[1].lower(), match[2]


def _is_order(line: str) -> bool:
    match = _WORD.fullmatch(line)
    return match is not None and match[1].lower() in list(Judgement)


def _judgement(word: str) -> Judgement:
    if word in list(Judgement):
        return Judgement(word)
    near = difflib.get_close_matches(word[:40], list(Judgement), 1)
    raise _Unclear(f"There is no order `{word[:40]}`. {f'Did you mean `{near[0]}`?' if near else HOW}")


def _numbers(text: str, last: int) -> Iterator[int]:
    pieces = [piece for piece in _GAP.split(_DASH.sub("-", text.strip().removesuffix("."))) if piece]
    if not pieces:
        raise _Unclear(f"Which ones? There are no numbers in one of the lines. {HOW}")
    for piece in pieces:
        first, dash, end = piece.partition("-")
        yield from _range(piece, first, end if dash else first, last)


def _range(piece: str, first: str, end: str, last: int) -> range:
    for number in (first, end):
        if not (number.isascii() and number.isdigit() and len(number) <= 9):
            raise _Unclear(f"`{_shown(piece)}` is no number and no range of numbers. {HOW}")
        if not 1 <= int(number) <= last:
            raise _Unclear(f"There is no number {int(number)} in this digest: they go from 1 to {last}.")
    if int(first) > int(end):
        raise _Unclear(f"The range {int(first)}-{int(end)} runs backwards.")
    return range(int(first), int(end) + 1)


def _listed(numbers: set[int]) -> str:
    return ", ".join(map(str, sorted(numbers)))


def _shown(line: str) -> str:
    return line if len(line) <= 60 else f"{line[:60]}…"
