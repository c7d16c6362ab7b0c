"""How did we do? What an answer says, and what is none."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.matching.rating import Rating, read_rating
from tests.cost import cheap

BARE = {
    5: (
        *("5", "5!", " 5 ", "**5**", "5/5", "5 out of 5", "5 stars", "5 sterren", "5 étoiles", "Very good"),
        *("very good, thanks", "5 = very good", "Πολύ καλή", "πολυ καλα", "5 πολύ καλά, ευχαριστώ!", "heel goed"),
        *("Zeer goed!", "Très bien merci", "sehr gut", "5. Thanks a lot!", "Thanks! 5", "Merci, 5 !"),
        "Guten Tag,\n\n5\n\nMit freundlichen Grüßen\nAnna",
    ),
    4: ("4", "4 von 5", "Good", "Hallo Kim,\n4\n", "καλή", "prima, dank je wel", "bien", "gut", "4 - goed", "kala"),
    3: ("3", "fair", "μέτρια", "matig", "moyen", "mittelmäßig", "3 = mittelmäßig", "ok", "έτσι κι έτσι"),
    2: ("2", "bad", "κακή", "slecht", "mauvais", "schlecht", "2\n\nSent from my iPhone"),
    1: ("1", "very bad", "πολύ κακή", "heel slecht", "très mauvais", "sehr schlecht", "1 = sehr schlecht"),
}
WITH_WORDS = (
    (2, "2, still broken"),
    (1, "1\n\nNobody called me back."),
    (5, "5. You were very quick and friendly"),
    (4, "good! But where do I find the invoice?"),
    (3, "3 - es hat zu lange gedauert"),
)
NONE = (
    *("", "  \n", "10", "0", "6", "2.5", "3,5", "4-5", "2 days ago it broke", "3 shops do not work", "1 sehr gut"),
    *(
        "5 = very bad",
        "It still does not work",
        "good morning, my shop is down",
        "Bonjour,\n\nça ne marche pas",
        "thanks",
    ),
    *("Bien que la page s'ouvre", "1. first\n2. second", "Good morning.\nStill broken", "4 but the logo is missing"),
    *("> 5", "Please call me at 5", "Καλημέρα σας", "5€ are missing"),
)


@pytest.mark.parametrize(("value", "text"), [(value, text) for value, row in BARE.items() for text in row])
def test_a_number_or_its_word_is_the_answer(value: int, text: str) -> None:
    """In five languages, with a greeting, a thank you, a signature around it."""
    assert Rating(value=value, has_more=False) == read_rating(text)


@pytest.mark.parametrize(("value", "text"), WITH_WORDS)
def test_words_besides_it_are_for_a_person(value: int, text: str) -> None:
    """The number counts, and somebody reads the rest."""
    assert Rating(value=value, has_more=True) == read_rating(text)


@pytest.mark.parametrize("text", NONE)
def test_what_only_begins_like_one_is_none(text: str) -> None:
    """Numbers of other things, contradictions, lists, letters."""
    assert read_rating(text) is None


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    """Whatever it holds: a rating within the scale, or none."""
    found = read_rating(text)
    assert found is None or 1 <= found.value <= 5


@pytest.mark.parametrize("piece", ["5", "5 ", "good ", "5 - ", "a,", ", ", "5\n", "hello\n", "(((5"])
def test_a_long_text_costs_no_more_than_its_beginning(piece: str) -> None:
    """Linear, and bounded."""
    cheap(0.2, lambda: read_rating(piece * 200_000))
