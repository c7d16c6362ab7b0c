"""A short form of `make accuracy`: the figures of docs/accuracy.md do not get worse unseen."""

import pytest

from gateway.canned.library import Library
from scripts.accuracy_canned import SETS, STRANGERS, is_as_wanted, mails, of_strangers


@pytest.mark.parametrize("title", SETS)
def test_suggestions_fit_as_well_as_they_are_wanted_to(shipped: Library, title: str) -> None:
    """All mails of the four sets: it takes a second."""
    folder, held_out, floor = SETS[title]
    found = list(mails(folder, held_out, shipped))

    assert len(found) >= 90
    assert is_as_wanted(found, floor)


@pytest.mark.parametrize("title", STRANGERS)
def test_suggestions_fit_what_strangers_write(shipped: Library, title: str) -> None:
    """And few of them read something else in their receipt."""
    found = list(of_strangers(title, shipped))

    assert len(found) >= 60
    assert {"en", "el", "nl", "fr", "de"} == {mail.language for mail in found}
    assert is_as_wanted(found, STRANGERS[title][1])


def test_the_sets_hold_what_they_say(shipped: Library) -> None:
    """Two mails for each text and language, one of them held out, and some that no text answers."""
    own = [mail for held_out in (False, True) for mail in mails("canned", held_out, shipped)]

    assert 180 == len(own)
    assert 30 == sum(not mail.right for mail in own)
    assert dict.fromkeys(shipped.names, 10) == {name: sum(name in mail.right for mail in own) for name in shipped.names}
