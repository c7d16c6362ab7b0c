"""The order of the queue: by deadline and by how rarely the account asks; gaming does not pay, nothing starves."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.hours.desk_hours import DeskHours, add_working, working_between
from gateway.hours.reading import read_week
from gateway.model import Priority, Ticket
from gateway.queue.order import (
    LONGEST_ASKS,
    LONGEST_TURN,
    STRANGER,
    Demand,
    Placed,
    is_of_stranger,
    order,
)
from tests.queue import waiting as values
from tests.queue.waiting import TUESDAY

HOURS = DeskHours(zone=ZoneInfo("Europe/Athens"), week=read_week(["mon-fri 09:00-17:00", "sat 10:00-13:00"]))
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
waiting = partial(values.waiting, hours=HOURS)
SHORTEST = timedelta(hours=min(HOURS.answer.urgent, HOURS.answer.high, HOURS.answer.normal, HOURS.answer.low))


def numbers(placed: Sequence[Placed]) -> list[int]:
    """The tickets in their order."""
    return [one.ticket.id for one in placed]


def find(placed: Sequence[Placed], number: int) -> Placed:
    """The place of a ticket."""
    return next(one for one in placed if one.ticket.id == number)


@st.composite
def tickets_of_a_desk(draw: st.DrawFn) -> tuple[list[Ticket], Demand]:
    """Some tickets that wait, of few accounts and of strangers, and what was asked before."""
    accounts = [None, "1", "2", "3", "4"]
    tickets = [
        waiting(
            number,
            since=TUESDAY + draw(st.integers(-4000, 4000)) * MINUTE,
            account=draw(st.sampled_from(accounts)),
            confirmed=draw(st.booleans()) or draw(st.booleans()),
            priority=draw(st.sampled_from(list(Priority))),
        )
        for number in range(1, draw(st.integers(1, 14)) + 1)
    ]
    mails = {account: draw(st.integers(0, 60)) for account in accounts if account}
    strangers = [TUESDAY + draw(st.integers(-6000, 0)) * MINUTE for _ in range(draw(st.integers(0, 20)))]
    return tickets, Demand(mails=mails, strangers=strangers)


DESKS = tickets_of_a_desk()
FAST = settings(deadline=None, max_examples=60)


def test_without_anything_else_the_deadline_decides() -> None:
    """Of customers who ask alike, whoever is to be answered first."""
    tickets = [
        waiting(1, account="a", since=TUESDAY, priority=Priority.LOW),
        waiting(2, account="b", since=TUESDAY + HOUR),
        waiting(3, account="c", since=TUESDAY + 2 * HOUR, priority=Priority.URGENT),
        waiting(4, account="d", since=TUESDAY),
    ]

    assert [3, 4, 2, 1] == numbers(order(tickets, Demand(), HOURS))


def test_who_asks_rarely_comes_before_who_asks_daily() -> None:
    """Although he wrote hours later."""
    tickets = [waiting(1, account="daily"), waiting(2, account="rare", since=TUESDAY + 5 * HOUR)]
    demand = Demand(mails={"daily": 24, "rare": 1})

    assert [2, 1] == numbers(order(tickets, demand, HOURS))
    assert LONGEST_ASKS == find(order(tickets, demand, HOURS), 1).terms.asks


def test_several_tickets_of_one_account_take_turns() -> None:
    """Each waits an hour longer than the one before it, up to seven."""
    tickets = [waiting(number, account="a") for number in range(1, 11)] + [waiting(11, account="b")]
    placed = order(tickets, Demand(), HOURS)

    assert [1, 11, 2, 3] == numbers(placed)[:4]
    assert [0, 1, 2, 3, 4, 5, 6, 7, 7, 7] == [find(placed, number).terms.turn // HOUR for number in range(1, 11)]


def test_a_flood_of_strangers_is_behind_every_customer() -> None:
    """500 fresh addresses, with the deadlines of the customers who write at the same time (A-22)."""
    flood = [waiting(number, account=None, confirmed=number % 2 == 0) for number in range(1, 501)]
    customers = [waiting(number, account=str(number)) for number in range(501, 521)]
    demand = Demand(mails={str(number): 56 for number in range(501, 521)})

    assert {*range(501, 521)} == set(numbers(order([*flood, *customers], demand, HOURS))[:20])


def test_a_flood_passes_only_some_customers_an_hour_when_it_is_old() -> None:
    """Four of 500, as if all strangers were one who asks all day; the rest goes on waiting."""
    flood = [waiting(number, account=None) for number in range(1, 501)]
    first, last = (find(order(flood, Demand(), HOURS), number).terms for number in (1, 500))
    hour_later = add_working(HOURS, first.stands_at, HOUR)

    assert 5 == sum(one.terms.stands_at <= hour_later for one in order(flood, Demand(), HOURS))
    assert 499 * 15 * MINUTE == working_between(HOURS, first.stands_at, last.stands_at)


def test_a_flood_is_remembered_when_its_first_mails_are_answered() -> None:
    """Otherwise the next one would take the place of the one that was answered."""
    flood = [waiting(number, account=None) for number in range(1, 101)]
    before = find(order(flood, Demand(), HOURS), 100)
    after = find(order(flood[50:], Demand(strangers=[TUESDAY] * 50), HOURS), 100)

    assert before.terms == after.terms


def test_strangers_who_come_now_and_then_do_not_wait_for_each_other() -> None:
    """The bucket leaks: one in a quarter of an hour is put back no further."""
    calm = [waiting(number, account=None, since=TUESDAY + number * 15 * MINUTE) for number in range(1, 20)]

    assert {timedelta(0)} == {one.terms.turn for one in order(calm, Demand(), HOURS)}


@FAST
@given(desk=DESKS, seed=st.integers(0, 99))
def test_the_order_does_not_depend_on_how_the_tickets_are_given(desk: tuple[list[Ticket], Demand], seed: int) -> None:
    """Two who look see the same queue."""
    tickets, demand = desk
    mixed = list(tickets)
    random.Random(seed).shuffle(mixed)  # no secret

    assert order(tickets, demand, HOURS) == order(mixed, demand, HOURS)
    assert [*range(1, len(tickets) + 1)] == [one.rank for one in order(tickets, demand, HOURS)]


@FAST
@given(desk=DESKS)
def test_with_the_same_deadline_every_customer_is_before_every_stranger(desk: tuple[list[Ticket], Demand]) -> None:
    """Whatever he asked before, and however many tickets he has."""
    tickets, demand = desk
    due = add_working(HOURS, TUESDAY, 8 * HOUR)
    placed = order([replace(ticket, due_at=due) for ticket in tickets], demand, HOURS)

    kinds = [is_of_stranger(one.ticket) for one in placed]
    assert sorted(kinds) == kinds


@FAST
@given(desk=DESKS, more=st.integers(1, 40), when=st.integers(-4000, 4000))
def test_what_strangers_do_moves_no_customer(desk: tuple[list[Ticket], Demand], more: int, when: int) -> None:
    """Mails in a customer's name that are not proven to be his open tickets of strangers (A-22)."""
    tickets, demand = desk
    spoofed = [
        waiting(100 + number, account="1", confirmed=False, since=TUESDAY + when * MINUTE) for number in range(more)
    ]

    def customers(placed: Sequence[Placed]) -> list[tuple[int, object]]:
        return [(one.ticket.id, one.terms) for one in placed if not is_of_stranger(one.ticket)]

    assert customers(order(tickets, demand, HOURS)) == customers(order(tickets + spoofed, demand, HOURS))


