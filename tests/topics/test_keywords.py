"""Keywords are found by themselves, their beginnings, as parts of compounds, in rows, and with a slip of the finger."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.topics.keywords import Hit, hits, index_of, shipped_index
from gateway.topics.topic import Keyword
from gateway.topics.words import words_of
from tests.cost import cheap

INDEX = index_of(
    Keyword(pattern=pattern, weight=2.0, topic=topic, language="en")
    for pattern, topic in (
        ("coupon", "discounts"),
        ("pay*", "payments"),
        ("*versand*", "shipping"),
        ("page not found", "urls"),
        ("gift card*", "discounts"),
        ("newsletter*", "marketing"),
        ("πληρωμ*", "payments"),
    )
)


def found(text: str) -> list[tuple[str, str]]:
    """The topics in a text and the keywords that say so."""
    return [(hit.keyword.topic, hit.keyword.pattern) for hit in hits(words_of(text), INDEX)]


def test_a_word_is_found_as_itself_and_not_inside_of_another() -> None:
    """Without a star it is the whole word."""
    assert [("discounts", "coupon")] == found("A COUPON please")
    assert [] == found("couponing")


def test_a_beginning_is_found_in_its_inflections() -> None:
    """Also in Greek, with and without accents."""
    assert [("payments", "pay*")] == found("nobody pays")
    assert [("payments", "πληρωμ*")] == found("Οι πληρωμές")
    assert [("payments", "πληρωμ*")] == found("thelo na do tis pliromes mou kai alla")


def test_a_part_is_found_in_a_compound() -> None:
    """As Dutch and German make them."""
    assert [("shipping", "*versand*")] == found("Auslandsversandkosten?")


def test_words_in_a_row_are_found_only_in_their_order() -> None:
    """With a beginning at the end, too."""
    assert [("urls", "page not found")] == found("it says: Page not found!")
    assert [("discounts", "gift card*")] == found("two gift cards")
    assert [] == found("not found the page")


def test_one_slip_of_the_finger_is_forgiven_in_a_long_word() -> None:
    """A letter missing, too many, wrong or swapped; worth less than the word itself."""
    for slip in ("newsleter", "newslettter", "newslatter", "nwesletter", "newsletetr"):
        (hit,) = hits(words_of(slip), INDEX)
        assert "marketing" == hit.keyword.topic
        assert 0 < hit.weight < hit.keyword.weight
    assert [] == found("newslaffer")


def test_short_words_are_not_each_others_slips() -> None:
    """A wrong vowel in one of three letters is another word, and so is another first letter."""
    assert [] == found("pey")
    assert [] == found("loupon")


@given(st.text(max_size=300))
def test_whatever_stands_in_a_text_hits_lie_inside_of_it(text: str) -> None:
    """No text is an error."""
    words = words_of(text)
    found: list[Hit] = hits(words, shipped_index())
    assert all(0 <= hit.place and hit.place + hit.length <= len(words) for hit in found)


def test_a_text_made_to_be_slow_is_not() -> None:
    """Long words that nearly are keywords, as many as there is room for."""
    words = words_of("bestelingspagina verzendkostn " * 1000)
    shipped_index()
    cheap(0.1, lambda: hits(words, shipped_index()))
