"""The time for which a ticket was to wait is over: it waits for us again, and its agent hears so."""

from datetime import datetime

from gateway.hours.deadline import due_at
from gateway.model import ArticleKind, Ticket, TicketState
from gateway.store import tickets as store
from gateway.store.agents import active_agents
from gateway.store.db import Tx
from gateway.tickets import change
from gateway.tickets.desk import Desk
from gateway.tickets.notifications import recipients_of, send_to_agent

SHOWN_CHARACTERS = 2000
"""Of the newest article."""
LOOKED_AT = 20


def wake(tx: Tx, desk: Desk, ticket: Ticket, *, at: datetime) -> bool:
    """Wake it, if it still waits for that time; whoever wrote since has woken it already."""
    now = store.ticket_by_id(tx, ticket.id)
    if now is None or now.wait_until is None or now.wait_until > at:
        return False
    if now.state is not TicketState.WAITING_FOR_CUSTOMER:
        change.amend(tx, now, kind="wait", actor="", detail="over: it does not wait any more", at=at, wait_until=None)
        return False
    woken = change.amend(
        tx,
        now,
        kind="woken",
        actor="",
        detail="the time to wait is over, and nothing has come",
        at=at,
        state=TicketState.WAITING_FOR_US,
        wait_until=None,
        waiting_since=at,
        due_at=due_at(desk.hours, now.priority, at),
    )
    _tell(tx, desk, woken, since=now.updated_at, at=at)
    return True


def _tell(tx: Tx, desk: Desk, ticket: Ticket, *, since: datetime, at: datetime) -> None:
    newest = store.articles(tx, ticket.id, newest=LOOKED_AT)
    last = next((each for each in reversed(newest) if each.kind is not ArticleKind.WITHDRAWN), None)
    text = (last.reply or last.text) if last else ""
    values = (
        ("subject", ticket.subject),
        ("author", ticket.correspondent),
        ("since", f"{since.astimezone(desk.hours.zone):%Y-%m-%d %H:%M}"),
        ("text", text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]} […]"),
    )
    for agent in recipients_of(active_agents(tx), ticket):
        send_to_agent(tx, desk, agent, ticket, template="woken", values=values, at=at)
