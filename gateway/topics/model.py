"""What the desk's own history says of words: for which topics they speak, and how much. A value, kept as JSON.

What must stay true: only what several correspondents wrote is in it: no name, number or address of one customer.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.topics.words import Word

FORM = 1
"""Of the JSON; one of another form is as good as none."""
GRAM = 5
"""Letters of a piece of a word: its ends are letters, too."""
MIN_WORD = 3
"""Letters of a word that is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicModel:
    """What was learnt; without any mails there are only the keywords."""

    mails: Mapping[str, float]
    """How many mails of each topic were read."""
    features: Mapping[str, Mapping[str, float]]
    """Words and pieces of words: how much more often mails of a topic hold them, as a natural logarithm."""
    trained_at: datetime | None = None

    __hash__ = object.__hash__
    """What is remembered of one is asked of that very one."""

    @property
    def total(self) -> float:
        """How many mails were read."""
        return sum(self.mails.values())


_DIGIT = re.compile(r"\d")
UNTRAINED = TopicModel(mails={}, features={})


def features_of(sound: str) -> tuple[str, ...]:
    """What a word that sounds so is counted as: itself and its pieces; nothing where it is short or a number."""
    if len(sound) < MIN_WORD or _DIGIT.search(sound):
        return ()
    padded = f"_{sound}_"
    return (sound, *["#" + padded[start : start + GRAM] for start in range(len(padded) - GRAM + 1)])


def distinct(words: Sequence[Word]) -> list[Word]:
    """Each word once: who writes "invoice" ten times does not mean it ten times more."""
    return list({word.sound: word for word in reversed(words)}.values())[::-1]


def to_json(model: TopicModel) -> str:
    """The model as it is kept."""
    trained_at = model.trained_at.isoformat() if model.trained_at else None
    document = {
        "form": FORM,
        "trained_at": trained_at,
        "mails": dict(model.mails),
        "features": {feature: dict(lifts) for feature, lifts in model.features.items()},
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def from_json(text: str) -> TopicModel:
    """The kept model; an untrained one where an older version wrote it."""
    document = json.loads(text)
    if document.get("form") != FORM:
        return UNTRAINED
    trained_at = document["trained_at"]
    return TopicModel(
        mails=document["mails"],
        features=document["features"],
        trained_at=datetime.fromisoformat(trained_at) if trained_at else None,
    )
