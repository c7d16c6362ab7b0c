"""How did we do? Reads the reply: a number from 1 (very bad) to 5 (very good), or one of the words for it, and is
there more to it?

A number counts only where the reply begins with it, alone or parted from what follows: "2, still broken", not "2 days
ago". A number and a word that say different things (in some schools 1 is the best mark) are no answer.

What must stay true: linear in the text, and bounded: `MAX_LINES` lines of `MAX_LINE` characters are looked at.

BUGS: irony.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.folding import folded
from gateway.matching.answer_words import CLOSINGS, COURTESIES
from gateway.matching.spelling import visible

MAX_LINES = 40
MAX_LINE = 300
MAX_GREETING = 5
"""Words of a line that is a greeting."""
LONGEST = 4
"""Words of a phrase."""

_NUMBER = re.compile(
    r"([1-5])(?:\s{0,3}/\s{0,3}5|\s{1,3}(?:out of|of|von|van(?: de)?|sur|απο(?: τα)?|στα)\s{1,3}5)?"
    r"(?:\s{1,3}(?:stars?|sterren?|sterne?|etoiles?|αστερια?|αστερι|points?|punten|punkte|ποντοι))?"
    r"(?=$|\s{0,3}[=:;!)…]|\s{0,3}[.,](?!\d)|\s{1,3}[-\u2013\u2014]|\s{0,3}\(|\s{1,3}([^\W\d_]))"
)
_THANKS = re.compile(r"[^\W\d_][^\d,.!:]{0,40}[,.!:]\s{1,3}(?=\S)")
_WORD = re.compile(r"[^\W\d_]+")
_ITEM = re.compile(r"\d{1,2}[.)]\s")
_QUOTED = (">", "##-", "--", "__", "==")
_ROWS = {
    5: (
        "very good|excellent|perfect|great|super|top|πολυ καλη|πολυ καλα|πολυ καλο|πολυ καλοι|αριστη|αριστα|"
        "τελεια|τελειο|εξαιρετικη|εξαιρετικα|heel goed|zeer goed|uitstekend|geweldig|perfekt|tres bien|tres bon|"
        "tres bonne|parfait|parfaite|excellente|sehr gut|ausgezeichnet|hervorragend|poly kali|poly kala|"
        "polu kala|teleia|arista"
    ),
    4: ("good|well|καλη|καλα|καλο|καλοι|goed|prima|bien|bon|bonne|gut|kali|kala"),
    3: (
        "fair|average|ok|okay|so so|μετρια|μετριο|ετσι κι ετσι|ετσι και ετσι|matig|redelijk|gaat wel|moyen|"
        "moyenne|passable|mittelmassig|mittelmaessig|mittel|geht so|metria|metrio"
    ),
    2: ("bad|poor|κακη|κακα|κακο|ασχημα|ασχημη|slecht|mauvais|mauvaise|mal|schlecht|kaki|kaka|asximi|asxima"),
    1: (
        "very bad|very poor|terrible|awful|πολυ κακη|πολυ κακα|πολυ κακο|απαραδεκτη|απαραδεκτο|χαλια|heel slecht|"
        "zeer slecht|waardeloos|tres mauvais|tres mauvaise|tres mal|nul|nulle|sehr schlecht|furchtbar|poly kaki|"
        "poly kaka|xalia"
    ),
}
_PHRASES = {tuple(phrase.split()): rating for rating, row in _ROWS.items() for phrase in row.split("|")}
_POLITE = COURTESIES | frozenset(
    """
    you very much a lot je wel u hartelijk beaucoup vous schon schoen ihnen sie besten πολυ σασ σου παρα
    """.split()  # noqa: SIM905 # words are read more easily without quotes
)
"""What may stand beside a number without being more than politeness."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """What a reply says to "how did we do?"."""

    value: int
    """1 (very bad) to 5 (very good)."""
    has_more: bool
    """Are there words besides it, which a person should read?"""


def read_rating(text: str) -> Rating | None:
    """The answer in a reply, None where it is none; `text` is what the sender wrote now."""
    lines = list(_lines(text))
    if _is_list(lines):
        return None
    for place, line in enumerate(lines):
        value, rest = _value(line)
        if value is None:
            value, rest = _value(_without_thanks(line))
        if value:
            return Rating(value=value, has_more=not all(map(_is_polite, (rest, *lines[place + 1 :]))))
        if not _is_greeting(line):
            break
    return None


def _lines(text: str) -> Iterator[str]:
    """The lines that may say something: none quoted, none from a closing or a signature on."""
    for raw in text[: MAX_LINES * MAX_LINE].split("\n")[:MAX_LINES]:
        line = folded(visible(raw[:MAX_LINE]).strip(" \t*_\"'«»“”"))
        if line.startswith((*_QUOTED, *CLOSINGS)):
            return
        if line:
            yield line


def _value(line: str) -> tuple[int | None, str]:
    """The answer that the line begins with, and the rest of it."""
    number = _NUMBER.match(line)
    rest = line[number.end() :] if number else line
    by_word, left = _phrase(rest)
    if number is None:
        return by_word, left
    value = int(number[1])
    if by_word is None:
        return (None if number[2] and not _is_polite(rest) else value), rest  # "2 days ago" is no answer
    return (value if value == by_word else None), left


def _phrase(text: str) -> tuple[int | None, str]:
    """The words for a number that the text begins with, the longest that are known; and what follows them."""
    found = list(_WORD.finditer(text[:MAX_LINE]))[:LONGEST]
    for count in range(len(found), 0, -1):
        rating = _PHRASES.get(tuple(match[0] for match in found[:count]))
        after = text[found[count - 1].end() :].lstrip()
        # In "good morning" and "bien que" the word belongs to what follows.
        if rating and (not after or not after[0].isalnum() or _is_polite(after)):
            return rating, after
    return None, text


def _without_thanks(line: str) -> str:
    """The line behind a "thanks!" with which it begins."""
    begins = _THANKS.match(line)
    return line[begins.end() :] if begins and _WORD.findall(begins[0])[0] in _POLITE and _is_polite(begins[0]) else line


def _is_greeting(line: str) -> bool:
    words = _WORD.findall(line)
    is_short = 0 < len(words) <= MAX_GREETING and "?" not in line and not any(symbol.isdigit() for symbol in line)
    return is_short and words[0] in COURTESIES


def _is_polite(text: str) -> bool:
    words = _WORD.findall(text)
    return all(word in _POLITE for word in words) and not any(symbol.isdigit() for symbol in text) and "?" not in text


def _is_list(lines: list[str]) -> bool:
    """Several lines that begin with a number are points of a letter."""
    return sum(1 for line in lines if _ITEM.match(line)) > 1
