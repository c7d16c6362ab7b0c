"""Examples → model: naive Bayes by counting. Deterministic; linear in the words of the examples."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.topics.model import TopicModel, distinct, features_of
from gateway.topics.names import TOPIC_NAMES
from gateway.topics.words import words_of

MIN_WRITERS = 2
"""Correspondents who used a word, before it counts: so nobody's name does, and nobody teaches it alone."""
MAX_FEATURES = 40_000
"""The most frequent ones are kept."""
SMOOTHING = 3.0
"""Mails that are taken to hold a word besides, both where they do and where they should: a few prove little."""
MIN_LIFT = 0.1
"""Less is not kept. That a word is missing in mails of a topic is not either: mails are short."""
MIN_SURPRISE = 2.0
"""Standard deviations above what chance would give: little words ("the", "ein") say nothing by chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """The first mail of a ticket, and the topic that agents gave it or left it."""

    topic: str
    text: str
    subject: str = ""
    writer: str = ""
    """Its correspondent; an unknown one is somebody else each time."""
    weight: float = 1.0


@dataclass(slots=True)
class _Count:
    """In how many mails of each topic something was, and who wrote some of them."""

    mails: dict[str, float]
    writers: set[str]


def train(examples: Sequence[Example], *, at: datetime | None = None) -> TopicModel:
    """What the words of these mails and their pieces say; mails of topics that are none are left out."""
    mails: dict[str, float] = {}
    counts: dict[str, _Count] = {}
    for number, example in enumerate(examples):
        if example.topic not in TOPIC_NAMES:
            continue
        mails[example.topic] = mails.get(example.topic, 0.0) + example.weight
        for feature in _features(example):
            _count(counts.setdefault(feature, _Count({}, set())), example, number)
    kept = [feature for feature, count in counts.items() if len(count.writers) >= MIN_WRITERS]
    kept = sorted(kept, key=lambda feature: (-sum(counts[feature].mails.values()), feature))[:MAX_FEATURES]
    lifts = {feature: _lifts(counts[feature].mails, mails) for feature in kept}
    return TopicModel(mails=mails, features={name: found for name, found in lifts.items() if found}, trained_at=at)


def _features(example: Example) -> dict[str, None]:
    words = words_of(f"{example.subject}\n{example.text}")
    return {feature: None for word in distinct(words) for feature in features_of(word.sound)}


def _count(count: _Count, example: Example, number: int) -> None:
    count.mails[example.topic] = count.mails.get(example.topic, 0.0) + example.weight
    if len(count.writers) < MIN_WRITERS:
        count.writers.add(example.writer or f"#{number}")


def _lifts(found: dict[str, float], mails: dict[str, float]) -> dict[str, float]:
    """How much more often each topic's mails hold it than all do, as logarithms."""
    share = sum(found.values()) / sum(mails.values())
    lifts = {}
    for topic, count in found.items():
        chance = mails[topic] * share
        lift = round(math.log((count + SMOOTHING) / (chance + SMOOTHING)), 3)
        if lift >= MIN_LIFT and count - chance >= MIN_SURPRISE * math.sqrt(chance):
            lifts[topic] = lift
    return lifts
