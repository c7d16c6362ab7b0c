"""Look-ups that happen for every mail: bounded, however much of the same somebody sends (I10)."""

from contextlib import ExitStack
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert

from gateway.clock import FixedClock
from gateway.errors import Temporary
from gateway.model import Envelope, Incoming, Via
from gateway.store import outcomes, tickets
from gateway.store.db import Store, Tx
from gateway.store.outcomes import Earlier, Outcome, insert_outcome, same_bytes, same_content
from gateway.store.schema.ticket import ThreadRow
from gateway.store.spool import Spool, finish

SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


@pytest.fixture
def entries(store: Store, clock: FixedClock) -> list[str]:
    """Four copies of one mail, and another one, by their ids."""
    spool = Spool(store, clock)
    spool.start()
    envelope = Envelope(via=Via.FILE, received_at=clock.now())
    raws = [b"test"] * 4 + [b"another"]
    ids = [spool.put(Incoming(envelope=envelope, raw=raw)).result(10) for raw in raws]
    spool.stop()
    return ids


def decided(tx: Tx, entry: str, action: str, at: datetime, *, of: str | None = None, key: str = "") -> None:
    """Write an outcome."""
    insert_outcome(tx, Outcome(entry_id=entry, decided_at=at, action=action, why="", duplicate_of=of, content_key=key))


def test_copies_are_known_by_the_one_that_people_saw(store: Store, clock: FixedClock, entries: list[str]) -> None:
    """Undecided ones are none; a held one counts until a better one came; a duplicate leads to its original."""
    first, second, third, fourth, _ = entries
    with store.transaction() as tx:
        assert same_bytes(tx, fourth, SHA256) is None
        decided(tx, first, "duplicate", clock.now(), of=second)
        assert same_bytes(tx, fourth, SHA256) == Earlier(entry_id=second, is_held=False)
        decided(tx, second, "hold", clock.now())
        assert same_bytes(tx, fourth, SHA256) == Earlier(entry_id=second, is_held=True)
        decided(tx, third, "open", clock.now())
        assert same_bytes(tx, fourth, SHA256) == Earlier(entry_id=third, is_held=False)
        assert same_bytes(tx, third, SHA256) == Earlier(entry_id=second, is_held=True), "never the entry itself"


def test_the_same_content_counts_for_a_week(store: Store, clock: FixedClock, entries: list[str]) -> None:
    """A held copy too, as such."""
    first, second, third, *_ = entries
    with store.transaction() as tx:
        decided(tx, first, "hold", clock.now(), key=SHA256)
        assert same_content(tx, third, SHA256, clock.now()) == Earlier(entry_id=first, is_held=True)
        decided(tx, second, "append", clock.now(), key=SHA256)
        assert same_content(tx, third, SHA256, clock.now()) == Earlier(entry_id=second, is_held=False)
        assert same_content(tx, third, SHA256, clock.now() + timedelta(days=7)) is None


def test_only_some_copies_are_looked_at(store: Store) -> None:
    """A hundred thousand copies cost what fifty cost."""
    compiled = str(outcomes._SAME_BYTES.statement.compile(dialect=store.engine.dialect)).split("ORDER BY")[0]

    assert "LIMIT" in compiled, "before anything is sorted"


def open_tickets(tx: Tx, number: int, at: datetime, *, confirmed: bool = False) -> list[int]:
    """So many tickets of one correspondent."""
    return [
        tickets.insert_ticket(
            tx,
            ref=1000 + ref,
            subject="",
            correspondent="ann@bread.test",
            correspondent_name="",
            confirmed=confirmed,
            account_id=None,
            shop_id=None,
            language="en",
            at=at,
        ).id
        for ref in range(number)
    ]


def test_a_message_id_that_everybody_uses_leads_to_some_tickets(store: Store, clock: FixedClock) -> None:
    """Broken programs give all their mail the same one."""
    with store.transaction() as tx:
        ids = open_tickets(tx, tickets.MAX_HOLDERS + 5, clock.now())
        tx.execute(insert(ThreadRow), [{"message_id": "<0@x>", "ticket_id": each, "seen": True} for each in ids])

        assert tickets.MAX_HOLDERS == len(tickets.tickets_by_message_id(tx, "<0@x>"))
        assert [] == tickets.tickets_by_message_id(tx, "<1@x>")


@pytest.mark.parametrize("confirmed", [True, False])
def test_a_correspondent_is_known_by_a_proven_ticket(store: Store, clock: FixedClock, confirmed: bool) -> None:
    """Not by many unproven ones."""
    with store.transaction() as tx:
        open_tickets(tx, 3, clock.now(), confirmed=confirmed)

        assert confirmed is tickets.has_confirmed_ticket(tx, "ann@bread.test")
        assert not tickets.has_confirmed_ticket(tx, "bob@bread.test")


def test_a_reading_is_one_look_at_one_moment(store: Store, clock: FixedClock, entries: list[str]) -> None:
    """What is decided in between is in none of its counts: an audit of a live store must not find a difference."""
    with store.reading() as reading:
        assert (5, True) == (outcomes.balance(reading).pending, outcomes.balance(reading).is_even)
        with store.transaction() as tx:
            decided(tx, entries[0], "hold", clock.now())
            finish(tx, entries[0])
        assert (5, 0) == (outcomes.balance(reading).pending, outcomes.balance(reading).decided)


def test_a_store_whose_connections_are_all_in_use_is_temporary(store: Store) -> None:
    """It is no fault of the mail that waited for one."""
    store.engine.pool._timeout = 0.05  # type: ignore[attr-defined]
    with ExitStack() as others, pytest.raises(Temporary):
        _take_connections(others, store, 41)


def _take_connections(others: ExitStack, store: Store, count: int) -> None:
    for _ in range(count):
        others.enter_context(store.reading())
