"""A desk without history has a model, and its own takes over."""

import pytest

from gateway.topics.guess import guess_topic
from gateway.topics.model import UNTRAINED, TopicModel
from gateway.topics.names import TOPIC_NAMES
from gateway.topics.starting import FADES, starting_model, with_starting


def test_it_knows_every_topic_and_nothing_else() -> None:
    """Some mails of each; each word speaks for topics that there are."""
    model = starting_model()
    assert set(TOPIC_NAMES) == set(model.mails)
    assert set(TOPIC_NAMES) >= {topic for lifts in model.features.values() for topic in lifts}
    assert model is starting_model()


def test_without_history_it_is_all_there_is() -> None:
    """Word for word; and the desk has read nothing, as it says."""
    model = with_starting(UNTRAINED)
    assert starting_model().features == model.features
    assert 0 == model.total


@pytest.mark.parametrize(("mails", "left"), [(0.0, 1.0), (FADES, 0.5), (3 * FADES, 0.25)])
def test_it_gives_way_to_the_desks_own(mails: float, left: float) -> None:
    """After so many mails of its own it counts half."""
    feature, topic, lift = max(
        ((name, topic, lift) for name, lifts in starting_model().features.items() for topic, lift in lifts.items()),
        key=lambda each: each[2],
    )
    own = TopicModel(mails={"orders": mails} if mails else {}, features={})
    assert left * lift == pytest.approx(with_starting(own).features[feature][topic])
    assert own.mails == with_starting(own).mails


def test_what_the_desk_has_learnt_counts_at_least_as_much() -> None:
    """Of what both know the stronger, not the sum."""
    feature, lifts = next((name, lifts) for name, lifts in starting_model().features.items() if len(lifts) == 1)
    (topic, lift), *_ = lifts.items()
    weaker = TopicModel(mails={topic: 1.0}, features={feature: {topic: lift / 100}, "zzzz": {"orders": 2.0}})
    stronger = TopicModel(mails={topic: 1.0}, features={feature: {topic: lift + 1}})
    assert lift > with_starting(weaker).features[feature][topic] > 0.9 * lift
    assert {"orders": 2.0} == with_starting(weaker).features["zzzz"]
    assert lift + 1 == with_starting(stronger).features[feature][topic]


def test_with_it_more_is_said_and_the_reason_is_words_of_the_mail() -> None:
    """As of any guess."""
    text = "When somebody pays, the little wheel turns and turns, then they are back in the basket"
    guess = guess_topic(text, starting_model(), language="en")
    assert "payments" == guess.topic
    assert any(word in guess.why for word in ("pays", "wheel", "basket"))
