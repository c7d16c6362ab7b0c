"""Agents hear of a deadline once when it is near and once when it has passed, on both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from gateway.clock import FixedClock
from gateway.jobs.deadlines import Deadlines
from gateway.mail.reader import Reader
from gateway.model import Agent, Priority
from gateway.store.agents import put_agents
from gateway.store.db import Store
from gateway.store.outcomes import Outcome
from gateway.tickets import change
from gateway.tickets.state import Happening
from tests.desk import AGENT, CUSTOMER, SUPPORT, TestDesk, open_desk

KIM = Agent(name="Kim", address=AGENT, languages=("en",))
LEE = Agent(name="Lee", address="lee@desk.test", teams=("payment",))


@pytest.fixture
def desk(store: Store, clock: FixedClock, tmp_path: Path, reader: Reader) -> Iterator[TestDesk]:
    """A desk with an agent who works in no team, and one who does."""
    with open_desk(store, clock, tmp_path, reader) as opened:
        with store.transaction() as tx:
            put_agents(tx, [KIM, LEE])
        yield opened


def look(desk: TestDesk, hour: int, minute: int = 0, *, day: int = 1) -> int:
    """What the job does at this time of September 2026; the first is a Tuesday."""
    desk.clock.at = datetime(2026, 9, day, hour, minute, tzinfo=UTC)
    return Deadlines(desk.store, desk.clock, desk.gateway.desk).look()


def told(desk: TestDesk) -> list[tuple[str, str]]:
    """To whom, and whether the deadline has passed."""
    return [(mail.recipient.address, dict(mail.values)["has_passed"]) for mail in desk.outbox("deadline")]


def opened(desk: TestDesk) -> Outcome:
    """A ticket of eight in the morning, an hour before the desk opens: due at five in the afternoon."""
    return desk.take(desk.post.mail(CUSTOMER, SUPPORT))


def test_a_deadline_is_told_of_once_when_near_and_once_when_passed(desk: TestDesk) -> None:
    """With a line in the ticket's story each time; to all, where nobody has the ticket and it has no team."""
    outcome = opened(desk)

    assert [0, 1, 0, 0] == [look(desk, 14, 59), look(desk, 15), look(desk, 15, 1), look(desk, 16, 59)]
    assert [(AGENT, ""), (LEE.address, "")] == told(desk)
    assert [1, 0] == [look(desk, 9, day=2), look(desk, 12, day=2)]
    assert [(AGENT, "yes"), (LEE.address, "yes")] == told(desk)[2:]
    assert ["deadline_near", "deadline_passed"] == [kind for kind in desk.story(outcome) if "deadline" in kind]


def test_while_the_desk_is_closed_nobody_is_told(desk: TestDesk) -> None:
    """It passes at five, when everybody goes home: they hear of it in the morning."""
    opened(desk)

    assert [0, 0] == [look(desk, 17), look(desk, 20)]


def test_who_has_the_ticket_is_told_alone_else_its_team(desk: TestDesk) -> None:
    """Nobody else is bothered."""
    first, second = opened(desk), desk.take(desk.post.mail(CUSTOMER, SUPPORT, subject="Another"))
    now = desk.clock.now()
    with desk.store.transaction() as tx:
        change.assign(tx, desk.ticket(first), AGENT, actor="", at=now)
        change.amend(tx, desk.ticket(second), kind="team", actor="", detail="", at=now, team="payment")
    look(desk, 16)

    assert [(AGENT, ""), (LEE.address, "")] == told(desk)


def test_what_was_answered_is_not_told_of_and_a_new_deadline_is(desk: TestDesk) -> None:
    """A raised priority has one of its own."""
    first, second = opened(desk), desk.take(desk.post.mail(CUSTOMER, SUPPORT, subject="Another"))
    look(desk, 15)
    hours, now = desk.gateway.desk.hours, desk.clock.now()
    with desk.store.transaction() as tx:
        change.move(tx, desk.ticket(first), Happening.AGENT_ANSWERED, actor="", at=now)
        change.prioritise(tx, desk.ticket(second), Priority.URGENT, hours=hours, actor="", at=now)

    assert [1, 0] == [look(desk, 15, 1), look(desk, 10, day=2)]
    assert [(AGENT, "yes"), (LEE.address, "yes")] == told(desk)[4:]


def test_what_an_agent_put_off_is_not_told_of(desk: TestDesk) -> None:
    """He said when it is to be looked at."""
    outcome = opened(desk)
    later = desk.clock.now() + timedelta(days=1, hours=2)
    with desk.store.transaction() as tx:
        change.amend(tx, desk.ticket(outcome), kind="wait", actor="", detail="", at=desk.clock.now(), wait_until=later)

    assert [0, 1] == [look(desk, 16), look(desk, 10, day=2)]


def test_the_mail_says_what_is_to_be_done(desk: TestDesk) -> None:
    """In the agent's language, by the desk's clock."""
    opened(desk)
    look(desk, 16)
    sent = message_from_bytes(desk.letter(desk.outbox("deadline")[0]).data, policy=policy.SMTP)
    text = sent.get_body(("plain",)).get_content()

    assert "Ticket 1: its deadline is near" == sent["Subject"]
    assert "2026-09-01 17:00" in text
    assert "Nobody has it yet." in text
