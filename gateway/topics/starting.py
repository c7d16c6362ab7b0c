"""What a desk without history knows of words: a small model that is shipped, and how it gives way to the desk's own.

It is trained by `python -m scripts.starting_model` on short support mails of our own (`tests/data`), never on anybody's
mail. What must stay true: a word that the desk has learnt itself never counts less because of it; the more the desk has
read, the less it says.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

from gateway.topics.model import TopicModel, from_json

FILE = Path(__file__).parent / "data" / "starting.json"
FADES = 500.0
"""Mails of the desk's own after which it counts half."""
MIN_LIFT = 0.1
"""What is less says nothing."""

Lifts = Mapping[str, float]


@cache
def starting_model() -> TopicModel:
    """The shipped model, read once for a process."""
    return from_json(FILE.read_text("utf-8"))


def with_starting(own: TopicModel) -> TopicModel:
    """The desk's own model, and what it has not learnt yet from the shipped one; `mails` are its own.

    Of what both say of a word the stronger counts, not the sum: they were told the same.
    """
    worth = FADES / (FADES + own.total)
    features: dict[str, Lifts] = dict(own.features)
    for feature, lifts in starting_model().features.items():
        faded = {topic: lift * worth for topic, lift in lifts.items() if lift * worth >= MIN_LIFT}
        features[feature] = _stronger(own.features.get(feature, {}), faded)
    return replace(own, features=features)


def _stronger(one: Lifts, other: Lifts) -> Lifts:
    return {topic: max(one.get(topic, 0.0), other.get(topic, 0.0)) for topic in (*one, *other)}
