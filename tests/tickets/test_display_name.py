"""Display names from outside, as agents see them (A-16)."""

import pytest

from gateway.tickets.display_name import shown_name

OURS = ("Shop Support", "support@desk.test", "Kim", "Νίκος Παπάς", "")


@pytest.mark.parametrize(
    "name",
    [
        "Kim",
        "KIM (billing)",
        "K i m",
        "K.i.m",
        "Кім",
        "ΚΙΜ",
        "K\u0131m",
        "K|m",
        "K\u200bi\u2060m",
        "\u202emiK\u202c Kim",
        "Kím",
        "shop  support",
        "Sh0p-Supp0rt Team",
        "ѕһор ѕupport",
        "Your ShopSupport",
        "νικος παπας",
        "ΝΙΚΟΣ ΠΑΠΑΣ",
        "ann@bread.test",
        "ann\uff20bread.test",
        "ann \ufe6b bread",
        "support desk.test",
    ],
)
def test_a_name_that_looks_like_ours_or_like_an_address_is_not_shown(name: str) -> None:
    """Whatever letters, spaces and invisible characters it is made of."""
    assert "" == shown_name(name, OURS)


@pytest.mark.parametrize(
    "name", ["Ann", "Kimberly Smith", "Jonas Kimmich", "Νίκος", "Ольга", "Ann's Shop", "小林", "Supporter"]
)
def test_another_name_is_shown(name: str) -> None:
    """As it is written."""
    assert name == shown_name(name, OURS)


def test_what_nobody_sees_is_left_out() -> None:
    """Bidirectional controls, zero width, line breaks."""
    assert "Ann V" == shown_name("A\u200bnn\r\n \u202eV\u00ad\u202c", OURS)


def test_a_very_long_name_is_cut() -> None:
    """And costs no more than that."""
    assert 100 < len(shown_name("ab " * 100_000, OURS)) <= 200
