"""Which texts answer this mail best? BM25 over titles, keywords and words, with each field at its own weight.

The formula is that of S. Robertson, H. Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009, §3.4
and §3.6 (weighted fields), with a logarithm that is never negative. The score is told in shares of what a word scores
that is a keyword of one text alone, so that it means the same for fifteen texts and for five hundred.

What must stay true: the same texts and the same mail give the same scores; the work is linear in the mail, for each
word of it in the texts that hold it.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from gateway.canned.text import Canned
from gateway.canned.words import MAX_CHARACTERS, stems
from gateway.topics.words import REMEMBERED_IN_ONE

SATURATION = 1.2
"""k1: how soon more of the same word says no more."""
LENGTH = 0.5
"""b: how much a longer text must say a word more often."""
WEIGHTS = {"title": 3.0, "keywords": 4.0, "text": 0.5}
PART = 5
"""Letters of a keyword, at least, that is found at the beginning or end of a longer word (German and Dutch)."""
SLIP = 6
"""Letters of a word, at least, in which a slip of the finger is seen: greet is not greek."""
SURE = 1.0
"""What a word counts that is the same."""
GUESSED = 0.7
"""What a keyword counts that a word only holds, or that it differs from by a slip of the finger."""
_NO_WORD = ("", 0.0)


class Index:
    """The texts of one language."""

    def __init__(self, texts: Sequence[tuple[Canned, str]], language: str) -> None:
        """`texts` are the texts with their rendered words."""
        self._language = language
        self._count = len(texts)
        fields = [_fields(canned, words, language) for canned, words in texts]
        weights = [_weights(each) for each in fields]
        places: dict[str, list[tuple[int, float]]] = {}
        mean = sum(sum(each.values()) for each in weights) / max(1, self._count)
        for number, each in enumerate(weights):
            spread = 1 - LENGTH + LENGTH * sum(each.values()) / mean
            for word, weight in each.items():
                places.setdefault(word, []).append((number, _saturated(weight / spread)))
        self._keywords = frozenset(word for each in fields for word in (*each["title"], *each["keywords"]))
        self._starts = {keyword[:PART] for keyword in self._keywords}
        self._ends = {keyword[-PART:] for keyword in self._keywords}
        self._slips = _slips(self._keywords)
        unit = self._rarity(1) * _saturated(WEIGHTS["keywords"])
        self._says = {
            trust: {word: _worth(found, self._rarity(len(found)) * trust / unit) for word, found in places.items()}
            for trust in (SURE, GUESSED)
        }
        """How sure a word is meant → the word → the texts that hold it, and how well that makes each fit."""
        self._meant = lru_cache(maxsize=REMEMBERED_IN_ONE)(self._find)
        # A mail is looked at ahead, and asked about for its receipt and for its agents.
        self._remembered = lru_cache(maxsize=64)(self._scores)

    def scores(self, text: str) -> Mapping[int, float]:
        """The number of each text that shares a word with this one, and how well it fits."""
        return self._remembered(text[:MAX_CHARACTERS])

    def _scores(self, text: str) -> Mapping[int, float]:
        meant: dict[str, float] = {}
        for word, trust in map(self._meant, dict.fromkeys(stems(text, self._language))):
            if trust > meant.get(word, 0.0):
                meant[word] = trust
        found: dict[int, float] = {}
        for word, trust in meant.items():
            for number, worth in self._says[trust][word]:
                found[number] = found.get(number, 0.0) + worth
        return found

    def _find(self, word: str) -> tuple[str, float]:
        """The word of the texts that is meant, and how sure that is: not at all, where there is none."""
        if word in self._says[SURE]:
            return word, SURE
        guess = self._guess(word)
        return (guess, GUESSED) if guess else _NO_WORD

    def _guess(self, word: str) -> str:
        if len(word) < PART:
            return ""
        cuts = range(PART, len(word))
        inside = [word[:cut] for cut in cuts if word[:cut] in self._keywords] if word[:PART] in self._starts else []
        if word[-PART:] in self._ends:
            inside += [word[-cut:] for cut in cuts if word[-cut:] in self._keywords]
        if inside:
            return max(inside, key=len)
        near = {self._slips[each] for each in _shorter(word) if each in self._slips} if len(word) >= SLIP else set()
        return min(near, default="")

    def _rarity(self, holders: int) -> float:
        return math.log(1 + (self._count - holders + 0.5) / (holders + 0.5))


def _fields(canned: Canned, words: str, language: str) -> dict[str, list[str]]:
    texts = {"title": canned.title, "keywords": "\n".join(canned.keywords), "text": words}
    return {name: stems(text, language) for name, text in texts.items()}


def _weights(fields: dict[str, list[str]]) -> dict[str, float]:
    weights: dict[str, float] = {}
    for name, words in fields.items():
        # A keyword that stands in several phrases is no more a keyword for that.
        for word, times in Counter(words if name == "text" else set(words)).items():
            weights[word] = weights.get(word, 0.0) + WEIGHTS[name] * times
    return weights


def _worth(places: Sequence[tuple[int, float]], rarity: float) -> tuple[tuple[int, float], ...]:
    return tuple((number, rarity * weight) for number, weight in places)


def _saturated(weight: float) -> float:
    return weight / (SATURATION + weight)


def _shorter(word: str) -> list[str]:
    """The word, and it without each of its letters: two words that meet in one of these differ by one slip."""
    return [word, *(word[:place] + word[place + 1 :] for place in range(len(word)))]


def _slips(words: Iterable[str]) -> dict[str, str]:
    return {each: word for word in sorted(words, reverse=True) if len(word) >= SLIP for each in _shorter(word)}
