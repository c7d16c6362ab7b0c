"""Outgoing mail can be looked at and hurried."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from gateway.clock import SystemClock
from gateway.model import Ticket
from gateway.store import outbox
from gateway.store.db import Store
from tests.cli.conftest import Place


@pytest.fixture
def waiting(place: Place, make_ticket: Callable[..., Ticket], opened: Store) -> int:
    """A mail that was put off by the next server for an hour; its id."""
    place.run("ticket", "reply", str(make_ticket().id), "--text", "Hello")
    now = SystemClock().now()
    (mail,) = outbox.claim(opened, limit=1, now=now, lease=timedelta(minutes=1))
    with opened.transaction() as tx:
        later = now + timedelta(hours=1)
        outbox.record_deferred(tx, mail.id, opened.owner, code=451, text="4.7.1 grey\x1b[1m", next_try_at=later)
    return mail.id


def test_waiting_mail_is_listed_with_what_was_said_last(place: Place, waiting: int) -> None:
    """For people and for tools."""
    (mail,) = place.json("outbox", "list")
    assert (mail["id"], mail["state"], mail["tries"], mail["last_code"]) == (waiting, "queued", 1, 451)
    assert mail["recipient"] == "eleni@shop.example"
    line = place.run("outbox", "list").stdout.splitlines()[1]
    assert line.endswith("451 4.7.1 grey\\x1b[1m")


@pytest.mark.parametrize("which", ["id", "all"])
def test_retry_makes_mail_due_now(which: str, place: Place, waiting: int, opened: Store) -> None:
    """By its id, or all."""
    assert place.json("outbox", "retry", *(["--all"] if which == "all" else [str(waiting)])) == {"retried": 1}
    with opened.reading() as tx:
        assert outbox.queued(tx, limit=1)[0].next_try_at <= SystemClock().now()


def test_retry_of_something_else_ends_with_1(place: Place, waiting: int) -> None:
    """Nothing was due to be hurried."""
    assert "none of these" in place.run("outbox", "retry", "99", code=1).stderr
    assert place.json("outbox", "retry", "99", code=1) == {"retried": 0}


@pytest.mark.parametrize("arguments", [[], ["1", "--all"]])
def test_retry_wants_ids_or_all(arguments: list[str], place: Place) -> None:
    """Not both, not nothing."""
    assert "--all" in place.run("outbox", "retry", *arguments, code=2).stderr


def test_mail_that_ended_is_listed_by_its_state(place: Place, waiting: int, opened: Store) -> None:
    """Failed mail, with the last answer."""
    with opened.transaction() as tx:
        outbox.record_failed(tx, waiting, code=550, text="5.1.1 no such user", at=SystemClock().now())
    assert place.run("outbox", "list").stdout == "There is no queued mail.\n"
    (mail,) = place.json("outbox", "list", "--state", "failed")
    assert (mail["id"], mail["last_text"], mail["next_try_at"]) == (waiting, "5.1.1 no such user", None)
    assert mail["done_at"] is not None
