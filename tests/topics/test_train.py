"""Training counts words: what several people wrote of a topic, nothing of one alone, the same for the same examples."""

from datetime import UTC, datetime

import pytest

from gateway.topics.model import FORM, UNTRAINED, from_json, to_json
from gateway.topics.train import Example, train

AT = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)


def examples(topic: str, word: str, number: int, *, writer: str = "") -> list[Example]:
    """Mails of a topic that hold a word, each of another writer unless one is named."""
    return [
        Example(topic=topic, text=f"hello, {word} please", writer=writer or f"{topic}{each}") for each in range(number)
    ]


def test_words_of_a_topic_are_learnt_and_words_of_all_topics_are_not() -> None:
    """With their pieces, by which inflections are known."""
    model = train([*examples("orders", "zeppelin", 12), *examples("photos", "marzipan", 12)])
    assert {"orders": 12.0, "photos": 12.0} == model.mails
    assert ["orders"] == list(model.features["zeppelin"])
    assert ["photos"] == list(model.features["marzipan"])
    assert "#_zepp" in model.features
    assert "hello" not in model.features


def test_what_only_one_person_writes_is_not_kept() -> None:
    """However often: it may be his name, and he teaches the desk nothing alone."""
    mails = [*examples("orders", "Papadopoulos", 20, writer="one@shop.test"), *examples("photos", "marzipan", 30)]
    assert [] == [word for word in train(mails).features if "papad" in word]


def test_numbers_and_addresses_of_customers_are_not_kept() -> None:
    """Nothing with a digit is counted."""
    assert [] == [
        word
        for word in train([*examples("orders", "order10442", 9), *examples("photos", "marzipan", 30)]).features
        if "10442" in word
    ]


def test_a_topic_that_is_none_is_left_out() -> None:
    """An older release may have had others."""
    assert UNTRAINED == train(examples("zeppelins", "zeppelin", 6))


def test_a_topic_that_an_agent_set_weighs_more() -> None:
    """By its weight."""
    left = examples("photos", "zeppelin", 6)
    told = [Example(topic="orders", text=each.text, writer=each.writer, weight=2.0) for each in left]
    model = train([*left, *told, *examples("photos", "marzipan", 20), *examples("contact", "biscuit", 60)])
    assert model.features["zeppelin"]["orders"] > model.features["zeppelin"].get("photos", 0.0)


def test_the_order_of_examples_does_not_matter() -> None:
    """The same model, byte for byte."""
    mails = [*examples("orders", "zeppelin", 12), *examples("photos", "marzipan", 12)]
    assert to_json(train(mails, at=AT)) == to_json(train(mails[::-1], at=AT))


def test_a_model_is_read_as_it_was_written() -> None:
    """And one of another form is as good as none."""
    model = train([*examples("orders", "zeppelin", 12), *examples("photos", "marzipan", 12)], at=AT)
    assert model.features
    assert model == from_json(to_json(model))
    assert UNTRAINED == from_json(to_json(model).replace(f'"form":{FORM}', '"form":0'))
    with pytest.raises(ValueError):
        from_json("no model")
