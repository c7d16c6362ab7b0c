"""What mail programs and keyboards make of a command: the line as it was meant, where that is certain.

Only what cannot change the meaning is mended: another number sign, spaces that do not break, invisible characters, the
bullet or the asterisks of a rich text editor, smart dashes and quotes, links that the program added, and a word that
was typed with the Greek layout. What is merely similar is a typo, and is asked back with the nearest command.
"""

import difflib
import re
import unicodedata

from gateway.commands.order import Word

MAX_LINE = 500
"""Characters of a command's line."""

_SPACES = dict.fromkeys(map(ord, "\u00a0\u1680\u2000\u2001\u2002\u2003\u2007\u2008\u2009\u200a\u202f\u205f\u3000"), " ")
# Widthless characters and marks of direction: they come in by copying.
_NOTHING = dict.fromkeys((0xAD, 0xFEFF, 0x2060, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
_DASHES = dict.fromkeys((*range(0x2010, 0x2016), 0x2212, 0xFE58, 0xFE63, 0xFF0D), "-")
_QUOTES = dict.fromkeys(map(ord, "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033"), '"') | dict.fromkeys(
    map(ord, "\u2018\u2019\u201a\u201b\u2032"), "'"
)
_ODD = str.maketrans({"\uff03": "#", "\ufe5f": "#"}) | _SPACES | _NOTHING
_SMART = _DASHES | _QUOTES
_BULLET = re.compile(r"(?:[*+o\-\u2022\u00b7\u25e6\u2023\u25aa\u2013\u2014]\s+)?([*_]{0,3})\s*(?=#)")
_LINK = re.compile(r"<(?:mailto|https?|tel):[^<>]*>", re.IGNORECASE)
_WORD = re.compile(r"#\s*([^\s:.,;!*_]{0,60})[:.,;!*_]*\s*(.*)", re.DOTALL)
_LOOK_ALIKE = str.maketrans("αβεζηκμνορτυχι", "abezhkmnoptyxi")
_LAYOUT = str.maketrans("ςερτυθιοπασδφγηξκλζχψωβνμ", "wertyuiopasdfghjklzxcvbnm")


def is_command(line: str) -> bool:
    """Is this line meant as a command, known or not?"""
    return _BULLET.match(line.translate(_ODD).strip()[:MAX_LINE]) is not None


def take_apart(line: str) -> tuple[str, str]:
    """The word and what stands behind it, of a line that `is_command`; the word is "" where there is none."""
    plain = line.translate(_ODD).strip()
    bullet = _BULLET.match(plain)
    marks = bullet[1] if bullet else ""
    plain = plain[bullet.end() :] if bullet else plain
    found = _WORD.match(_LINK.sub("", plain))
    if found is None:
        return "", ""
    rest = (found[2] or "").strip()
    return found[1], rest.rstrip("*_ ") if marks else rest


def smart_undone(text: str) -> str:
    """Dashes and quotes as a keyboard has them."""
    return text.translate(_SMART)


def word_of(written: str) -> Word | None:
    """The command that was written; None where that is none."""
    lower = written.lower()  # not case-folded: the Greek layout has both forms of sigma, on two keys
    for candidate in (lower, unaccented(lower).translate(_LOOK_ALIKE), unaccented(lower).translate(_LAYOUT)):
        if candidate in list(Word):
            return Word(candidate)
    return None


def nearest(written: str, alike: float = 0.6) -> Word | None:
    """The command that was perhaps meant; `alike` is how much it must be like it, 1 for the same."""
    lower = unaccented(written[:40].lower())
    for candidate in (lower, lower.translate(_LAYOUT)):
        near = difflib.get_close_matches(candidate, list(Word), 1, alike)
        if near:
            return Word(near[0])
    return None


def unaccented(text: str) -> str:
    """Without accents: in capitals, and in haste, nobody writes them."""
    return "".join(each for each in unicodedata.normalize("NFD", text) if not unicodedata.combining(each))
