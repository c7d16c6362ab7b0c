"""The words of a text in one spelling: without case and accents, Greek by its sound in Latin letters.

So Greek typed in Latin letters ("pliromi", "plhrwmh") is the same as Greek, and iotacism makes no spelling mistakes.
A text is taken for Greek in Latin letters only where common little words say so: otherwise "the" would sound, too.
Sounds begin with `SOUND`, so that no Greek word is the same as one of another language (πώς, POS).

What must stay true: linear in the text, of which no more than `MAX_TEXT` characters are read.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from gateway.folding import folded, words_in

MAX_TEXT = 1_200
"""Characters of a text that are read: what a mail is about is said at its beginning."""
MAX_WORD = 40
"""Characters of a word that are kept."""

SOUND = "~"
"""What a Greek word begins with in this spelling."""

REMEMBERED = 4_000
"""Words of which is remembered what follows from them alone: most words of a mail stood in another one before."""
REMEMBERED_IN_ONE = 2_000
"""The same, of what is another thing in each language: there are several to remember (0.4 KB a word)."""

_GREEK = re.compile("[\u0370-\u03ff]")
_SOUNDS = (
    *(("αι", "e"), ("ει", "i"), ("οι", "i"), ("υι", "i"), ("ου", "u"), ("αυ", "av"), ("ευ", "ev")),
    *(("μπ", "v"), ("ντ", "d"), ("γκ", "g"), ("γγ", "g"), ("θ", "th"), ("ψ", "ps")),
)
_LETTERS = str.maketrans("αβγδεζηικλμνξοπρσςτυφχω", "avgdeziiklmnxoprsstifxo")
_TYPED = (
    *(("8", "th"), ("3", "x"), ("th", "þ"), ("ch", "x"), ("ph", "f"), ("ks", "x"), ("ai", "e"), ("ei", "i")),
    *(("oi", "i"), ("ou", "u"), ("au", "av"), ("af", "av"), ("eu", "ev"), ("ef", "ev"), ("mp", "v"), ("nt", "d")),
    *(("gk", "g"), ("gg", "g"), ("h", "i"), ("þ", "th"), ("w", "o"), ("y", "i"), ("b", "v"), ("c", "k")),
)
_GREEKLISH = frozenset(
    """
    kai den mou mas sas gia pws pos thelo thelw 8elw thelei einai einai sto stin sti ston apo pou exo exw exei exoume
    oti mporo mporw mporei mporoume geia kalispera kalimera tis tous stis ginetai otan kano kanw tou tha ola giati
    """.split()  # noqa: SIM905 # words are read more easily without quotes
)
MIN_GREEKLISH = 2
"""So many of these words make a text Greek in Latin letters."""
_DOUBLED = re.compile(r"([b-df-hj-np-tv-z])\1")


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """A word of a text. It is the same as itself only, which is quickly told, and the next time it is itself again."""

    written: str
    """As it stands there, for people."""
    spelled: str
    """In the one spelling."""
    sound: str
    """As Greek in Latin letters it would be this; the same as `spelled` where the text is none."""
    is_greeklish: bool
    """Is it one of the little words by which Greek in Latin letters is known?"""


def words_of(text: str) -> list[Word]:
    """The words of the beginning of a text, in their order."""
    text = text[:MAX_TEXT]
    written = words_in(text if text.isascii() else unicodedata.normalize("NFC", text), kept="%")
    words = list(map(_word, written))
    is_greeklish = len([word for word in words if word.is_greeklish]) >= MIN_GREEKLISH
    return list(map(_in_greeklish, words)) if is_greeklish else words


@lru_cache(maxsize=REMEMBERED)
def _word(written: str) -> Word:
    written = written[:MAX_WORD]
    spelled = greek_sound(folded(written))
    return Word(written, spelled, spelled, spelled in _GREEKLISH)


@lru_cache(maxsize=REMEMBERED)
def _in_greeklish(word: Word) -> Word:
    """The word where others are Greek in Latin letters: "pos" is "how" then, and no point of sale."""
    sound = typed_sound(word.spelled)
    return Word(word.written, sound if word.is_greeklish else word.spelled, sound, word.is_greeklish)


def greek_sound(plain: str) -> str:
    """A folded Greek word by its sound; any other stays as it is."""
    if plain.isascii() or not _GREEK.search(plain):
        return plain
    for letters, sound in _SOUNDS:
        plain = plain.replace(letters, sound)
    return SOUND + _DOUBLED.sub(r"\1", plain.translate(_LETTERS))


def typed_sound(spelled: str) -> str:
    """What was typed in Latin letters for a Greek word, by its sound."""
    if spelled.startswith(SOUND):
        return spelled
    for letters, sound in _TYPED:
        spelled = spelled.replace(letters, sound)
    return SOUND + _DOUBLED.sub(r"\1", spelled)
