"""The balance of mails: even means even, and one mail on the wrong side is found."""

from collections.abc import Callable

import pytest
from sqlalchemy import delete, update

from gateway.clock import FixedClock
from gateway.model import Envelope, Incoming, Ticket, Via
from gateway.pipeline.plan import Action
from gateway.store import spool
from gateway.store.db import Store
from gateway.store.outcomes import Outcome, insert_outcome
from gateway.store.schema.outcome import OutcomeRow
from gateway.store.schema.spool import SpoolRow
from gateway.store.spool import Spool
from tests.cli.conftest import AT, Place

KEYS = [
    "received",
    "pending",
    "outcomes",
    "tickets_opened",
    "articles_added",
    "commands",
    "held",
    "recorded",
    "duplicates",
    "poisoned",
    "rejected",
    "even",
    "without_outcome",
    "outcome_while_pending",
    "outbox",
]


def keep(store: Store, count: int) -> list[str]:
    """Put mails into the spool."""
    kept = Spool(store, FixedClock(AT))
    kept.start()
    envelope = Envelope(via=Via.FILE, received_at=AT)
    done = [kept.put(Incoming(envelope=envelope, raw=b"Subject: %d\r\n\r\n" % number)) for number in range(count)]
    ids = [future.result(10) for future in done]
    kept.stop()
    return ids


def decide(store: Store, entry_id: str, action: Action) -> None:
    """Give a mail its outcome."""
    with store.transaction() as tx:
        insert_outcome(tx, Outcome(entry_id=entry_id, decided_at=AT, action=action.value, why="so it is"))
        spool.finish(tx, entry_id)


def test_every_outcome_is_counted_in_one_line(place: Place, opened: Store) -> None:
    """Received equals the sum of everything that can become of a mail and what still waits."""
    ids = keep(opened, len(Action) + 2)
    for entry_id, action in zip(ids, Action, strict=False):
        decide(opened, entry_id, action)
    found = place.json("audit")
    assert list(found) == KEYS
    assert found["outcomes"] == {action.value: 1 for action in sorted(Action)}
    assert (found["tickets_opened"], found["articles_added"]) == (2, 2)
    lines = KEYS[3:11]
    assert found["received"] == len(Action) + 2 == sum(found[line] for line in lines) + found["pending"]
    assert found["pending"] == 2
    assert found["even"] is True


def test_a_mail_without_outcome_is_named_and_ends_with_1(place: Place, opened: Store) -> None:
    """Done, but nobody knows how: the promise is broken."""
    ids = keep(opened, 2)
    for entry_id in ids:
        decide(opened, entry_id, Action.HOLD)
    with opened.transaction() as tx:
        tx.execute(delete(OutcomeRow).where(OutcomeRow.entry_id == ids[0]))
    found = place.json("audit", code=1)
    assert (found["even"], found["without_outcome"]) == (False, [ids[0]])
    result = place.run("audit", code=1)
    assert f"done without an outcome: {ids[0]}" in result.stdout
    assert ["difference", "1"] in [line.split() for line in result.stdout.splitlines()]


def test_a_pending_mail_with_an_outcome_is_named(place: Place, opened: Store) -> None:
    """It would be decided twice."""
    (entry_id,) = keep(opened, 1)
    decide(opened, entry_id, Action.RECORD)
    with opened.transaction() as tx:
        tx.execute(update(SpoolRow).values(state="pending"))
    assert place.json("audit", code=1)["outcome_while_pending"] == [entry_id]


def test_an_empty_store_is_even(place: Place) -> None:
    """Nothing came, nothing is missing."""
    found = place.json("audit")
    assert (found["received"], found["even"], found["outcomes"]) == (0, True, {})
    assert found["outbox"] == {"queued": 0, "sent": 0, "failed": 0, "cancelled": 0}
    assert place.run("audit").stdout.splitlines()[1].split() == ["received", "0"]


@pytest.mark.parametrize("count", [3])
def test_outgoing_mail_is_counted_by_state(place: Place, make_ticket: Callable[..., Ticket], count: int) -> None:
    """An answer is queued."""
    number = str(make_ticket().id)
    for _ in range(count):
        place.run("ticket", "reply", number, "--text", "Hello")
    assert place.json("audit")["outbox"]["queued"] == count
