"""Words meet however they are written: in capitals, without accents, composed or not."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.folding import folded, folded_words, words_in

WORD = re.compile(r"[^\W_]+")


@pytest.mark.parametrize(
    ("written", "one_spelling"),
    [
        ("ΚΆΡΤΑ", "καρτα"),
        ("Ευχαριστώ πολύς", "ευχαριστω πολυσ"),
        ("Größe", "grosse"),
        ("FAÇADE déjà", "facade deja"),
        ("naïef één", "naief een"),
        ("ﬁnance ２", "finance 2"),
        ("plain", "plain"),
    ],
)
def test_case_and_accents_are_gone(written: str, one_spelling: str) -> None:
    """Composed or not."""
    assert one_spelling == folded(written)
    assert one_spelling == folded(unicodedata.normalize("NFD", written))


@given(st.text(max_size=200))
def test_no_mark_is_left_and_folding_again_changes_nothing(text: str) -> None:
    """Of any script."""
    once = folded(text)

    assert not any(unicodedata.combining(each) for each in unicodedata.normalize("NFD", once))
    assert once == folded(once)


@given(
    st.text(
        st.one_of(st.characters(), st.sampled_from("aZé0 _%'\u0301\u0345\u1100\u1161\u00bd\u0130\ud800\x1c\x85")),
        max_size=60,
    )
)
@example("e\u0301 \u0301e ½ ﬁ ΐ o’clock don't snake_case 50%\u00a0\u0301x \ud800")
def test_words_are_those_of_the_pattern(text: str) -> None:
    """Of any script; folding the pieces is folding the whole."""
    assert WORD.findall(text) == words_in(text)
    assert WORD.findall(folded(text)) == folded_words(text)


def test_a_sign_that_is_kept_is_a_word() -> None:
    """Also where it touches one."""
    assert ["50", "%", "off"] == words_in("50% off!", kept="%")
