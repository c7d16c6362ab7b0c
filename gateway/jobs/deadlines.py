"""Job: agents hear of a deadline once when it is near and once when it has passed.

What must stay true: a deadline is told of once for each, whichever process looks, and only while the desk works; a
ticket that was given a new one is told of anew. It is read anew in the transaction that tells: it may just have been
answered.
"""

from collections.abc import Sequence
from datetime import timedelta

from gateway import events
from gateway.clock import Clock
from gateway.hours.deadline import Nearness, nearness
from gateway.hours.desk_hours import is_open
from gateway.model import Agent, Ticket
from gateway.queue.look import is_put_off
from gateway.queue.order import WINDOW_DAYS
from gateway.queue.words import due_in_words
from gateway.store import queue as store
from gateway.store.agents import active_agents
from gateway.store.db import Store, Tx
from gateway.store.tickets import locked_ticket, ticket_by_id
from gateway.tickets import change
from gateway.tickets.desk import Desk
from gateway.tickets.reminding import send_deadline
from gateway.tickets.state import WAITING

LOOK_SECONDS = 60.0
TICKETS = 200
"""Of one turn at most: each is a transaction of its own, and others write meanwhile."""
AHEAD = timedelta(days=14)
"""No deadline is near that is farther away than this."""


class Deadlines:
    """Knows the desk's hours. One at a time: of all processes, the one that holds the lease of the job."""

    def __init__(self, opened: Store, clock: Clock, desk: Desk) -> None:
        self._store = opened
        self._clock = clock
        self._desk = desk

    def look(self) -> int:
        """Tell of what is near or has passed; how many tickets agents were told of."""
        now = self._clock.now()
        if not is_open(self._desk.hours, now):
            return 0
        with self._store.reading() as tx:
            due = [ticket for ticket in store.due_before(tx, now + AHEAD) if self._is_to_be_told(tx, ticket)]
        told = 0
        for ticket in due[:TICKETS]:
            with self._store.transaction() as tx:
                told += self._tell(tx, ticket)
        if not due:
            self._forget()
        return told

    def _is_to_be_told(self, tx: Tx, ticket: Ticket) -> bool:
        found = self._nearness(ticket)
        if found is Nearness.FAR or ticket.due_at is None:
            return False
        return not store.is_told(tx, _notice(ticket, found))

    def _nearness(self, ticket: Ticket) -> Nearness:
        now = self._clock.now()
        return Nearness.FAR if is_put_off(ticket, now) else nearness(self._desk.hours, ticket, now)

    def _tell(self, tx: Tx, seen: Ticket) -> bool:
        now, ticket = self._clock.now(), ticket_by_id(tx, seen.id)
        ticket = locked_ticket(tx, ticket) if ticket else None
        if ticket is None or ticket.state not in WAITING or ticket.due_at is None:
            return False
        found = self._nearness(ticket)
        if found is Nearness.FAR or not store.note_told(tx, _notice(ticket, found), now):
            return False
        due = due_in_words(self._desk.hours, ticket.due_at, now)
        change.note(tx, ticket, kind=f"deadline_{found}", actor="", detail=f"to be answered: {due}", at=now)
        agents = _responsible(active_agents(tx), ticket)
        send_deadline(tx, self._desk, agents, ticket, has_passed=found is Nearness.PASSED, at=now)
        events.deadline(ticket=ticket.id, nearness=found.value, priority=ticket.priority.value)
        return True

    def _forget(self) -> None:
        """What was asked so long ago that it counts no more is not kept."""
        before = (self._clock.now() - timedelta(days=2 * WINDOW_DAYS)).date()
        with self._store.transaction() as tx:
            store.forget_asked(tx, before)


def _notice(ticket: Ticket, found: Nearness) -> store.Notice:
    assert ticket.due_at is not None, "only what has a deadline is looked at"
    return store.Notice(ticket_id=ticket.id, due_at=ticket.due_at, nearness=found.value)


def _responsible(agents: Sequence[Agent], ticket: Ticket) -> Sequence[Agent]:
    """Who has it; else its team; else all."""
    has_it = [agent for agent in agents if agent.address == ticket.assignee]
    team = [agent for agent in agents if ticket.team and ticket.team in agent.teams]
    return has_it or team or agents
