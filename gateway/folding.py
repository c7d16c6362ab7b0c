"""A text in one spelling, so that words meet: without case, and without the accents that people leave out.

What must stay true: linear in the text.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache

_MARKS = re.compile("[\u0300-\u036f]+")
"""The combining marks of Latin, Greek and Cyrillic letters."""
_MAY_BE_MARKS = re.compile("[\u0483-\u1dff\u20d0-\U0010ffff]")
"""Where all others stand."""
_SIGNS = re.compile(r"[^\x00-\x7f\w]+")
"""Those that are not of ASCII."""
ASCII = bytes(range(128))
FEW = 16
"""So many different signs or letters are looked for one after the other; more, at once."""
MAX_REMEMBERED = 32
"""Characters of a piece of a text whose folding is remembered: most words stood in another text before."""


def folded(text: str) -> str:
    """Without case and accents: Unicode's compatibility caseless matching, all combining marks left out."""
    if text.isascii():
        return text.lower()
    parts = _MARKS.sub("", unicodedata.normalize("NFKD", text.casefold()))
    if _MAY_BE_MARKS.search(parts):
        parts = "".join(each for each in parts if not unicodedata.combining(each))
    return unicodedata.normalize("NFC", parts).casefold()


def words_in(text: str, kept: str = "") -> list[str]:
    r"""What stands between spaces and signs: all `[^\W_]+`, in a quarter of the time.

    Each sign of ASCII that is `kept` is a word, too.
    """
    for sign in kept:
        text = text.replace(sign, f" {sign} ")
    return _split(text if text.isascii() else _without_signs(text), _spaced(kept))


def folded_words(text: str) -> list[str]:
    """`words_in` of the folded text; it is folded piece by piece, because nothing changes with what a space parts."""
    if not text.isascii():
        text = _folded_to_ascii(text)
    if not text.isascii():
        text = " ".join([piece if piece.isascii() else _folded_piece(piece) for piece in text.split()])
    return _split(text, _lower_spaced())


def _split(text: str, table: bytes) -> list[str]:
    return text.encode().translate(table).decode().split()


def _without_signs(text: str) -> str:
    """A space for each sign that is not of ASCII: mostly they are a few, each several times."""
    signs = [each for each in set(_beyond_ascii(text)) if not each.isalnum()]
    return _SIGNS.sub(" ", text) if len(signs) > FEW else _with(dict.fromkeys(signs, " "), text)


def _beyond_ascii(text: str) -> str:
    return text.encode("utf-8", "surrogatepass").translate(None, ASCII).decode("utf-8", "surrogatepass")


def _with(others: Mapping[str, str], text: str) -> str:
    for each, other in others.items():
        text = text.replace(each, other)
    return text


def _folded_to_ascii(text: str) -> str:
    """Where each letter and sign becomes one of ASCII, as in most texts in Latin letters; else the text as it is.

    Only then none changes what another becomes.
    """
    others = set(_beyond_ascii(text))
    plain = {each: _remembered(each) for each in others} if len(others) <= FEW else {}
    return _with(plain, text) if all(map(str.isascii, plain.values())) else text


@cache
def _spaced(kept: str) -> bytes:
    """UTF-8, with a space for each sign of ASCII."""
    return bytes(code if code >= 128 or chr(code).isalnum() or chr(code) in kept else ord(" ") for code in range(256))


@cache
def _lower_spaced() -> bytes:
    return _spaced("").lower()


def _folded_piece(piece: str) -> str:
    return _remembered(piece) if len(piece) <= MAX_REMEMBERED else _folded_signless(piece)


def _folded_signless(piece: str) -> str:
    return _SIGNS.sub(" ", folded(piece))


_remembered = lru_cache(maxsize=4_000)(_folded_signless)
