"""Who is handed which ticket next, on both databases."""

import threading
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from gateway.clock import FixedClock
from gateway.hours.desk_hours import DeskHours
from gateway.mail.message import Address, Message
from gateway.model import Agent, Ticket
from gateway.queue.look import look
from gateway.queue.serve import next_ticket
from gateway.queue.who_may import absence, may_serve
from gateway.store.db import Store, Tx
from gateway.store.queue import count_asked
from gateway.tickets import change
from gateway.tickets.change import Owner
from gateway.tickets.state import Happening
from tests.queue.waiting import waiting

HOURS = DeskHours()
TUESDAY = datetime(2026, 9, 1, 10, 0, tzinfo=UTC)
KIM = Agent(name="Kim", address="kim@desk.test", teams=("payment",), languages=("en", "nl"))
LEE = Agent(name="Lee", address="lee@desk.test")
MAX = Agent(name="Max", address="max@desk.test", teams=("layout",), languages=("el",))
TEAM = (KIM, LEE, MAX)


def open_ticket(tx: Tx, *, account: str = "7", at: datetime = TUESDAY, language: str = "en", team: str = "") -> Ticket:
    """A proven customer's ticket."""
    message = Message(author=Address(address="ann@bread.test"), subject="Payment fails")
    owner = Owner(confirmed=True, account_id=account, language=language, team=team)
    return change.open_ticket(tx, message, owner=owner, hours=HOURS, why="a customer writes", at=at)


def ask(store: Store, agent: Agent, agents: Sequence[Agent] = TEAM, at: datetime = TUESDAY, **more: int) -> int | None:
    """`#next`: the number of the ticket."""
    with store.transaction() as tx:
        found = next_ticket(tx, HOURS, agent, agents, at, **more)
    return found.id if found else None


def test_the_top_ticket_is_his_from_then_on(store: Store) -> None:
    """The next who asks gets the next one; his own one he is handed again until he has answered."""
    with store.transaction() as tx:
        late, early = open_ticket(tx), open_ticket(tx, at=TUESDAY - timedelta(hours=1), account="8")

    assert early.id == ask(store, KIM)
    assert late.id == ask(store, LEE)
    assert early.id == ask(store, KIM)
    assert ask(store, KIM, besides=early.id) is None


def test_what_is_answered_is_in_the_queue_no_more(store: Store) -> None:
    """Nor what is solved or closed."""
    for happening in (Happening.AGENT_ANSWERED, Happening.SOLVED, Happening.CLOSED):
        with store.transaction() as tx:
            change.move(tx, open_ticket(tx), happening, actor="Kim", at=TUESDAY)

    assert ask(store, KIM) is None


