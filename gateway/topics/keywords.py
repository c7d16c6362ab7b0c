"""Which keywords stand in a text? Every word is looked up; nothing is searched for: the cost is linear in the text.

A word is found as itself, by its beginning (inflection), by a part of it (compounds), or with one slip of the finger:
a letter missing, too many or wrong. Keywords of several words are tried where their first one stands.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache, partial
from itertools import pairwise
from typing import NamedTuple

from gateway.folding import folded
from gateway.topics.topic import EVERY_LANGUAGE, Keyword, topics
from gateway.topics.words import REMEMBERED, REMEMBERED_IN_ONE, SOUND, Word, greek_sound

MIN_TYPO = 7
"""Letters from which on a slip is forgiven: shorter words are each other's slips."""
MAX_TYPO = 14
"""Letters that are compared then."""
TYPO_WORTH = 0.6
"""Of the keyword's weight."""
FOREIGN_WORTH = 0.3
"""A keyword of another language than the text's: `les` is a lesson in Dutch and no more than "the" in French."""
SLIP_START = MIN_TYPO - 1
"""Letters that all slips have: a word, or a beginning, without one letter."""
MAX_TYPO_WORDS = 40
"""Words of a text that are tried for slips."""
MIN_BEGINNING = 3
MIN_PART = 4
"""Letters of a part of a compound."""
MAX_PART = 24
"""Letters of a beginning or a part that are looked up."""
KEYS = (3, 2)
"""Letters by which words of a keyword of several words are found that are beginnings: the shortest has two."""
PAIRS = 1_000
"""Of two words that may begin a keyword of several, what is remembered in each language: few ever do."""
INDEXES = 16
"""Indexes with a language whose words are remembered."""


class Hit(NamedTuple):
    """A keyword in a text: from where, how many words, how much it says."""

    place: int
    length: int
    keyword: Keyword
    weight: float


@dataclass(frozen=True, slots=True, eq=False)
class _Near:
    """A keyword that a slip may lead to."""

    plain: str
    is_whole: bool
    keyword: Keyword


Found = dict[str, list[Keyword]]
Lengths = dict[str, tuple[int, ...]]
"""First letters → the lengths to look up, the shortest first."""
Rest = dict[str, list[tuple[tuple[str, ...], Keyword]]]
Form = Callable[[Word], str]
Single = tuple[float, int, Keyword]
"""A keyword that a word is: its strength as in `Spoken`, its number among them."""
Spoken = tuple[float, int, int, int, Keyword]
"""A keyword in a text, so that the strongest is the least: its weight and how many words it has, both negative; where
it stands, and its number among those that begin there."""
_Begun = tuple[float, int, Keyword, Form, tuple[str, ...]]
"""A keyword of several words whose first two stand in a text; in which form, and the patterns of the rest."""


@dataclass(slots=True, eq=False)
class _Said:
    """What a word says, wherever it stands."""

    singles: tuple[Single, ...]
    """Of each topic the strongest."""
    seconds: frozenset[str]
    """The keys of what may follow it in a keyword of several words."""
    keys: tuple[str, ...]
    """Its own, if it may be such a second word."""
    may_be_slip: bool


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """The keywords by how they are found. It is the same as itself only: what was looked up in it is remembered."""

    whole: Found = field(default_factory=dict)
    beginnings: Found = field(default_factory=dict)
    parts: Found = field(default_factory=dict)
    beginnings_from: Lengths = field(default_factory=dict)
    """How long those are that begin with these `MIN_BEGINNING` letters."""
    parts_from: Lengths = field(default_factory=dict)
    """The same of parts and their first `MIN_PART` letters."""
    slips: dict[str, tuple[_Near, ...]] = field(default_factory=dict)
    """Words and beginnings, also without any one letter."""
    slip_starts: set[str] = field(default_factory=set)
    """The first `SLIP_START` letters of these: most words are no slip, which is seen by them."""
    several: dict[str, Rest] = field(default_factory=dict)
    """Keywords of several words by the keys of their first two."""
    seconds: set[str] = field(default_factory=set)
    """The keys of all second ones."""


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
            index.seconds.add(second)
        else:
            _add(index, words[0], keyword)
    _look_up_by_lengths(index)
    return index


def _look_up_by_lengths(index: Index) -> None:
    index.beginnings_from.update(_lengths(index.beginnings, MIN_BEGINNING))
    index.parts_from.update(_lengths(index.parts, MIN_PART))
    index.slip_starts.update(slip[:SLIP_START] for slip in index.slips)


def _lengths(patterns: Iterable[str], letters: int) -> Lengths:
    found = defaultdict[str, set[int]](set)
    for pattern in patterns:
        if letters <= len(pattern) <= MAX_PART:
            found[pattern[:letters]].add(len(pattern))
    return {start: tuple(sorted(lengths)) for start, lengths in found.items()}


def _key(pattern: str) -> str:
    return f"{pattern[:-1][: KEYS[0]]}*" if pattern.endswith("*") else pattern


