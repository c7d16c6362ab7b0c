"""The floor under how well topics are told: the same figures that `make accuracy` prints."""

import io
from collections import Counter
from collections.abc import Mapping

import pytest
from rich.console import Console

from gateway.topics.names import TOPIC_NAMES
from scripts.accuracy import OWN
from scripts.accuracy_topics import LANGUAGES, Run, labelled, mails_of, measure, runs, tell, top_1, top_3

FLOORS = {
    "development half, keywords": (0.90, 0.97),
    "held-out half, trained": (0.90, 0.97),
    "unseen, keywords": (0.70, 0.90),
    "unseen, trained": (0.75, 0.92),
    "by another hand, trained": (0.90, 0.97),
}
"""Top 1 and top 3, a few mails below what was measured."""


@pytest.fixture(scope="module")
def found() -> Mapping[str, Run]:
    """All runs, made once."""
    return {run.title: run for run in runs()}


def test_the_labelled_set_is_large_enough() -> None:
    """Sixty mails of each language, six of each topic, half of them held out, none twice."""
    mails = labelled()
    assert len(mails) >= 300
    assert set(LANGUAGES) == {mail.language for mail in mails}
    assert min(Counter(mail.language for mail in mails).values()) >= 60
    assert set(TOPIC_NAMES) == {mail.topic for mail in mails}
    assert min(Counter(mail.topic for mail in mails).values()) >= 6
    assert len(mails) / 2 == sum(mail.held_out for mail in mails)
    everything = [*mails, *mails_of("veiled"), *mails_of("fresh"), *mails_of("unseen")]
    assert len(everything) == len({mail.id for mail in everything}) == len({mail.text for mail in everything})


@pytest.mark.parametrize("title", FLOORS)
def test_topics_are_told_as_well_as_they_were(found: Mapping[str, Run], title: str) -> None:
    """The topic is the likeliest, or among the three likeliest."""
    guessed = found[title].guessed
    misses = [(each.mail.id, each.why) for each in guessed if not each.is_first]
    assert top_1(guessed) >= FLOORS[title][0], misses
    assert top_3(guessed) >= FLOORS[title][1], misses


def test_what_is_said_is_mostly_right(found: Mapping[str, Run]) -> None:
    """Of mails that nothing was changed for, where the guess is sure enough to say something."""
    said = [each for each in found["unseen, trained"].guessed if each.said]
    assert len(said) >= 0.6 * len(found["unseen, trained"].guessed)
    assert sum(each.is_first for each in said) / len(said) >= 0.8


def test_the_measure_lists_its_misses_by_id(found: Mapping[str, Run]) -> None:
    """Each with the reason; and it is one of those that need no collections."""
    said = io.StringIO()
    tell(list(found.values()), Console(file=said, width=120))
    for each in found["unseen, trained"].guessed:
        assert each.is_first == (f"unseen, trained: {each.mail.id}: {each.why}" not in said.getvalue())
    assert OWN["topics"] is measure
