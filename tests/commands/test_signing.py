"""The name of who answers, and the lines that his program puts below it, are no part of the answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.commands.signing import without_signature

NAME = "Kim Alba"
SIGNATURES = (
    "Kim Alba",
    "Kim",
    "Kim Alba\nSupport",
    "Kim Alba\nHead of Support | Desk Ltd\nT +30 210 123 4567\nwww.desk.test",
    "Kim Alba\n\nDesk Ltd\nOdos 1, 105 57 Athina\nkim@desk.test\n+30 210 1",
    "*Kim Alba*\n_Support_",
    "KIM ALBA\nDesk B.V.,\nKvK 12345678".replace("B.V.,", "BV"),
)
GREETINGS = ("", "Kind regards,\n", "Με εκτίμηση,\n", "Met vriendelijke groet,\n", "Cordialement,\n", "Viele Grüße\n")


@pytest.mark.parametrize("greeting", GREETINGS)
@pytest.mark.parametrize("signature", SIGNATURES)
def test_name_and_lines_below_an_answer_are_left_out(signature: str, greeting: str) -> None:
    """The greeting stays: the desk's name stands below it."""
    answer = "Dear Ann,\n\nPlease try it once more."

    assert f"{answer}\n\n{greeting}".rstrip() == without_signature(f"{answer}\n\n{greeting}{signature}\n", NAME)


@pytest.mark.parametrize(
    "answer",
    [
        "It works now.",
        "Kim Alba",
        "Ask for Kim Alba\nor for Lee.",
        "It works now.\n\nKim will call you tomorrow",
        "It works now.\n\nKim\nPS The old link stays valid",
        "It works now.\n\nKim\n\nP.S. the old link stays valid",
        "It works now.\n\nKim\nPlease clear the cache first.",
        "It works now.\n\nKim\nDid that help?",
        "It works now.\n\nLee\nSupport",
        "These can log in:\nKim\nLee",
        "It works now.\n\nKim\n" + "\n".join(f"step {number}" for number in range(9)),
        "",
    ],
)
def test_what_says_something_stays(answer: str) -> None:
    """Below the name, or where the name is a part of a sentence or a list, or another's, or all there is."""
    assert answer == without_signature(answer, NAME)


@given(st.text("Kim Alba,.\n?x", max_size=200))
def test_only_the_end_is_ever_left_out(text: str) -> None:
    """And nothing is written anew."""
    assert text.startswith(without_signature(text, NAME)) or text.rstrip() == without_signature(text, NAME)
