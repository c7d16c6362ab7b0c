"""Words are compared without case, accents, and by the sound of Greek, however it is typed."""

from gateway.folding import folded
from gateway.topics.words import MAX_TEXT, MAX_WORD, greek_sound, words_of
from tests.cost import cheap


def sounds(text: str) -> list[str]:
    """The words by their sound."""
    return [word.sound for word in words_of(text)]


def test_case_and_accents_do_not_matter() -> None:
    """As people type."""
    assert ["reglement", "fur", "paiement"] == sounds("Règlement FÜR PAIEMENT")


def test_greek_is_the_same_with_and_without_accents_and_with_other_letters_of_one_sound() -> None:
    """η, ι, υ, ει and οι are one sound, and so are ο and ω."""
    assert sounds("Πληρωμή") == sounds("πληρομη") == sounds("ΠΛΗΡΩΜΗ") == ["~pliromi"]
    assert sounds("κείμενο") == sounds("κίμενο")
    assert sounds("γράμματα") == sounds("γραματα")


def test_greek_in_latin_letters_is_the_same_as_greek() -> None:
    """Where its little words say that it is Greek; in either way of typing it."""
    greek = sounds("πώς πληρώνω με κάρτα και θέλω χρώματα")
    assert greek == sounds("pos plirono me karta kai thelo chromata")
    assert greek == sounds("pws plhrwnw me karta kai 8elw xrwmata")


def test_other_languages_are_not_taken_for_greek() -> None:
    """Nothing of an English text is spelled by sound."""
    assert ["the", "shop", "with", "whisky"] == sounds("The shop with whisky")


def test_a_word_keeps_how_it_was_written() -> None:
    """For the reason that people read."""
    assert ["Πληρωμή", "PayPal"] == [word.written for word in words_of("Πληρωμή, PayPal!")]


def test_long_texts_and_words_are_cut_and_cost_little() -> None:
    """A million characters of anything are read in far less than a second."""
    one = cheap(0.2, lambda: words_of("a" * 1_000_000))
    many = cheap(0.2, lambda: words_of("και " * 250_000))
    assert [MAX_WORD] == [len(word.written) for word in one]
    assert MAX_TEXT // 4 == len(many)


def test_folding_is_done_once() -> None:
    """What is spelled the one way stays so."""
    for text in ("Règlement", "Πληρωμή", "plain", "straße"):
        assert folded(folded(text)) == folded(text)
    assert "plain" == greek_sound("plain")
