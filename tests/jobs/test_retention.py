"""Machines' mail is forgotten when its time is over, and nothing else is."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from gateway.jobs.retention import MAILS, Retention
from gateway.pipeline.machines import TABLE, Attach, MailClass, kept
from gateway.store.db import Store
from gateway.store.outcomes import outcome_of
from gateway.store.schema.spool import RawRow
from tests.automatic import mails
from tests.desk import CUSTOMER, SUPPORT, TestDesk


def report(number: int) -> bytes:
    """A DMARC report; no two are the same."""
    return mails.aggregate(f"google.test!desk.test!{number}!{number + 1}.xml.gz")


def bytes_of(store: Store) -> set[str]:
    """The entries whose bytes are kept."""
    with store.reading() as tx:
        return set(tx.execute(select(RawRow.entry_id)).scalars())


def test_the_table_says_what_is_forgotten_and_when() -> None:
    """Only what no ticket gets as an article; each with its own time."""
    assert {"own_loop": 7, "other_bounce": 14, "aggregate_report": 30} == {name: span.days for name, span in kept()}
    assert all(TABLE[MailClass(name)].attach is Attach.NOTHING for name, _ in kept())


def test_a_report_is_forgotten_after_a_month_and_a_customers_mail_is_not(desk: TestDesk) -> None:
    """Its outcome stays, and says what it was."""
    reported = desk.take(report(1))
    person = desk.take(desk.post.mail(CUSTOMER, SUPPORT, "nobody can pay"))
    job = Retention(desk.store, desk.clock, kept())
    assert ("record", "aggregate_report") == (reported.action, reported.mail_class)

    desk.clock.at += timedelta(days=30)
    assert (0, {reported.entry_id, person.entry_id}) == (job.run(), bytes_of(desk.store))
    desk.clock.at += timedelta(seconds=1)
    assert (1, {person.entry_id}) == (job.run(), bytes_of(desk.store))
    with desk.store.reading() as tx:
        assert reported == outcome_of(tx, reported.entry_id)
    assert 0 == job.run()


def test_many_are_forgotten_in_several_transactions(desk: TestDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of them is short."""
    count = 3
    monkeypatch.setattr("gateway.jobs.retention.MAILS", 1)
    for number in range(count):
        desk.take(report(number))
    desk.clock.at += timedelta(days=31)

    assert MAILS > 1
    assert count == Retention(desk.store, desk.clock, kept()).run()
    assert set() == bytes_of(desk.store)
