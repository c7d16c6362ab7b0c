"""`#merge`: what is written in two tickets is one matter; the customer hears nothing of it.

Articles stay where they are shown. What leads to the merged ticket (its signed addresses, its references, the message
ids of its mails) leads to the other one from now on, and proves there what it proved before.

What must stay true: both are the same customer's, and nothing that is not proven becomes proven by it; of two merges of
the same tickets at the same time one is refused; what waited for an answer goes on waiting.
"""

from dataclasses import replace
from datetime import datetime

from gateway.model import Agent, Ticket
from gateway.store import merges
from gateway.store.db import Tx
from gateway.store.tickets import ticket_by_id, update_ticket
from gateway.tickets import change
from gateway.tickets.desk import Desk
from gateway.tickets.state import WAITING, Happening


def problem(tx: Tx, ticket: Ticket, into: int) -> str:
    """Why it cannot be merged into the ticket of that number, as a sentence; "" where it can."""
    return _obstacle(ticket, ticket_by_id(tx, into), into)


def merge(tx: Tx, desk: Desk, ticket: Ticket, *, into: int, agent: Agent, at: datetime) -> str:
    """Merge it; the sentence for the confirmation, which is the problem where nothing was done."""
    held, target = merges.hold_both(tx, ticket.id, into)
    source = held or ticket
    refusal = _obstacle(source, target, into)
    if refusal or target is None:
        return refusal
    closed = change.move(tx, source, Happening.CLOSED, actor=agent.name, at=at)
    update_ticket(tx, replace(closed, wait_until=None))
    merges.set_merged(tx, source.id, target.id)
    _note(tx, source, f"into ticket {target.id}: what comes for this one goes there", agent, at)
    _note(tx, target, f"ticket {source.id} was merged into this one", agent, at)
    if source.state in WAITING:
        _wait(tx, desk, target, source, agent, at)
    return f"Ticket {source.id} was merged into ticket {target.id}, where its mail goes from now on."


def unmerge(tx: Tx, before: Ticket, *, agent: Agent, at: datetime) -> str:
    """Take a merge back: the ticket is as it was, `before`. What came into the other one meanwhile stays there."""
    found = ticket_by_id(tx, before.id)
    if found is None or found.merged_into is None:
        return f"Ticket {before.id} is not merged into another one."
    source, target = merges.hold_both(tx, before.id, found.merged_into)
    if source is None or source.merged_into != found.merged_into:
        return f"Ticket {before.id} was just changed by somebody else; look at it again."
    merges.set_merged(tx, before.id, None)
    update_ticket(tx, replace(before, merged_into=None, updated_at=at))
    _note(tx, before, f"not into ticket {found.merged_into} any more", agent, at, kind="unmerged")
    if target:
        _note(tx, target, f"ticket {before.id} is a ticket of its own again", agent, at, kind="unmerged")
    return f"Ticket {before.id} is a ticket of its own again."


def _obstacle(ticket: Ticket, target: Ticket | None, into: int) -> str:
    if target is None:
        return f"There is no ticket {into}."
    if target.id == ticket.id:
        return f"This is ticket {into}: name the other one."
    if ticket.merged_into is not None:
        return f"Ticket {ticket.id} was merged into ticket {ticket.merged_into} before."
    if target.merged_into is not None:
        return f"Ticket {target.id} was merged into ticket {target.merged_into} before: merge into that one."
    is_same_account = ticket.account_id is not None and ticket.account_id == target.account_id
    is_same_person = bool(ticket.correspondent) and ticket.correspondent == target.correspondent
    if not is_same_account and not is_same_person:
        return (
            f"Ticket {target.id} is of another customer: only tickets of one account, or of one address, can be merged."
        )
    if ticket.confirmed and not target.confirmed:
        return (
            f"Ticket {target.id} is not proven to be the customer's, and this one is: merge that one into this one, by "
            "a reply to its notification."
        )
    return ""


def _wait(tx: Tx, desk: Desk, target: Ticket, source: Ticket, agent: Agent, at: datetime) -> None:
    """The customer's question is in the other ticket now, and so are since and until when he waits."""
    moved = change.move(tx, target, Happening.CUSTOMER_WROTE, actor=agent.name, at=at, hours=desk.hours)
    since = min(filter(None, (moved.waiting_since, source.waiting_since)), default=None)
    due = min(filter(None, (moved.due_at, source.due_at)), default=None)
    if (since, due) != (moved.waiting_since, moved.due_at):
        update_ticket(tx, replace(moved, waiting_since=since, due_at=due))


def _note(tx: Tx, ticket: Ticket, detail: str, agent: Agent, at: datetime, *, kind: str = "merged") -> None:
    change.note(tx, ticket, kind=kind, actor=agent.name, detail=detail, at=at)