def test_two_agents_who_ask_at_once_get_different_tickets(store: Store) -> None:
    """Neither waits for the other, and none is handed out twice."""
    with store.transaction() as tx:
        tickets = {open_ticket(tx, account=str(number)).id for number in range(8)}
    agents = tuple(Agent(name=f"A{number}", address=f"a{number}@desk.test") for number in range(8))
    start, got = threading.Barrier(len(agents)), []

    def work(agent: Agent) -> None:
        start.wait()
        got.append(ask(store, agent, agents))

    threads = [threading.Thread(target=work, args=(agent,)) for agent in agents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert tickets == set(got)


def test_a_ticket_that_is_just_handed_out_is_passed_by(store: Store) -> None:
    """On a server the second agent does not wait for the first one's transaction; on SQLite he comes after it."""
    with store.transaction() as tx:
        first, second = open_ticket(tx), open_ticket(tx, account="8")
    if store.is_sqlite:
        assert [first.id, second.id] == [ask(store, KIM), ask(store, LEE)]
        return
    with store.transaction() as tx:
        taken = next_ticket(tx, HOURS, KIM, TEAM, TUESDAY)
        assert taken is not None
        assert (first.id, second.id) == (taken.id, ask(store, LEE))


def test_a_ticket_that_an_agent_put_off_is_not_handed_out_before(store: Store) -> None:
    """`#wait 3d`, and the customer's mail waits for us."""
    with store.transaction() as tx:
        put_off = change.amend(
            tx,
            open_ticket(tx),
            kind="wait",
            actor="Kim",
            detail="",
            at=TUESDAY,
            wait_until=TUESDAY + timedelta(hours=2),
        )

    assert ask(store, KIM) is None
    assert put_off.id == ask(store, KIM, at=TUESDAY + timedelta(hours=2))


@pytest.mark.parametrize(
    ("language", "team", "who"),
    [
        ("en", "", "Kim Lee"),
        ("en", "payment", "Kim Lee"),  # Lee works in no team of his own: he serves all
        ("en", "layout", "Lee"),
        ("el", "layout", "Lee Max"),
        ("fr", "", "Lee"),
    ],
)
def test_team_and_language_must_fit(language: str, team: str, who: str) -> None:
    """An agent without teams, or without languages, has all."""
    ticket = waiting(1, language=language, team=team)

    found = [agent.name for agent in TEAM if may_serve(agent, ticket, agents=TEAM, hours=HOURS, at=TUESDAY)]
    assert who.split() == found


@pytest.mark.parametrize(
    ("language", "team", "who"),
    [
        ("nl", "layout", "Kim"),  # nobody has both: the language counts
        ("de", "", "Kim Max"),  # nobody speaks it: all may
        ("de", "nobody's", "Kim Max"),
    ],
)
def test_every_ticket_has_somebody(language: str, team: str, who: str) -> None:
    """Otherwise it would wait for ever."""
    ticket = waiting(1, language=language, team=team)

    found = [agent.name for agent in (KIM, MAX) if may_serve(agent, ticket, agents=(KIM, MAX), hours=HOURS, at=TUESDAY)]
    assert who.split() == found


def test_the_tickets_of_who_is_on_holiday_are_for_others(store: Store) -> None:
    """The only one who speaks a language is away: the others may serve it, he gets nothing."""
    away = Agent(name="Max", address="max@desk.test", languages=("el",), away=((date(2026, 8, 24), date(2026, 9, 1)),))
    with store.transaction() as tx:
        greek = open_ticket(tx, language="el")

    assert ask(store, away, (KIM, away)) is None
    assert greek.id == ask(store, KIM, (KIM, away))
    assert "You are on holiday today." == absence(away, HOURS, TUESDAY)
    assert "" == absence(away, HOURS, TUESDAY + timedelta(days=1))


def test_outside_of_his_own_hours_he_gets_nothing(store: Store) -> None:
    """And hears when they begin again."""
    monday = Agent(name="Mo", address="mo@desk.test", hours=("mon 09:00-13:00",))
    with store.transaction() as tx:
        open_ticket(tx)

    assert ask(store, monday, (monday,)) is None
    assert "Your working hours begin again on 2026-09-07 at 09:00." == absence(monday, HOURS, TUESDAY)


def test_what_a_former_agent_has_is_free(store: Store, clock: FixedClock) -> None:
    """What a colleague has is not."""
    with store.transaction() as tx:
        left = change.assign(tx, open_ticket(tx), "gone@desk.test", actor="", at=clock.now())
        change.assign(tx, open_ticket(tx, account="8"), "lee@desk.test", actor="", at=clock.now())

    assert left.id == ask(store, KIM)
    assert ask(store, KIM, besides=left.id) is None


def test_fresh_addresses_by_the_hundred_are_behind_every_customer(store: Store) -> None:
    """500 strangers write just before ten customers, one of whom writes daily: the customers are handed out first."""
    stranger = Message(author=Address(address="x@fresh.test"), subject="Help")
    with store.transaction() as tx:
        for number in range(500):
            owner = Owner(confirmed=number % 2 == 0)
            change.open_ticket(tx, stranger, owner=owner, hours=HOURS, why="", at=TUESDAY)
        customers = {open_ticket(tx, account=str(number)).id for number in range(10)}
        for day in range(28):
            count_asked(tx, ["1", "1", "2"], TUESDAY.date() - timedelta(days=day))
    with store.reading() as tx:
        first = look(tx, HOURS, TUESDAY)[:10]

    assert customers == {placed.ticket.id for placed in first}
