"""In which order do tickets come that wait for us? Pure. The formula, its reasons and examples: docs/queue.md.

    stands at = deadline + asks + turn + stranger         in working time; the earliest stands first

    asks       20 minutes for each mail of the account in the last 28 days (two a day count at most), at most 8 hours
    turn       1 hour for each ticket of the same account that comes before it, at most 7 hours
    stranger   16 hours where no proven customer wrote it; and strangers take turns: a quarter of an hour for each who
               came just before, as if all of them were one who asks all day

What must stay true: a proven customer is never put back by more than 15 hours, and nobody by less than none, so that
with the same deadline he stands before every stranger, and what begins to wait after a ticket's place (less the
shortest time for an answer) never comes before it: nothing starves. What a stranger does moves no customer.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.hours.deadline import deadline_of, waiting_since
from gateway.hours.desk_hours import NO_TIME, DeskHours
from gateway.hours.timeline import Timeline
from gateway.model import Ticket

WINDOW_DAYS = 28
MAILS_A_DAY = 2
"""Of an account, so many count: one bad day makes nobody a frequent asker."""
A_MAIL = timedelta(minutes=20)
LONGEST_ASKS = timedelta(hours=8)
A_TURN = timedelta(hours=1)
LONGEST_TURN = timedelta(hours=7)
STRANGER = LONGEST_ASKS + LONGEST_TURN + timedelta(hours=1)
A_STRANGERS_TURN = timedelta(minutes=15)
STRANGERS_DAYS = 14
"""So long it is remembered that a stranger came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """How much was asked lately."""

    mails: Mapping[str, int] = field(default_factory=dict)
    """For each account, its mails that count."""
    strangers: Sequence[datetime] = ()
    """When strangers opened the tickets that do not wait any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Where a ticket stands, and what put it there."""

    due_at: datetime
    mails: int
    """Of its account that count; 0 for a stranger."""
    asks: timedelta
    before: int
    """Tickets of the same account that come before it; 0 for a stranger."""
    turn: timedelta
    stranger: timedelta
    stands_at: datetime
    """It comes as if it were to be answered by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A ticket and its place, 1 for the first."""

    rank: int
    ticket: Ticket
    terms: Terms


def order(tickets: Sequence[Ticket], demand: Demand, hours: DeskHours, line: Timeline | None = None) -> list[Placed]:
    """All tickets that wait for us in the order in which they come, whatever order they are given in.

    `line` is for who asks often: one that begins before the first deadline.
    """
    if not tickets:
        return []
    line = line or Timeline(hours, min(deadline_of(hours, ticket) for ticket in tickets))
    strangers = _turns_of_strangers(tickets, demand.strangers)
    turns = _turns_of_accounts(tickets, hours)
    placed = sorted(
        (_key(ticket, _terms(ticket, demand, hours, line, turns, strangers)) for ticket in tickets),
        key=lambda found: found[0],
    )
    return [Placed(rank=rank, ticket=ticket, terms=terms) for rank, (_, ticket, terms) in enumerate(placed, start=1)]


def is_of_stranger(ticket: Ticket) -> bool:
    """Is it not proven that a customer wrote it?"""
    return not ticket.confirmed or not ticket.account_id


def _key(ticket: Ticket, terms: Terms) -> tuple[tuple[datetime, datetime, datetime, int], Ticket, Terms]:
    return (terms.stands_at, terms.due_at, waiting_since(ticket), ticket.id), ticket, terms


def _terms(
    ticket: Ticket,
    demand: Demand,
    hours: DeskHours,
    line: Timeline,
    turns: Mapping[int, int],
    strangers: Mapping[int, timedelta],
) -> Terms:
    due, is_stranger = deadline_of(hours, ticket), ticket.id in strangers
    mails = 0 if is_stranger else demand.mails.get(ticket.account_id or "", 0)
    asks = min(mails * A_MAIL, LONGEST_ASKS)
    before = turns.get(ticket.id, 0)
    turn = strangers[ticket.id] if is_stranger else min(before * A_TURN, LONGEST_TURN)
    stranger = STRANGER if is_stranger else NO_TIME
    back = asks + turn + stranger
    return Terms(
        due_at=due,
        mails=mails,
        asks=asks,
        before=before,
        turn=turn,
        stranger=stranger,
        stands_at=line.moment(line.place(due) + back) if back else due,
    )


def _turns_of_accounts(tickets: Sequence[Ticket], hours: DeskHours) -> dict[int, int]:
    """For each ticket of a proven customer, how many of the same account come before it."""
    of_account: defaultdict[str, list[Ticket]] = defaultdict(list)
    for ticket in tickets:
        if ticket.account_id and not is_of_stranger(ticket):
            of_account[ticket.account_id].append(ticket)
    return {
        ticket.id: before
        for own in of_account.values()
        for before, ticket in enumerate(sorted(own, key=lambda one: (deadline_of(hours, one), one.id)))
    }


def _turns_of_strangers(tickets: Sequence[Ticket], earlier: Sequence[datetime]) -> dict[int, timedelta]:
    """How far each stranger's ticket is put back because others came just before: a bucket that leaks.

    By the time it came, so that it never grows while the ticket waits.
    """
    came = [(at, 0) for at in earlier]
    came += [(waiting_since(ticket), ticket.id) for ticket in tickets if is_of_stranger(ticket)]
    turns: dict[int, timedelta] = {}
    free_at: datetime | None = None
    for at, number in sorted(came):
        turn_at = at if free_at is None else max(at, free_at)
        free_at = turn_at + A_STRANGERS_TURN
        if number:
            turns[number] = turn_at - at
    return turns