def _keys(word: str) -> tuple[str, ...]:
    """All that a word may stand under."""
    return (word, *(f"{word[:letters]}*" for letters in KEYS))


def spell(pattern: str) -> str:
    """A word of a keyword in the one spelling of `words`, its stars kept."""
    plain = pattern.strip("*")
    return pattern.replace(plain, greek_sound(folded(plain)))


def hits(words: Sequence[Word], index: Index, language: str = "") -> list[Hit]:
    """The keywords that count in a text of this language, the weakest first.

    Of what speaks for a topic at one place only the strongest counts, and each keyword once.
    """
    said = list(map(_reader(index, language), words))
    rows = _rows(words, said, index, language)
    singles = _singles(words, said, {place for _, _, place, _, _ in rows}, index, language)
    kept, taken = _longer(rows, singles)
    spoken = kept + [
        (weight, -1, place, number, keyword)
        for place, each in enumerate(singles)
        if each
        for weight, number, keyword in each
        if place not in taken or keyword.topic not in taken[place]
    ]
    spoken.sort(reverse=True)
    once = {(each[4].topic, each[4].pattern): each for each in spoken}
    return [Hit(place, -length, keyword, -weight) for weight, length, place, _, keyword in once.values()]


def _rows(words: Sequence[Word], said: Sequence[_Said], index: Index, language: str) -> list[Spoken]:
    """The keywords of several words, the strongest first."""
    openings = [
        place
        for place, (one, other) in enumerate(pairwise(said))
        if one.seconds and other.keys and not one.seconds.isdisjoint(other.keys)
    ]
    begun = _beginner(index, language)
    found = [
        (weight, -2 - len(rest), place, number, keyword)
        for place in openings
        for weight, number, keyword, form, rest in begun(words[place], words[place + 1])
        if not rest or _goes_on(rest, form, words[place + 2 : place + 2 + len(rest)])
    ]
    found.sort()
    return found


def _goes_on(patterns: Sequence[str], form: Form, words: Sequence[Word]) -> bool:
    for pattern, word in zip(patterns, words, strict=False):
        if not _fits(pattern, form(word)):
            return False
    return len(words) == len(patterns)


def _singles(
    words: Sequence[Word], said: Sequence[_Said], occupied: set[int], index: Index, language: str
) -> list[tuple[Single, ...]]:
    """The keywords at each place; where nothing stands and no row begins, what the word was meant to be."""
    singles = [each.singles for each in said]
    tried = [place for place, each in enumerate(said) if each.may_be_slip and place not in occupied]
    for place in tried[:MAX_TYPO_WORDS]:
        singles[place] = _slips(words[place].sound, index, language)
    return singles


def _longer(
    rows: Sequence[Spoken], singles: Sequence[tuple[Single, ...]]
) -> tuple[list[Spoken], Mapping[int, set[str]]]:
    """The rows that no stronger keyword of their topic overlaps, and the topics that they speak for at their places."""
    kept, taken = [], defaultdict[int, set[str]](set)
    for row in rows:
        if _is_strongest(row, singles, taken):
            kept.append(row)
            _, length, start, _, keyword = row
            for place in range(start, start - length):
                taken[place].add(keyword.topic)
    return kept, taken


def _is_strongest(row: Spoken, singles: Sequence[Sequence[Single]], taken: Mapping[int, set[str]]) -> bool:
    """Does nothing stronger speak for the row's topic at one of its places?"""
    weight, length, start, _, keyword = row
    for place in range(start, start - length):
        if keyword.topic in taken[place]:
            return False
        for single, _, other in singles[place]:
            if single < weight and other.topic == keyword.topic:
                return False
    return True


def _add(index: Index, word: str, keyword: Keyword) -> None:
    plain = word.strip("*")
    if word.startswith("*"):
        index.parts.setdefault(plain, []).append(keyword)
    elif word.endswith("*"):
        index.beginnings.setdefault(plain, []).append(keyword)
    else:
        index.whole.setdefault(plain, []).append(keyword)
    if MIN_TYPO <= len(plain) <= MAX_TYPO:
        alone = (_Near(plain, not word.endswith("*"), keyword),)
        for slip in {plain, *_without_one(plain)}:
            others = index.slips.get(slip)
            index.slips[slip] = others + alone if others else alone


@lru_cache(maxsize=INDEXES)
def _reader(index: Index, language: str) -> Callable[[Word], _Said]:
    """What tells of a word in a text of this language what it says; it remembers it."""
    return lru_cache(maxsize=REMEMBERED_IN_ONE)(partial(_said, index, language))


def _said(index: Index, language: str, word: Word) -> _Said:
    spellings = [form(word) for form in _forms(word)]
    keywords = [keyword for spelled in spellings for keyword in _single(spelled, index)]
    keys = [key for spelled in spellings for key in _keys(spelled)]
    return _Said(
        singles=_strongest((_weight(keyword, language), keyword) for keyword in keywords) if keywords else (),
        seconds=_seconds(tuple([key for key in keys if key in index.several]), index),
        keys=tuple([key for key in keys if key in index.seconds]),
        may_be_slip=not keywords and len(word.sound) >= MIN_TYPO,
    )


