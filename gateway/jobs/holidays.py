"""Job: the tickets that wait for an agent who is away are handed on, or to nobody, so that somebody takes them.

What must stay true: only tickets that wait for the desk go; nothing is taken back when he returns; each ticket is one
transaction that looks at it again, so that what somebody changed meanwhile stays.
"""

from datetime import timedelta

from gateway import events
from gateway.clock import Clock
from gateway.model import Agent, ArticleKind, Ticket
from gateway.store import absences as store
from gateway.store import tickets
from gateway.store.agents import active_agents
from gateway.store.db import Store, Tx
from gateway.tickets import change
from gateway.tickets.absences import Away, away_today, colleagues, today_of
from gateway.tickets.desk import Desk
from gateway.tickets.starting import send_handed_on
from gateway.tickets.state import WAITING

LOOK_SECONDS = 60.0
KEPT = timedelta(days=7)
"""An absence that is over is forgotten after so long."""
LOOKED_AT = 20
"""Newest articles among which the customer's newest mail is looked for."""
SHOWN = 4000
"""Characters of it."""


class Holidays:
    """Looks who is away. One at a time: of all processes, the one that holds the lease of the job."""

    def __init__(self, store: Store, clock: Clock, desk: Desk) -> None:
        self._store = store
        self._clock = clock
        self._desk = desk

    def look(self) -> int:
        """Hand on what waits for those who are away; how many tickets that were."""
        at = self._clock.now()
        with self._store.reading() as tx:
            away = away_today(tx, self._desk, active_agents(tx), at)
            waiting = [(gone, number) for gone in away.values() for number in store.waiting_for(tx, gone.agent.address)]
            ended = [each for each in store.absences(tx) if each.until and each.until < today_of(self._desk, at) - KEPT]
        if ended:
            with self._store.transaction() as tx:
                store.forget_old(tx, today_of(self._desk, at) - KEPT)
        moved = sum(self._hand_on(gone, number) for gone, number in waiting)
        if moved:
            events.tickets_handed_on(moved)
        return moved

    def _hand_on(self, gone: Away, number: int) -> bool:
        at = self._clock.now()
        with self._store.transaction() as tx:
            ticket = tickets.ticket_by_id(tx, number)
            ticket = tickets.locked_ticket(tx, ticket) if ticket else None
            if ticket is None or ticket.assignee != gone.agent.address or ticket.state not in WAITING:
                return False
            agents = active_agents(tx)
            taker = _taker(tx, ticket, gone, agents, list(away_today(tx, self._desk, agents, at)))
            whom = f"to {taker.address}" if taker else "to nobody: there is no colleague of its team and language"
            ticket = change.amend(
                tx,
                ticket,
                kind="handed_on",
                actor="",
                detail=f"{whom}; {gone.agent.name} is away{f' until {gone.until}' if gone.until else ''}",
                at=at,
                assignee=taker.address if taker else None,
            )
            if taker:
                send_handed_on(tx, self._desk, taker, ticket, gone=gone, text=_newest(tx, ticket), at=at)
        return True


def _taker(tx: Tx, ticket: Ticket, gone: Away, agents: list[Agent], away: list[str]) -> Agent | None:
    """Of those who may, the one with the fewest tickets that wait."""
    loads = store.loads(tx)
    able = colleagues(ticket, gone.agent, agents, away)
    return min(able, key=lambda agent: (loads.get(agent.address, 0), agent.name), default=None)


def _newest(tx: Tx, ticket: Ticket) -> str:
    articles = tickets.articles(tx, ticket.id, newest=LOOKED_AT)
    mails = [article for article in articles if article.kind is ArticleKind.IN]
    return (mails[-1].reply or mails[-1].text)[:SHOWN] if mails else ""
