"""Job: customers hear by the clock that we wait for them, that we are late, that it is done, and are asked how it went.

What must stay true: each mail once for each happening (`store.letters`), whichever process looks and however often; a
ticket that changed since it was found is left for the next look; so few mails in an hour that they never use up the
limit of all automatic mail, which receipts need. Nobody is reminded, or taken to be content, while all agents are away.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from gateway import events
from gateway.clock import Clock
from gateway.config import DeskSection
from gateway.model import Agent, Ticket, TicketState
from gateway.store import letters as store
from gateway.store.agents import active_agents
from gateway.store.db import Store, Tx
from gateway.store.tickets import locked_ticket, ticket_by_id
from gateway.tickets import change, letters, letters_clock
from gateway.tickets.desk import Desk
from gateway.tickets.state import Happening

LOOK_SECONDS = 60.0
MOST_IN_AN_HOUR = 60
"""Mails; those of `outbox.limits.ALTOGETHER` are 200."""
TICKETS = 20
"""Of one kind that are looked at in one turn."""
FEEDBACK_SPAN = timedelta(days=7)
"""Who could not be asked within this time is not asked any more: he has forgotten."""
DELAY_SPAN = timedelta(days=7)
"""A deadline that passed longer ago is no news."""

Act = Callable[[Tx, Ticket, datetime], bool]


class Letters:
    """Looks which tickets are due. One at a time: of all processes, the one that holds the lease of the job."""

    def __init__(self, store: Store, clock: Clock, desk: Desk, settings: DeskSection) -> None:
        self._store = store
        self._clock = clock
        self._desk = desk
        self._settings = settings

    def look(self) -> int:
        """Do what is due; how many mails went into the outbox."""
        now = self._clock.now()
        with self._store.reading() as tx:
            room = MOST_IN_AN_HOUR - store.sent_since(tx, now - timedelta(hours=1))
            is_there = is_somebody_there(active_agents(tx), self._desk, now)
        turns = (self._tell_delays, self._remind, self._solve, self._ask) if is_there else (self._tell_delays,)
        sent = 0
        for turn in turns:
            sent += turn(now, room - sent)
        self._close(now)
        return sent

    def _tell_delays(self, now: datetime, room: int) -> int:
        if not self._settings.delay_mail:
            return 0
        with self._store.reading() as tx:
            found = store.overdue(tx, due_before=now, due_after=now - DELAY_SPAN, now=now, limit=TICKETS)
        return self._send("delayed", found, room, self._tell_delay)

    def _remind(self, now: datetime, room: int) -> int:
        days = self._settings.remind_after_days
        if not days:
            return 0
        with self._store.reading() as tx:
            found = store.to_remind(tx, untouched_since=now - timedelta(days=days), now=now, limit=TICKETS)
        return self._send("waiting", found, room, self._tell_waiting)

    def _solve(self, now: datetime, room: int) -> int:
        """Who is reminded has the time between the two until his ticket counts as solved, however late we were."""
        days, reminded = self._settings.solve_after_days, self._settings.remind_after_days
        if not days:
            return 0
        pause = timedelta(days=days - reminded) if 0 < reminded < days else None
        with self._store.reading() as tx:
            found = store.to_solve(
                tx,
                untouched_since=now - timedelta(days=days),
                reminded_before=now - pause if pause else None,
                now=now,
                limit=TICKETS,
            )
        return self._send("solved", found, room, self._take_for_solved)

    def _ask(self, now: datetime, room: int) -> int:
        days = self._settings.feedback_after_days
        if not days:
            return 0
        before = now - timedelta(days=days)
        with self._store.reading() as tx:
            found = store.to_ask(tx, finished_before=before, finished_after=before - FEEDBACK_SPAN, limit=TICKETS)
        return self._send("feedback", found, room, self._ask_how_it_went)

    def _close(self, now: datetime) -> None:
        days = self._settings.close_after_days
        if not days:
            return
        with self._store.reading() as tx:
            found = store.to_close(tx, solved_before=now - timedelta(days=days), limit=TICKETS)
        for ticket in found:
            self._do(ticket, self._close_one)

    def _send(self, kind: str, found: list[Ticket], room: int, act: Act) -> int:
        sent = 0
        for ticket in found:
            if sent >= room:
                break
            sent += self._do(ticket, act)
        if sent:
            events.letters_sent(kind=kind, mails=sent)
        return sent

    def _do(self, ticket: Ticket, act: Act) -> bool:
        """In a transaction of its own, if the ticket is still as it was found."""
        with self._store.transaction() as tx:
            found = ticket_by_id(tx, ticket.id)
            if found is None or locked_ticket(tx, found) != ticket:
                return False
            return act(tx, ticket, self._clock.now())

    def _tell_delay(self, tx: Tx, ticket: Ticket, at: datetime) -> bool:
        return letters_clock.send_delayed(tx, self._desk, ticket, at=at)

    def _tell_waiting(self, tx: Tx, ticket: Ticket, at: datetime) -> bool:
        return letters_clock.send_waiting(tx, self._desk, ticket, at=at)

    def _ask_how_it_went(self, tx: Tx, ticket: Ticket, at: datetime) -> bool:
        return letters_clock.send_feedback(tx, self._desk, ticket, at=at)

    def _take_for_solved(self, tx: Tx, ticket: Ticket, at: datetime) -> bool:
        solved = change.move(tx, ticket, Happening.SOLVED, actor="", at=at)
        detail = f"the customer has not answered for {self._settings.solve_after_days} days"
        change.note(tx, solved, kind="solved_by_clock", actor="", detail=detail, at=at)
        return letters.send_solved(tx, self._desk, solved, at=at, silent=True)

    def _close_one(self, tx: Tx, ticket: Ticket, at: datetime) -> bool:
        """Without a mail: he heard that it is solved, and that a reply brings it back."""
        if ticket.state is TicketState.SOLVED:
            closed = change.move(tx, ticket, Happening.CLOSED, actor="", at=at)
            detail = f"it has been solved for {self._settings.close_after_days} days"
            change.note(tx, closed, kind="closed_by_clock", actor="", detail=detail, at=at)
        return False


def is_somebody_there(agents: list[Agent], desk: Desk, at: datetime) -> bool:
    """Is one of the agents not on holiday today, by the clock of the desk?"""
    today = at.astimezone(desk.hours.zone).date()
    return any(not any(first <= today <= last for first, last in agent.away) for agent in agents)
