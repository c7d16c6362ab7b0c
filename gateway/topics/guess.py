"""What is a mail about? Keywords, and what the desk's history says of its words, added up. Pure and deterministic.

Each word gives its points: a keyword by its weight; a word that mails of a topic held more often than others by the
logarithm of how much more often (naive Bayes, smoothed towards "as often as everywhere"), itself and the mean of its
pieces, so that inflected, compound and misspelled words count, too. The points of a topic are added up; their shares
(softmax) are the confidence. Because it is a sum of words, the words that spoke for it are the reason.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

from gateway.topics.keywords import Hit, Index, hits, shipped_index
from gateway.topics.model import TopicModel, distinct, features_of
from gateway.topics.names import TOPIC_NAMES
from gateway.topics.words import REMEMBERED, Word, words_of

MIN_CONFIDENCE = 0.28
"""Below it nothing is said."""
MIN_POINTS = 0.5
"""With fewer nothing is said, however little the others have."""
CANDIDATES = 5
WORDS = 4
"""Words of a reason."""
SUBJECT_WORTH = 1.5
"""A word of the subject counts so much."""
SHARPNESS = 0.9
"""What a point is to the softmax."""
HISTORY_WORTH = 0.8
"""Points for a word that is e times as frequent in mails of the topic."""
PIECES_WORTH = 0.8
"""Of the mean of a word's pieces, beside the word itself."""
MODELS = 2
"""Models whose words are remembered: the desk's own, and the one before it until all have seen the new one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A topic that it may be."""

    topic: str
    score: float
    """Its share of all topics, 0 to 1."""
    words: tuple[str, ...]
    """Those that spoke most for it, as they stand in the mail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicGuess:
    """What a mail seems to be about."""

    topic: str
    """ "" where that is not clear enough."""
    score: float
    """How sure that is, 0 to 1."""
    why: str
    """A sentence."""
    others: tuple[Candidate, ...] = ()
    """What else it may be, the likeliest first; of an empty guess, the likeliest of all among them."""


NO_GUESS = TopicGuess(topic="", score=0.0, why="no word of it speaks for a topic")
_PLACES = {topic: place for place, topic in enumerate(TOPIC_NAMES)}
NOTHING: Mapping[str, float] = {}
Points = defaultdict[str, dict[str, float]]
"""Topic → word as written → points."""


def guess_topic(
    text: str, model: TopicModel, *, subject: str = "", language: str = "", index: Index | None = None
) -> TopicGuess:
    """What a mail with this text and subject is about, and why; `language` is the text's, "" where nobody knows."""
    ranked = rank(text, model, subject=subject, language=language, index=index)
    if not ranked:
        return NO_GUESS
    best, rest = ranked[0], tuple(ranked[1:CANDIDATES])
    share = f"{best.score:.0%}"
    if best.score < MIN_CONFIDENCE:
        why = f"not clear: {best.topic} would be the likeliest ({share}), because of {_quoted(best.words)}"
        return TopicGuess(topic="", score=best.score, why=why, others=(best, *rest))
    why = f"{best.topic} ({share}) because of {_quoted(best.words)}"
    if rest:
        why += f"; else {rest[0].topic} ({rest[0].score:.0%})"
    return TopicGuess(topic=best.topic, score=best.score, why=why, others=rest)


def rank(
    text: str,
    model: TopicModel,
    *,
    subject: str = "",
    language: str = "",
    index: Index | None = None,
    limit: int = CANDIDATES,
) -> list[Candidate]:
    """The topics that a word speaks for, the likeliest first."""
    points: Points = defaultdict(dict)
    for written, worth in ((subject, SUBJECT_WORTH), (text, 1.0)):
        words = words_of(written)
        _add_keywords(points, words, hits(words, index or shipped_index(), language), worth)
        _add_history(points, words, model, worth)
    sums = {topic: sum(words.values()) for topic, words in points.items()}
    highest = max(sums.values(), default=0.0)
    if highest < MIN_POINTS:
        return []
    # A topic that nothing speaks for has no points, and its share, too.
    nothing = (len(TOPIC_NAMES) - len(sums)) * math.exp(-SHARPNESS * highest)
    shares = {topic: math.exp(SHARPNESS * (each - highest)) for topic, each in sums.items()}
    whole = sum(shares.values()) + nothing
    order = [topic for _, _, topic in sorted((-each, _PLACES[topic], topic) for topic, each in sums.items())[:limit]]
    return [Candidate(topic=topic, score=shares[topic] / whole, words=_words(points[topic])) for topic in order]


def _add_keywords(points: Points, words: Sequence[Word], found: Sequence[Hit], worth: float) -> None:
    for place, length, keyword, weight in found:
        written = words[place].written if length == 1 else _row(words[place : place + length])
        of_topic = points[keyword.topic]
        of_topic[written] = of_topic.get(written, 0.0) + weight * worth


def _row(words: Sequence[Word]) -> str:
    return " ".join(word.written for word in words)


def _add_history(points: Points, words: Sequence[Word], model: TopicModel, worth: float) -> None:
    if not model.features:
        return
    history_of = _reader(model)
    for word in distinct(words):
        written = word.written
        for topic, weight in history_of(word.sound):
            of_topic = points[topic]
            of_topic[written] = of_topic.get(written, 0.0) + weight * worth


@lru_cache(maxsize=MODELS)
def _reader(model: TopicModel) -> Callable[[str], Sequence[tuple[str, float]]]:
    """What tells the points that the desk's history gives a word that sounds so, by topic; it remembers them."""
    return lru_cache(maxsize=REMEMBERED)(partial(_history, model))


def _history(model: TopicModel, sound: str) -> tuple[tuple[str, float], ...]:
    whole, *pieces = features_of(sound) or ("",)
    found = {topic: HISTORY_WORTH * lift for topic, lift in model.features.get(whole, NOTHING).items()}
    worth = HISTORY_WORTH * PIECES_WORTH / max(1, len(pieces))
    for lifts in filter(None, map(model.features.get, pieces)):
        for topic, lift in lifts.items():
            found[topic] = found.get(topic, 0.0) + worth * lift
    return tuple(found.items())


def _words(of_topic: dict[str, float]) -> tuple[str, ...]:
    """Those with most points."""
    best = sorted(of_topic, key=of_topic.__getitem__, reverse=True)[:WORDS]
    return tuple([word for word in best if of_topic[word] > 0])


def _quoted(words: Sequence[str]) -> str:
    return ", ".join(f'"{word}"' for word in words)
