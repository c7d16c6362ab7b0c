"""Which keywords stand in a text? Every word is looked up; nothing is searched for: the cost is linear in the text.

A word is found as itself, by its beginning (inflection), by a part of it (compounds), or with one slip of the finger:
a letter missing, too many or wrong. Keywords of several words are tried where their first one stands.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import NamedTuple

from gateway.folding import folded
from gateway.topics.topic import Keyword, topics
from gateway.topics.words import SOUND, Word, greek_sound

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
KEYS = (3, 2)
"""Letters by which words of a keyword of several words are found that are beginnings: the shortest has two."""
REMEMBERED = 4_000
"""Words whose keywords are remembered: most words of a mail stood in another one before."""


class Hit(NamedTuple):
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
Rest = dict[str, list[tuple[tuple[str, ...], Keyword]]]
Form = Callable[[Word], str]


@dataclass(frozen=True, slots=True)
class _Known:
    """What a word may say, wherever it stands."""

    keywords: tuple[Keyword, ...]
    openings: tuple[tuple[Form, Rest], ...]
    """The rests of keywords of several words that it may begin, and in which form."""


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """The keywords by how they are found. It is the same as itself only: what was looked up in it is remembered."""

    whole: Found = field(default_factory=dict)
    beginnings: Found = field(default_factory=dict)
    parts: Found = field(default_factory=dict)
    part_starts: set[str] = field(default_factory=set)
    """The first `MIN_PART` letters of each part."""
    slips: dict[str, list[_Near]] = field(default_factory=dict)
    """Words and beginnings, also without any one letter."""
    several: dict[str, Rest] = field(default_factory=dict)
    """Keywords of several words by the keys of their first two."""


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
            first, second = map(_key, words[:2])
            index.several.setdefault(first, {}).setdefault(second, []).append((words, keyword))
        else:
            _add(index, words[0], keyword)
    return index


def _key(pattern: str) -> str:
    return f"{pattern[:-1][: KEYS[0]]}*" if pattern.endswith("*") else pattern


@lru_cache(maxsize=REMEMBERED)
def _keys(word: str) -> tuple[str, ...]:
    """All that a word may stand under."""
    return (word, *(f"{word[:letters]}*" for letters in KEYS))


def spell(pattern: str) -> str:
    """A word of a keyword in the one spelling of `words`, its stars kept."""
    plain = pattern.strip("*")
    return pattern.replace(plain, greek_sound(folded(plain)))


def hits(words: Sequence[Word], index: Index) -> list[Hit]:
    """The keywords in a text, in its order."""
    found: list[Hit] = []
    tries = MAX_TYPO_WORDS
    for place, word in enumerate(words):
        known = _known(word.spelled, word.sound, index)
        before = len(found)
        if known.keywords:
            found += [Hit(place, 1, keyword, keyword.weight) for keyword in known.keywords]
        if known.openings:
            found += _several(words, place, known.openings)
        if len(found) == before and tries and len(word.sound) >= MIN_TYPO:
            tries -= 1
            found += [Hit(place, 1, keyword, keyword.weight * TYPO_WORTH) for keyword in _slips(word.sound, index)]
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


@lru_cache(maxsize=REMEMBERED)
def _known(spelled: str, sound: str, index: Index) -> _Known:
    forms = (_spelling,) if sound == spelled else (_spelling, _sound)
    word = Word("", spelled, sound)
    keywords = tuple(keyword for form in forms for keyword in _single(form(word), index))
    tables = [(form, index.several.get(key)) for form in forms for key in _keys(form(word))]
    return _Known(keywords, tuple((form, rest) for form, rest in tables if rest))


def _single(spelled: str, index: Index) -> Iterator[Keyword]:
    yield from index.whole.get(spelled, ())
    for end in range(MIN_BEGINNING, min(len(spelled), MAX_PART) + 1):
        yield from index.beginnings.get(spelled[:end], ())
    for start in range(len(spelled) - MIN_PART + 1):
        if spelled[start : start + MIN_PART] in index.part_starts:
            for end in range(start + MIN_PART, min(len(spelled), start + MAX_PART) + 1):
                yield from index.parts.get(spelled[start:end], ())


def _several(words: Sequence[Word], place: int, openings: Sequence[tuple[Form, Rest]]) -> Iterator[Hit]:
    for form, rest in openings if place + 1 < len(words) else ():
        for key in _keys(form(words[place + 1])):
            for patterns, keyword in rest.get(key, ()):
                texts = words[place : place + len(patterns)]
                if len(texts) == len(patterns) and all(map(_fits, patterns, map(form, texts))):
                    yield Hit(place, len(patterns), keyword, keyword.weight)


def _spelling(word: Word) -> str:
    return word.spelled


def _sound(word: Word) -> str:
    return word.sound


def _fits(pattern: str, word: str) -> bool:
    return word.startswith(pattern[:-1]) if pattern.endswith("*") else word == pattern


@lru_cache(maxsize=REMEMBERED)
def _slips(word: str, index: Index) -> tuple[Keyword, ...]:
    """The keywords that a word, or its beginning, is one slip away from, with the same first letter."""
    seen: dict[Keyword, None] = {}
    first = _first(word)
    for end in range(min(len(word), MAX_TYPO + 1), MIN_TYPO - 2, -1):
        for slip in (word[:end], *_without_one(word[:end])):
            for near in index.slips.get(slip, ()):
                is_near = near.plain.startswith(first) and abs(len(near.plain) - end) <= 1
                if is_near and near.keyword not in seen and (end == len(word) or not near.is_whole):
                    seen[near.keyword] = None
    return tuple(seen)


def _without_one(word: str) -> Iterator[str]:
    return (word[:place] + word[place + 1 :] for place in range(len(_first(word)), len(word)))


def _first(word: str) -> str:
    return word[:2] if word.startswith(SOUND) else word[:1]
