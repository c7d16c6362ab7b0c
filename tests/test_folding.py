"""Words meet however they are written: in capitals, without accents, composed or not."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.folding import folded


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
