"""Which words does a text hold, so that two texts meet in them? Without case and accents, by their stems.

The stems are those of Snowball (https://snowballstem.org), made after the accents are gone: French is often typed
without them. Greek is taken by its sound in Latin letters, without its endings, so that it meets itself when it is
typed in Latin letters or misspelled. Takes linear time; at most `MAX_WORDS` words of a text are looked at.
"""

import re
from collections.abc import Callable
from functools import cache, lru_cache
from itertools import islice
from typing import Any

from gateway.canned.common_words import COMMON_WORDS
from gateway.folding import folded_words
from gateway.topics.words import REMEMBERED, REMEMBERED_IN_ONE, SOUND, Word, greek_sound, words_of

MAX_WORDS = 200
"""A mail says what it is about near its beginning; what stands far below is mostly a copy of something."""
MAX_CHARACTERS = 8000
MAX_LETTERS = 32
"""Of a word: what is longer is none."""
_ALGORITHMS = {"en": "english", "nl": "dutch", "fr": "french", "de": "german"}
_GREEK_ENDING = re.compile(
    r"(?<=...)(?:i(?:es|on|us?|s|a|o)?|(?:um|et|it|un)e|ate|ume|unt?e?|at(?:os|on|a)|[aeo]s|on|us?|[aeo])$"
)
"""Of nouns and verbs, as they sound."""


def stems(text: str, language: str) -> list[str]:
    """The stems of the words, in their order; of a language that we have no rules for, the words themselves."""
    if language == "el":
        return [stem for word in words_of(text)[:MAX_WORDS] for stem in _greek_stems(word)]
    words = [word for word in folded_words(text[:MAX_CHARACTERS]) if len(word) <= MAX_LETTERS]
    return list(islice(filter(None, map(_stem_in(language), words)), MAX_WORDS))


@cache
def _stem_in(language: str) -> Callable[[str], str]:
    """What gives the stem of a word, "" where the word says nothing."""
    common = COMMON_WORDS.get(language, frozenset())
    algorithm = _ALGORITHMS.get(language)
    stem: Callable[[str], str] = _stemmer(algorithm).stemWord if algorithm else str

    @lru_cache(maxsize=REMEMBERED_IN_ONE)
    def stem_of(word: str) -> str:
        return stem(word) if _counts(word) and word not in common else ""

    return stem_of


@lru_cache(maxsize=REMEMBERED)
def _greek_stems(word: Word) -> tuple[str, ...]:
    found = []
    if word.sound != word.spelled and _counts(word.spelled):
        found.append(word.spelled)  # typed in Latin letters, it may be a name that is written so
    if _counts(word.sound.removeprefix(SOUND)) and word.sound not in _common_greek():
        found.append(_GREEK_ENDING.sub("", word.sound))
    return tuple(found)


def _counts(word: str) -> bool:
    return 1 < len(word) <= MAX_LETTERS and not word.isdigit()


@cache
def _common_greek() -> frozenset[str]:
    return frozenset(greek_sound(word) for word in COMMON_WORDS["el"])


@cache
def _stemmer(algorithm: str) -> Any:
    import Stemmer  # loaded with the first text: most commands never need it

    return Stemmer.Stemmer(algorithm, 0)  # without its cache, which threads must not share
