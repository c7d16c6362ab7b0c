"""A reviewer's reply to the digest of held mail: orders at its head; what is not understood does nothing."""

from functools import partial

import pytest

from gateway.commands.review import HOW, Orders, parse_orders
from tests.cost import cheap

LAST = 40


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("release 3 7", Orders(release=(3, 7))),
        ("spam 1-40", Orders(spam=tuple(range(1, 41)))),
        ("Release: 3, 7.\nSPAM 1-2,4 ; 10 - 12\n\nThanks, Kim", Orders(release=(3, 7), spam=(1, 2, 4, 10, 11, 12))),
        ("\n\n#release 7 3 3", Orders(release=(3, 7))),
        ("release 3\nrelease 4\nspam 5–6", Orders(release=(3, 4), spam=(5, 6))),
        ("spam 0009", Orders(spam=(9,))),
        ("release 3\n\n- release 7 8\n> release 9", Orders(release=(3,))),
    ],
)
def test_orders_are_read_as_they_were_meant(reply: str, expected: Orders) -> None:
    """Blanks, commas, ranges, any hyphen, a closing line; what is quoted below is no order."""
    assert expected == parse_orders(reply, LAST)


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        ("relaese 3", "There is no order `relaese`. Did you mean `release`?"),
        ("spma 3", "There is no order `spma`. Did you mean `spam`?"),
        ("xyzzy 3", f"There is no order `xyzzy`. {HOW}"),
        ("release 3\nrelaese 4", "There is no order `relaese`. Did you mean `release`?"),
        ("release 3\nThanks, Kim", f"There is no order `thanks`. {HOW}"),
        ("release three", f"`three` is no number and no range of numbers. {HOW}"),
        ("release 3-", f"`3-` is no number and no range of numbers. {HOW}"),
        ("release ٣", f"`٣` is no number and no range of numbers. {HOW}"),
        ("release 41", "There is no number 41 in this digest: they go from 1 to 40."),
        ("release 0", "There is no number 0 in this digest: they go from 1 to 40."),
        ("spam 1-999999999999", f"`1-999999999999` is no number and no range of numbers. {HOW}"),
        ("release 7-3", "The range 7-3 runs backwards."),
        ("release", f"Which ones? There are no numbers in one of the lines. {HOW}"),
        ("release 3 4\nspam 4-5", "4 cannot be released and be spam at once."),
        ("release 3\n\nspam 4", "The line `spam 4` stands below an empty line. Write all orders at the top."),
        ("3 7", f"The line `3 7` is no order. {HOW}"),
        ("  \n", f"The mail holds no text above the quoted part. {HOW}"),
    ],
)
def test_half_of_what_was_meant_is_never_done(reply: str, problem: str) -> None:
    """Whatever is wrong anywhere, nothing is done, and he hears what to mend."""
    assert Orders(problem=problem) == parse_orders(reply, LAST)


def test_a_long_reply_costs_little() -> None:
    """Linear on what somebody may have pasted."""
    for text in ("release " + "1 " * 500_000, "#" * 1_000_000, "release - " * 100_000, "a\n" * 500_000, " " * 10**6):
        cheap(0.5, partial(parse_orders, text, LAST))
