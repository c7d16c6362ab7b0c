"""Job: once a day the model of topics is trained on what the desk's agents made of their tickets.

What must stay true: it is made whole from the store each time, so it forgets what the store forgets; with too few
examples there is none, and the keywords decide alone.
"""

from dataclasses import dataclass
from datetime import timedelta

from gateway import events
from gateway.clock import Clock
from gateway.store.db import Store
from gateway.store.topic_model import TopicLabel, keep_model, kept_model, topic_labels
from gateway.topics.model import TopicModel, to_json
from gateway.topics.train import Example, train

LOOK_SECONDS = 3600.0
AGAIN = timedelta(hours=23)
"""After the last training."""
EXAMPLES = 5_000
"""The newest ones; to count them takes some seconds."""
MIN_EXAMPLES = 50
"""With fewer the clock does not train."""
SET_WEIGHT = 2.0
"""Of a topic that an agent set himself; one that he left counts once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A new model and what it was made from."""

    model: TopicModel
    version: int
    """0 where it was not kept."""
    examples: int


def train_topics(store: Store, clock: Clock, *, min_examples: int = 0) -> Trained:
    """Train on the desk's history and keep the model; with fewer examples nothing is kept."""
    with store.reading() as tx:  # a long look, beside which others may write
        examples = [_example(label) for label in topic_labels(tx, limit=EXAMPLES)]
    model = train(examples, at=clock.now())
    if len(examples) < min_examples:
        return Trained(model=model, version=0, examples=len(examples))
    with store.transaction() as tx:
        version = keep_model(tx, to_json(model), mails=len(examples), at=clock.now())
    return Trained(model=model, version=version, examples=len(examples))


class TopicTraining:
    """Knows when it was done last: the store does."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def look(self) -> int:
        """Train if it is time; on how many tickets."""
        with self._store.reading() as tx:
            kept = kept_model(tx)
        if kept and self._clock.now() - kept.trained_at < AGAIN:
            return 0
        trained = train_topics(self._store, self._clock, min_examples=MIN_EXAMPLES)
        if not trained.version:
            return 0
        events.topics_trained(tickets=trained.examples, version=trained.version)
        return trained.examples


def _example(label: TopicLabel) -> Example:
    return Example(
        topic=label.topic,
        text=label.text,
        subject=label.subject,
        writer=label.correspondent,
        weight=SET_WEIGHT if label.was_set else 1.0,
    )
