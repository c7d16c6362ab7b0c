"""Tickets that wait for an agent who is away go to colleagues; nothing else moves, and nothing comes back."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from gateway.clock import FixedClock
from gateway.jobs.holidays import Holidays
from gateway.mail.reader import Reader
from gateway.model import Agent, Ticket, TicketState
from gateway.store import tickets
from gateway.store.absences import Absence, absences, put_absence
from gateway.store.agents import put_agents
from gateway.store.db import Store
from gateway.store.outcomes import Outcome
from gateway.tickets import change
from gateway.tickets.state import Happening
from tests.desk import AGENT, CUSTOMER, SUPPORT, TestDesk, open_desk

LEE, LOU, MAX = "lee@desk.test", "lou@desk.test", "max@desk.test"
AWAY = (date(2026, 8, 30), date(2026, 9, 5))
KIM = Agent(name="Kim", address=AGENT, teams=("billing",), away=(AWAY,))


@pytest.fixture
def desk(store: Store, clock: FixedClock, tmp_path: Path, reader: Reader) -> Iterator[TestDesk]:
    """A desk on an empty store, once on each database."""
    with open_desk(store, clock, tmp_path, reader) as opened:
        yield opened


def staff(desk: TestDesk, *agents: Agent) -> None:
    """Who works there."""
    with desk.store.transaction() as tx:
        put_agents(tx, agents)


def of_kim(desk: TestDesk, **fields: object) -> Outcome:
    """A ticket of Ann's that Kim has; it waits for the desk."""
    outcome = desk.take(desk.post.mail(CUSTOMER, SUPPORT, f"It fails {desk.post.count}."), mail_from=CUSTOMER)
    with desk.store.transaction() as tx:
        ticket = change.assign(tx, desk.ticket(outcome), AGENT, actor="Kim", at=desk.clock.now())
        if fields:
            change.amend(tx, ticket, kind="test", actor="", detail="", at=desk.clock.now(), **fields)
    return outcome


def look(desk: TestDesk) -> int:
    """The job comes round."""
    return Holidays(desk.store, desk.clock, desk.gateway.desk).look()


def test_a_waiting_ticket_goes_to_a_colleague_of_its_team_and_language(desk: TestDesk) -> None:
    """He gets it by mail, with his own reply address; the story tells."""
    staff(
        desk,
        KIM,
        Agent(name="Lee", address=LEE, teams=("shipping",)),
        Agent(name="Lou", address=LOU, teams=("billing",), languages=("de",)),
        Agent(name="Max", address=MAX, teams=("billing",), languages=("el", "en")),
    )
    outcome = of_kim(desk, language="en")
    moved = look(desk)
    (mail,) = desk.outbox("handed_on")

    assert (1, MAX) == (moved, desk.ticket(outcome).assignee)
    assert "handed_on" == desk.story(outcome)[-1]
    assert (MAX, "Kim", "2026-09-05") == (
        mail.recipient.address,
        dict(mail.values)["colleague"],
        dict(mail.values)["until"],
    )
    assert mail.reply_to.startswith("a1-")
    assert 0 == look(desk)


def test_where_nobody_may_have_it_nobody_has_it(desk: TestDesk) -> None:
    """Then it stands in the queue for whoever comes."""
    staff(desk, KIM, Agent(name="Lee", address=LEE, teams=("shipping",)))
    outcome = of_kim(desk)
    look(desk)

    assert desk.ticket(outcome).assignee is None
    assert [] == desk.outbox("handed_on")
    assert "to nobody" in desk.events(outcome)[-1].detail


def test_they_are_shared_out_evenly(desk: TestDesk) -> None:
    """Each goes to who has the fewest."""
    staff(
        desk,
        KIM,
        Agent(name="Lee", address=LEE, teams=("billing",)),
        Agent(name="Max", address=MAX, teams=("billing",)),
    )
    outcomes = [of_kim(desk) for _ in range(4)]
    look(desk)

    assert [LEE, LEE, MAX, MAX] == sorted(str(desk.ticket(outcome).assignee) for outcome in outcomes)


def test_what_does_not_wait_for_the_desk_stays(desk: TestDesk) -> None:
    """It is the customer's turn, or over; and after the holidays everything stays with who has it."""
    staff(desk, KIM, Agent(name="Lee", address=LEE, teams=("billing",)))
    answered, closed, waiting = of_kim(desk), of_kim(desk), of_kim(desk)
    with desk.store.transaction() as tx:
        for outcome, happening in ((answered, Happening.AGENT_ANSWERED), (closed, Happening.CLOSED)):
            change.move(tx, desk.ticket(outcome), happening, actor="Kim", at=desk.clock.now())
    look(desk)
    desk.clock.at += timedelta(days=10)
    look(desk)

    assert [AGENT, AGENT, LEE] == [desk.ticket(outcome).assignee for outcome in (answered, closed, waiting)]


def test_who_is_away_by_mail_is_away_too_until_his_day_is_over(desk: TestDesk) -> None:
    """And on the next one his tickets are his again; an absence that is long over is forgotten."""
    staff(desk, Agent(name="Kim", address=AGENT), Agent(name="Lee", address=LEE))
    with desk.store.transaction() as tx:
        put_absence(tx, Absence(address=AGENT, since=desk.clock.now(), until=date(2026, 9, 3)))
    first = of_kim(desk)
    look(desk)
    desk.clock.at += timedelta(days=3)
    second = of_kim(desk)
    look(desk)
    desk.clock.at += timedelta(days=10)
    look(desk)
    with desk.store.reading() as tx:
        left = absences(tx)

    assert (LEE, AGENT, []) == (desk.ticket(first).assignee, desk.ticket(second).assignee, left)


def test_two_who_are_away_give_each_other_nothing(desk: TestDesk) -> None:
    """Nobody is there: the tickets are nobody's."""
    staff(desk, KIM, Agent(name="Lee", address=LEE, teams=("billing",), away=(AWAY,)))
    outcome = of_kim(desk)
    look(desk)

    assert desk.ticket(outcome).assignee is None


def test_what_somebody_took_meanwhile_is_his(desk: TestDesk) -> None:
    """Between the look and the act a colleague was faster."""
    staff(desk, KIM, Agent(name="Lee", address=LEE, teams=("billing",)))
    outcome = of_kim(desk)

    class Faster(Holidays):
        def _hand_on(self, gone: object, number: int) -> bool:
            with desk.store.transaction() as tx:
                found = tickets.ticket_by_id(tx, number)
                assert isinstance(found, Ticket)
                change.assign(tx, found, MAX, actor="Max", at=desk.clock.now())
            return super()._hand_on(gone, number)  # type: ignore[arg-type]

    moved = Faster(desk.store, desk.clock, desk.gateway.desk).look()

    assert (0, MAX, TicketState.OPEN) == (moved, desk.ticket(outcome).assignee, desk.ticket(outcome).state)
