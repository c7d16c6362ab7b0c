"""Tickets come back when their time is over; who wants the list of the day gets it once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.clock import FixedClock
from gateway.hours.desk_hours import DeskHours
from gateway.jobs.done_digest import DoneDigest
from gateway.jobs.waiting import Waiting
from gateway.mail.reader import Reader
from gateway.model import TicketState
from tests.acting.stage import LEE, MO, Stage, open_stage
from tests.desk import AGENT
from tests.stores import sqlite_store


@pytest.fixture
def stage(clock: FixedClock, tmp_path: Path, reader: Reader) -> Iterator[Stage]:
    """A desk with agents."""
    store = sqlite_store(tmp_path / "stage.db")
    clock.at += timedelta(hours=2)
    with open_stage(store, clock, tmp_path, reader) as opened:
        yield opened
    store.close()


def waiting(stage: Stage) -> Waiting:
    """The job."""
    return Waiting(stage.desk.store, stage.desk.clock, stage.desk.gateway.desk)


def test_a_ticket_comes_back_when_its_time_is_over(stage: Stage) -> None:
    """Its agent hears so once, and can act on that mail; a deadline runs again."""
    ticket = stage.new_ticket()
    stage.write(ticket, "#take\n#wait 1d\nPlease send the number.")
    assert 0 == waiting(stage).look()
    stage.desk.clock.at += timedelta(days=1)
    assert [1, 0] == [waiting(stage).look(), waiting(stage).look()]

    now = stage.now(ticket)
    assert (TicketState.WAITING_FOR_US, None) == (now.state, now.wait_until)
    assert now.waiting_since == stage.desk.clock.now()
    assert now.due_at is not None
    (woken,) = stage.mails(ticket, "woken")
    assert (AGENT, "Please send the number.") == (woken.recipient.address, dict(woken.values)["text"])
    assert "woken" in stage.story(ticket)
    stage.write(ticket, "#close")
    assert TicketState.CLOSED is stage.now(ticket).state


def test_a_ticket_that_went_on_is_left_alone(stage: Stage) -> None:
    """The customer answered: that was what it waited for."""
    ticket = stage.new_ticket()
    stage.write(ticket, "#wait 1d\nPlease send the number.")
    stage.customer_writes(ticket, "It is 12.")
    stage.desk.clock.at += timedelta(days=1)

    assert 0 == waiting(stage).look()
    assert (TicketState.WAITING_FOR_US, None) == (stage.now(ticket).state, stage.now(ticket).wait_until)
    assert [] == stage.mails(ticket, "woken")


def test_a_list_of_the_day_has_every_line_once(stage: Stage) -> None:
    """At its hour by the desk's clock, to him alone, in his language; and not again."""
    ticket, other = stage.new_ticket(), stage.new_ticket()
    stage.write(ticket, "#take", agent=MO)
    stage.write(other, "#close", agent=MO)
    stage.write(other, "#priority high", agent=LEE)
    hours = DeskHours(zone=ZoneInfo("Europe/Athens"))
    digest = DoneDigest(stage.desk.store, stage.desk.clock, replace(stage.desk.gateway.desk, hours=hours), 17)
    assert 0 == digest.look()
    stage.desk.clock.at = stage.desk.clock.at.replace(hour=14, minute=0)  # 17:00 there
    assert [1, 0] == [digest.look(), digest.look()]

    (mail,) = stage.desk.outbox("done_digest")
    assert (MO, "el", "") == (mail.recipient.address, mail.language, mail.reply_to)
    said = dict(mail.values)["done"]
    assert f"Ticket {ticket.id}: Το αίτημα είναι δικό σας." in said
    assert f"Ticket {other.id}: Το αίτημα έκλεισε." in said
    assert "high" not in said
    letter = stage.desk.letter(mail).data
    assert b"Auto-Submitted: auto-generated" in letter


def test_what_nobody_was_told_in_time_is_told_later(stage: Stage) -> None:
    """The gateway did not run at that hour."""
    ticket = stage.new_ticket()
    stage.write(ticket, "#take", agent=MO)
    stage.desk.clock.at += timedelta(days=3)
    digest = DoneDigest(stage.desk.store, stage.desk.clock, stage.desk.gateway.desk, 17)

    assert 1 == digest.look()
    assert 1 == len(stage.desk.outbox("done_digest"))
