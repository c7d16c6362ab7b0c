"""Addresses that are not written to can be looked at and released."""

from datetime import timedelta

import pytest

from gateway.clock import SystemClock
from gateway.outbox.suppression import LIFETIME, look_up, note_failure
from gateway.store.db import Store
from tests.cli.conftest import Place

ADDRESS = "eleni@shop.example"


@pytest.fixture
def dead(opened: Store) -> str:
    """An address whose mailbox did not exist yesterday and does not today."""
    now = SystemClock().now()
    with opened.transaction() as tx:
        for at in (now - timedelta(days=1), now):
            note_failure(tx, ADDRESS, "5.1.1", ticket_id=None, now=at)
    return ADDRESS


def test_a_dead_address_is_listed_with_what_is_not_sent_and_why(place: Place, dead: str) -> None:
    """For people and for tools."""
    (found,) = place.json("outbox", "suppressed", "list")
    assert (found["address"], found["answers_until"]) == (dead, found["automatic_until"])
    assert found["automatic_until"][:10] == f"{SystemClock().now() + LIFETIME:%Y-%m-%d}"
    line = place.run("outbox", "suppressed", "list").stdout.splitlines()[1]
    assert line.startswith("eleni@shop.example  automatic mail, answers  ")
    assert "there is no such mailbox (status 5.1.1)" in line


def test_an_operator_releases_an_address(place: Place, dead: str, opened: Store) -> None:
    """However it is spelled; the second time there is nothing to release."""
    assert place.json("outbox", "suppressed", "release", "Eleni@Shop.example") == {"released": ["Eleni@Shop.example"]}
    with opened.reading() as tx:
        assert look_up(tx, dead, SystemClock().now()) is None
    result = place.run("outbox", "suppressed", "release", dead, code=1)
    assert "nothing speaks against eleni@shop.example" in result.output
    assert place.run("outbox", "suppressed", "list").stdout == "Every address is written to.\n"
