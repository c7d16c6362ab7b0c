"""Which words does a text hold, so that two texts meet in them? Without case and accents, by their stems.

The stems are those of Snowball (https://snowballstem.org), made after the accents are gone: French is often typed
without them. Greek is taken by its sound in Latin letters, without its endings, so that it meets itself when it is
typed in Latin letters or misspelled. Takes linear time; at most `MAX_WORDS` words of a text are looked at.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from gateway.canned.common_words import COMMON_WORDS
from gateway.folding import folded
from gateway.topics.words import SOUND, greek_sound, words_of

MAX_WORDS = 200
"""A mail says what it is about near its beginning; what stands far below is mostly a copy of something."""
MAX_CHARACTERS = 8000
MAX_LETTERS = 32
"""Of a word: what is longer is none."""
_ALGORITHMS = {"en": "english", "nl": "dutch", "fr": "french", "de": "german"}
_WORD = re.compile(r"[^\W_]+")
_GREEK_ENDING = re.compile(
    r"(?<=...)(?:i(?:es|on|us?|s|a|o)?|(?:um|et|it|un)e|ate|ume|unt?e?|at(?:os|on|a)|[aeo]s|on|us?|[aeo])$"
)
"""Of nouns and verbs, as they sound."""


def stems(text: str, language: str) -> list[str]:
    """The stems of the words, in their order; of a language that we have no rules for, the words themselves."""
    if language == "el":
        return list(_greek_stems(text))
    common = COMMON_WORDS.get(language, frozenset())
    found = _WORD.findall(folded(text[:MAX_CHARACTERS]))
    words = [word for word in found if _counts(word) and word not in common][:MAX_WORDS]
    algorithm = _ALGORITHMS.get(language)
    if algorithm is None:
        return words
    stemmed: list[str] = _stemmer(algorithm).stemWords(words)
    return stemmed


def _greek_stems(text: str) -> Iterator[str]:
    common = _common_greek()
    for word in words_of(text)[:MAX_WORDS]:
        if word.sound != word.spelled and _counts(word.spelled):
            yield word.spelled  # typed in Latin letters, it may be a name that is written so
        if _counts(word.sound.removeprefix(SOUND)) and word.sound not in common:
            yield _GREEK_ENDING.sub("", word.sound)


def _counts(word: str) -> bool:
    return 1 < len(word) <= MAX_LETTERS and not word.isdigit()


@cache
def _common_greek() -> frozenset[str]:
    return frozenset(greek_sound(word) for word in COMMON_WORDS["el"])


@cache
def _stemmer(algorithm: str) -> Any:
    import Stemmer  # loaded with the first text: most commands never need it

    return Stemmer.Stemmer(algorithm, 0)  # without its cache, which threads must not share