@FAST
@given(desk=DESKS, account=st.sampled_from(["1", "2", "3", "4"]), more=st.integers(1, 30))
def test_asking_more_never_brings_a_ticket_forward(desk: tuple[list[Ticket], Demand], account: str, more: int) -> None:
    """Nor does it put anybody else back."""
    tickets, demand = desk
    busier = Demand(mails={**demand.mails, account: demand.mails[account] + more}, strangers=demand.strangers)
    before, after = order(tickets, demand, HOURS), order(tickets, busier, HOURS)
    for ticket in tickets:
        was, now = find(before, ticket.id).terms.stands_at, find(after, ticket.id).terms.stands_at
        assert was <= now if ticket.account_id == account else was == now


@FAST
@given(desk=DESKS)
def test_how_far_anybody_is_put_back_is_bounded(desk: tuple[list[Ticket], Demand]) -> None:
    """A customer by fifteen hours, a stranger by sixteen and his turn; nobody comes before his deadline's place."""
    for one in order(*desk, HOURS):
        back = working_between(HOURS, one.terms.due_at, one.terms.stands_at)
        if is_of_stranger(one.ticket):
            assert STRANGER + one.terms.turn == back
        else:
            assert timedelta(0) <= back <= LONGEST_ASKS + LONGEST_TURN < STRANGER


@FAST
@given(desk=DESKS, later=st.integers(0, 10_000), priority=st.sampled_from(list(Priority)), mails=st.integers(0, 5))
def test_what_comes_late_enough_never_comes_first(
    desk: tuple[list[Ticket], Demand], later: int, priority: Priority, mails: int
) -> None:
    """The theorem: behind a ticket is what begins to wait after its place, less the shortest time for an answer."""
    tickets, demand = desk
    last = order(tickets, demand, HOURS)[-1]
    closing = last.terms.stands_at - timedelta(days=10)  # far enough back for so much working time
    since = (
        max(
            add_working(HOURS, closing, working_between(HOURS, closing, last.terms.stands_at) - SHORTEST + MINUTE),
            TUESDAY,
        )
        + later * MINUTE
    )
    newcomer = waiting(99, account="new", since=since, priority=priority)
    demand = Demand(mails={**demand.mails, "new": mails}, strangers=demand.strangers)

    placed = numbers(order([*tickets, newcomer], demand, HOURS))
    assert placed.index(last.ticket.id) < placed.index(99)


def test_nothing_is_in_an_empty_queue() -> None:
    """And nothing is asked of an empty one."""
    assert [] == order([], Demand(), HOURS)
