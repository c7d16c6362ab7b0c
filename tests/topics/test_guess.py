"""A guess tells its topic, how sure it is, which words said so, and what else it may be; or nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.topics.guess import MIN_CONFIDENCE, NO_GUESS, guess_topic, rank
from gateway.topics.model import UNTRAINED
from gateway.topics.names import TOPIC_NAMES
from gateway.topics.train import Example, train
from tests.cost import cheap


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("I forgot my password", "account"),
        ("Ο πελάτης δεν μπορεί να πληρώσει με κάρτα", "payments"),
        ("thelo na allakso ta metaforika gia tin kypro kai na einai dorean", "shipping"),
        ("Waar vind ik de verzendkosten?", "shipping"),
        ("Comment ajouter une facture avec mon numéro de TVA ?", "invoices"),
        ("Wie verbinde ich meine Domain, welche Nameserver?", "domains"),
    ],
)
def test_a_plain_question_is_told(text: str, topic: str) -> None:
    """In each language, by keywords alone."""
    guess = guess_topic(text, UNTRAINED)
    assert topic == guess.topic
    assert guess.score >= MIN_CONFIDENCE


def test_the_reason_names_the_words_as_they_were_written() -> None:
    """And how sure it is, and what comes next."""
    guess = guess_topic("My PayPal payments fail, and the newsletter?", UNTRAINED)
    assert guess.why.startswith("payments (")
    assert '"PayPal"' in guess.why
    assert "else marketing (" in guess.why
    assert "marketing" == guess.others[0].topic
    assert ("newsletter",) == guess.others[0].words


def test_nothing_is_said_of_a_text_that_says_nothing() -> None:
    """Empty, or without any word that counts."""
    assert NO_GUESS == guess_topic("", UNTRAINED)
    assert NO_GUESS == guess_topic("xyzzy", UNTRAINED)


def test_nothing_is_said_where_topics_are_alike_but_the_candidates_are_told() -> None:
    """Below the confidence the topic is empty, and the reason says what would be the likeliest."""
    guess = guess_topic("coupon, newsletter, slideshow, guestbook, chat, dns", UNTRAINED)
    assert "" == guess.topic
    assert guess.why.startswith("not clear: ")
    assert 3 <= len(guess.others)


def test_a_word_of_the_subject_counts_more() -> None:
    """It is what he himself calls it."""
    by_subject = guess_topic("newsletter", UNTRAINED, subject="invoice")
    by_text = guess_topic("invoice", UNTRAINED, subject="newsletter")
    assert "invoices" == by_subject.topic
    assert "marketing" == by_text.topic


def test_a_word_counts_once_however_often_it_is_written() -> None:
    """Who repeats himself is no surer."""
    once, often = (guess_topic(text, UNTRAINED) for text in ("a newsletter", "newsletter " * 50))
    assert once.score == often.score


def test_what_the_desk_learnt_tips_the_balance() -> None:
    """A word that no list has, and that mails of one topic hold."""
    learnt = train(
        [Example(topic="slideshow", text=f"the wobbler {word}", writer=word) for word in ("a1", "b2", "c3", "d4", "e5")]
        + [Example(topic="orders", text="the parcel is late", writer=str(number)) for number in range(30)]
    )
    assert "" == guess_topic("our wobbler", UNTRAINED).topic
    guess = guess_topic("our wobbler", learnt)
    assert "slideshow" == (guess.topic or guess.others[0].topic)
    assert '"wobbler"' in guess.why


@given(st.text(max_size=300), st.text(max_size=60))
def test_a_guess_is_the_same_each_time_and_its_shares_are_a_part_of_one(text: str, subject: str) -> None:
    """Whatever was typed."""
    guess = guess_topic(text, UNTRAINED, subject=subject)
    assert guess == guess_topic(text, UNTRAINED, subject=subject)
    assert guess.topic in ("", *TOPIC_NAMES)
    ranked = rank(text, UNTRAINED, subject=subject)
    assert sum(each.score for each in ranked) <= 1 + 1e-9
    assert [each.score for each in ranked] == sorted((each.score for each in ranked), reverse=True)


def test_a_long_mail_costs_no_more_than_its_beginning() -> None:
    """Ten megabytes are guessed in a moment."""
    guess_topic("payment", UNTRAINED)
    text = "My payment fails. " + "blah bestellingspagina " * 500_000
    guess = cheap(0.2, lambda: guess_topic(text, UNTRAINED))
    assert guess.others or guess.topic
