"""In which language is a text? Of those that we write, or "" where it does not tell.

Greek is told by its letters. The others are told apart by CLD2, which ships with its tables and asks nobody; it is
loaded with the first text that needs it (7 MB, 30 µs for a sentence). Of short texts it is too sure, so the small words
of each language have a say against it; where they say enough, it is not asked. An empty answer is better than a wrong
one: then what is known of the customer decides. What stands in quotation marks ("Payment declined") are not his words,
if there are others. Greek in Latin letters ("kalimera sas") is Greek: who types so reads Greek, and is told by its
small words alone.
"""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain
from typing import Any

from gateway.folding import ASCII, folded_words
from gateway.mail.language_words import BY_WORD, GREEKLISH

LANGUAGES = ("en", "el", "nl", "fr", "de")
"""Languages that we write in; the first is what others fall back to."""
SAMPLE = 500
"""Characters that are looked at: more would not make the answer better, and would cost (CLD2: 0.1 µs a character)."""
MIN_LETTERS = 8
"""Of a text with fewer ("ok", "re: paypal") nothing is said."""
SURE_LETTERS = 30
"""From so many letters on, a text may speak against the language that its author is known for."""
SMALL_WORDS = 2
"""So many small words of a language say more than CLD2 does of a short text."""
_GREEK_SHARE = 0.3
_GREEK_SHARE_OF_GREEKS = 0.15
"""The same of who is known to write Greek: an error message in English may be longer than his own words."""
_QUOTED = re.compile('["\u201c\u201d\u201e\u00ab][^"\u201c\u201d\u201e\u00ab\u00bb\\n]{3,200}["\u201c\u201d\u00bb]')
_NO_LETTERS_OF_ASCII = bytes(code for code in range(256) if code >= 128 or not chr(code).isalpha())
_GREEK = re.compile("[\u0370-\u03ff\u1f00-\u1fff]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class _Sample:
    """The beginning of a text."""

    own_words: str
    letters: int
    greek: int
    """Letters of it that are Greek."""


def guess_language(text: str, prior: str = "") -> str:
    """The language of what a person wrote, "" where it does not tell.

    `prior` is the language that its author is known for, where he may be known: it decides where the text is short or
    says little, and only a longer text that is clearly in another language is not in it.
    """
    sample = _sample(text[:SAMPLE])
    share = _GREEK_SHARE_OF_GREEKS if prior == "el" else _GREEK_SHARE
    if sample.letters and sample.greek >= max(2, sample.letters * share):
        return "el"
    if sample.letters < MIN_LETTERS:
        return prior
    language, is_clear = _by_words(sample.own_words, prior)
    if prior and language != prior and not (is_clear and sample.letters >= SURE_LETTERS):
        return prior
    return language


@lru_cache(maxsize=64)  # a mail is asked about before it is known whose it is, and after
def _sample(text: str) -> _Sample:
    """The text without what is quoted inside of a line, where enough is left."""
    rest = _QUOTED.sub(" ", text)
    sample = _counted(rest)
    return _counted(text) if sample.letters < MIN_LETTERS and rest is not text else sample


def _counted(text: str) -> _Sample:
    plain = text.encode("utf-8", "replace")
    of_ascii = len(plain.translate(None, _NO_LETTERS_OF_ASCII))
    if text.isascii():
        return _Sample(text, of_ascii, 0)
    others = plain.translate(None, ASCII).decode()
    letters = len([each for each in others if each.isalnum() and not each.isdecimal()])
    return _Sample(text, of_ascii + letters, len(_GREEK.findall(others)))


def _by_words(text: str, prior: str) -> tuple[str, bool]:
    """The language of ours in Latin letters; and is that clear enough to speak against what is known of the author?

    CLD2's answer, unless the small words of another language stand there, and none or hardly one of its own; of Greek
    in Latin letters, which CLD2 does not know, one more than of its answer is enough. Where its answer could change
    nothing, it is not asked: most texts are told by their small words alone.
    """
    small, is_greeklish = _small_words(text)
    (best, most), (_, second) = [*small.most_common(), ("", 0), ("", 0)][:2]
    if most >= second + SMALL_WORDS and (best in ("el", prior) or not prior):
        language, is_reliable = "", False
    else:
        language, is_reliable = _by_letters(text, prior)
    if most >= SMALL_WORDS and most > small[language] and best == "el":
        return ("el", True) if is_greeklish else ("", False)
    if most >= SMALL_WORDS and most >= small[language] + SMALL_WORDS:
        return best, True
    return language, is_reliable and small[language] >= max(SMALL_WORDS, small[prior] + 1)


@lru_cache(maxsize=64)
def _small_words(text: str) -> tuple[Counter[str], bool]:
    """How many of each language there are; and is one of them Greek in Latin letters and nothing else?"""
    words = folded_words(text)
    languages = chain.from_iterable(filter(None, map(BY_WORD.get, words)))
    return Counter(languages), not GREEKLISH.isdisjoint(words)


def _by_letters(text: str, prior: str) -> tuple[str, bool]:
    """What CLD2 says, if it is a language of ours in Latin letters; and does it call that reliable?"""
    hint = {"hintLanguage": prior} if prior in LANGUAGES else {}
    # It refuses control characters and what is no valid UTF-8.
    plain = _CONTROL.sub(" ", text).encode("utf-8", "replace")
    cld2 = _cld2()
    try:
        is_reliable, _, found = cld2.detect(plain, isPlainText=True, bestEffort=True, **hint)
    except cld2.error:
        return "", False
    language = found[0][1]
    return (language, is_reliable) if language in LANGUAGES and language != "el" else ("", False)


@cache
def _cld2() -> Any:
    import pycld2

    return pycld2