@lru_cache(maxsize=REMEMBERED)  # one set for all words that begin the same
def _seconds(firsts: tuple[str, ...], index: Index) -> frozenset[str]:
    return frozenset(second for first in firsts for second in index.several[first])


def _weight(keyword: Keyword, language: str, worth: float = 1.0) -> float:
    """What a keyword of this worth says in a text of this language."""
    is_foreign = language and keyword.language not in (language, EVERY_LANGUAGE)
    return keyword.weight * worth * (FOREIGN_WORTH if is_foreign else 1.0)


def _strongest(found: Iterable[tuple[float, Keyword]]) -> tuple[Single, ...]:
    """Of each topic the strongest, of those the first."""
    best: dict[str, Single] = {}
    for number, (weight, keyword) in enumerate(found):
        best[keyword.topic] = min((-weight, number, keyword), best.get(keyword.topic, (0.0, number, keyword)))
    return tuple(best.values())


def _single(spelled: str, index: Index) -> list[Keyword]:
    found = list(index.whole.get(spelled, ()))
    for length in index.beginnings_from.get(spelled[:MIN_BEGINNING], ()):
        if length <= len(spelled):
            found += index.beginnings.get(spelled[:length], ())
    for start in range(len(spelled) - MIN_PART + 1):
        for length in index.parts_from.get(spelled[start : start + MIN_PART], ()):
            if start + length <= len(spelled):
                found += index.parts.get(spelled[start : start + length], ())
    return found


@lru_cache(maxsize=INDEXES)
def _beginner(index: Index, language: str) -> Callable[[Word, Word], tuple[_Begun, ...]]:
    """What tells what two words begin in a text of this language; it remembers it."""
    return lru_cache(maxsize=PAIRS)(partial(_begun, index, language))


def _begun(index: Index, language: str, first: Word, second: Word) -> tuple[_Begun, ...]:
    """The keywords of several words that two words begin, and what must follow them."""
    found: list[_Begun] = []
    for form, table in _tables(first, index):
        for key in _keys(form(second)):
            for patterns, keyword in table.get(key, ()):
                if _fits(patterns[0], form(first)) and _fits(patterns[1], form(second)):
                    found.append((-_weight(keyword, language), len(found), keyword, form, patterns[2:]))
    return tuple(found)


def _tables(word: Word, index: Index) -> list[tuple[Form, Rest]]:
    """The rests of keywords of several words that a word may begin, and in which form."""
    return [(form, index.several[key]) for form in _forms(word) for key in _keys(form(word)) if key in index.several]


def _forms(word: Word) -> tuple[Form, ...]:
    return (_spelling,) if word.sound == word.spelled else (_spelling, _sound)


def _spelling(word: Word) -> str:
    return word.spelled


def _sound(word: Word) -> str:
    return word.sound


def _fits(pattern: str, word: str) -> bool:
    return word.startswith(pattern[:-1]) if pattern.endswith("*") else word == pattern


@lru_cache(maxsize=REMEMBERED)
def _slips(word: str, index: Index, language: str) -> tuple[Single, ...]:
    return _strongest((_weight(keyword, language, TYPO_WORTH), keyword) for keyword in _near(word, index))


def _near(word: str, index: Index) -> tuple[Keyword, ...]:
    """The keywords that a word, or its beginning, is one slip away from, with the same first letter."""
    places = _places(word, index)
    if not places and word[:SLIP_START] not in index.slip_starts:
        return ()
    seen: dict[Keyword, None] = {}
    first = _first(word)
    for end in range(min(len(word), MAX_TYPO + 1), SLIP_START - 1, -1):
        for slip in (word[:end], *[word[:place] + word[place + 1 : end] for place in places if place < end]):
            for near in index.slips.get(slip, ()):
                is_near = near.plain.startswith(first) and abs(len(near.plain) - end) <= 1
                if is_near and near.keyword not in seen and (end == len(word) or not near.is_whole):
                    seen[near.keyword] = None
    return tuple(seen)


def _places(word: str, index: Index) -> list[int]:
    """The letters without which a word may be what a slip leads to, as far as its beginning tells."""
    head, rest = word[: SLIP_START + 1], word[:SLIP_START] in index.slip_starts
    within = range(len(_first(word)), SLIP_START)
    places = [place for place in within if head[:place] + head[place + 1 :] in index.slip_starts]
    return [*places, *range(SLIP_START, len(word))] if rest else places


def _without_one(word: str) -> Iterator[str]:
    return (word[:place] + word[place + 1 :] for place in range(len(_first(word)), len(word)))


def _first(word: str) -> str:
    return word[:2] if word.startswith(SOUND) else word[:1]
