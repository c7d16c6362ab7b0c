"""Which keywords stand in a text? Every word is looked up; nothing is searched for: the cost is linear in the text.

A word is found as itself, by its beginning (inflection), by a part of it (compounds), or with one slip of the finger:
a letter missing, too many or wrong. Keywords of several words are tried where their first one stands.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

from gateway.topics.topic import Keyword, topics
from gateway.topics.words import SOUND, Word, fold, greek_sound

MIN_TYPO = 7
"""Letters from which on a slip is forgiven: shorter words are each other's slips."""
MAX_TYPO = 14
"""Letters that are compared then."""
TYPO_WORTH = 0.6
"""Of the keyword's weight."""
MAX_TYPO_WORDS = 40
"""Words of a text that are tried for slips."""
MIN_BEGINNING = 3
MIN_PART = 4
"""Letters of a part of a compound."""
MAX_PART = 24
"""Letters of a beginning or a part that are looked up."""
KEY = 3
"""Letters of a first word by whose beginning keywords of several words are found."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A keyword in a text: from where, how many words, how much it says."""

    place: int
    length: int
    keyword: Keyword
    weight: float


@dataclass(frozen=True, slots=True)
class _Near:
    """A keyword that a slip may lead to."""

    plain: str
    is_whole: bool
    keyword: Keyword


Found = dict[str, list[Keyword]]


@dataclass(frozen=True, slots=True)
class Index:
    """The keywords by how they are found."""

    whole: Found = field(default_factory=dict)
    beginnings: Found = field(default_factory=dict)
    parts: Found = field(default_factory=dict)
    part_starts: set[str] = field(default_factory=set)
    """The first `MIN_PART` letters of each part."""
    slips: dict[str, list[_Near]] = field(default_factory=dict)
    """Words and beginnings, also without any one letter."""
    several: dict[str, list[tuple[tuple[str, ...], Keyword]]] = field(default_factory=dict)


@cache
def shipped_index() -> Index:
    """The index of the shipped keywords."""
    return index_of(keyword for topic in topics().values() for keyword in topic.keywords)


def index_of(keywords: Iterable[Keyword]) -> Index:
    """The keywords, ready to be looked up."""
    index = Index()
    for keyword in keywords:
        words = tuple(spell(word) for word in keyword.pattern.split())
        if len(words) > 1:
            key = f"{words[0][:KEY]}*" if words[0].endswith("*") else words[0]
            index.several.setdefault(key, []).append((words, keyword))
        else:
            _add(index, words[0], keyword)
    return index


def spell(pattern: str) -> str:
    """A word of a keyword in the one spelling of `words`, its stars kept."""
    plain = pattern.strip("*")
    return pattern.replace(plain, greek_sound(fold(plain)))


def hits(words: Sequence[Word], index: Index) -> list[Hit]:
    """The keywords in a text, in its order."""
    found: list[Hit] = []
    tries = MAX_TYPO_WORDS
    for place, word in enumerate(words):
        here = [Hit(place, 1, keyword, keyword.weight) for keyword in _keywords_of(word, index)]
        here += _several(words, place, index)
        if not here and len(word.sound) >= MIN_TYPO and tries:
            tries -= 1
            here = [Hit(place, 1, keyword, keyword.weight * TYPO_WORTH) for keyword in _slips(word.sound, index)]
        found += here
    return found


def _add(index: Index, word: str, keyword: Keyword) -> None:
    plain = word.strip("*")
    if word.startswith("*"):
        index.parts.setdefault(plain, []).append(keyword)
        index.part_starts.add(plain[:MIN_PART])
    elif word.endswith("*"):
        index.beginnings.setdefault(plain, []).append(keyword)
    else:
        index.whole.setdefault(plain, []).append(keyword)
    if MIN_TYPO <= len(plain) <= MAX_TYPO:
        near = _Near(plain, not word.endswith("*"), keyword)
        for slip in {plain, *_without_one(plain)}:
            index.slips.setdefault(slip, []).append(near)


def _keywords_of(word: Word, index: Index) -> Iterator[Keyword]:
    for spelled in (word.spelled,) if word.sound == word.spelled else (word.spelled, word.sound):
        yield from index.whole.get(spelled, ())
        for end in range(MIN_BEGINNING, min(len(spelled), MAX_PART) + 1):
            yield from index.beginnings.get(spelled[:end], ())
        for start in range(len(spelled) - MIN_PART + 1):
            if spelled[start : start + MIN_PART] in index.part_starts:
                for end in range(start + MIN_PART, min(len(spelled), start + MAX_PART) + 1):
                    yield from index.parts.get(spelled[start:end], ())


def _several(words: Sequence[Word], place: int, index: Index) -> Iterator[Hit]:
    word = words[place]
    for form in _FORMS if word.sound != word.spelled else _FORMS[:1]:
        first = form(word)
        for key in (first, f"{first[:KEY]}*"):
            for patterns, keyword in index.several.get(key, ()):
                texts = words[place : place + len(patterns)]
                if len(texts) == len(patterns) and all(map(_fits, patterns, map(form, texts))):
                    yield Hit(place, len(patterns), keyword, keyword.weight)


_FORMS: tuple[Callable[[Word], str], ...] = (lambda word: word.spelled, lambda word: word.sound)


def _fits(pattern: str, word: str) -> bool:
    return word.startswith(pattern[:-1]) if pattern.endswith("*") else word == pattern


def _slips(word: str, index: Index) -> Iterator[Keyword]:
    """The keywords that a word, or its beginning, is one slip away from, with the same first letter."""
    seen = set()
    first = _first(word)
    for end in range(min(len(word), MAX_TYPO + 1), MIN_TYPO - 2, -1):
        for slip in (word[:end], *_without_one(word[:end])):
            for near in index.slips.get(slip, ()):
                is_near = near.plain.startswith(first) and abs(len(near.plain) - end) <= 1
                if is_near and near.keyword not in seen and (end == len(word) or not near.is_whole):
                    seen.add(near.keyword)
                    yield near.keyword


def _without_one(word: str) -> Iterator[str]:
    return (word[:place] + word[place + 1 :] for place in range(len(_first(word)), len(word)))


def _first(word: str) -> str:
    return word[:2] if word.startswith(SOUND) else word[:1]
