"""The mails to customers that come by the clock: we wait for you, how did we do, we are late. See `jobs.letters`."""

from datetime import datetime

from gateway.model import Participant, Role, Ticket
from gateway.store import letters as store
from gateway.store.db import Tx
from gateway.store.letters import LetterKind
from gateway.store.participants import participants
from gateway.store.tickets import articles
from gateway.tickets.desk import Desk
from gateway.tickets.letters_once import send_once
from gateway.tickets.opening import opens
from gateway.tokens import canonical_address

MANY = 10
"""So many overdue tickets are "more than we can answer in time"."""
LOOKED_AT = 50
"""The newest articles in which a specialist's answer is looked for."""
YES = "yes"
"""For placeholders that are only asked for."""


def send_waiting(tx: Tx, desk: Desk, ticket: Ticket, *, at: datetime) -> bool:
    """We answered, and wait for you: once for each answer of ours."""
    return send_once(tx, desk, ticket, LetterKind.WAITING, about=store.last_answer(tx, ticket), at=at)


def send_feedback(tx: Tx, desk: Desk, ticket: Ticket, *, at: datetime) -> bool:
    """How did we do? Once each time the ticket is finished; the answer is a number, by Reply."""
    return send_once(tx, desk, ticket, LetterKind.FEEDBACK, about=store.finished(ticket), at=at)


def send_delayed(tx: Tx, desk: Desk, ticket: Ticket, *, at: datetime) -> bool:
    """We are late, and why, as far as that is known: once between two answers of ours."""
    values = (
        ("specialist", YES if is_specialist_asked(tx, ticket) else ""),
        ("opens", opens(desk, ticket.language, at)),
        ("many", YES if store.count_overdue(tx, now=at, at_most=MANY) == MANY else ""),
    )
    return send_once(tx, desk, ticket, LetterKind.DELAYED, about=store.last_answer(tx, ticket), values=values, at=at)


def is_specialist_asked(tx: Tx, ticket: Ticket) -> bool:
    """Does somebody whom an agent asked since the ticket waits for us still owe his answer?"""
    since = ticket.waiting_since or ticket.opened_at
    asked = [each for each in participants(tx, ticket.id) if each.role is not Role.INVITED and each.at >= since]
    return bool(asked) and not all(_has_answered(tx, each) for each in asked)


def _has_answered(tx: Tx, asked: Participant) -> bool:
    newest = articles(tx, asked.ticket_id, newest=LOOKED_AT)
    return any(each.at > asked.at and canonical_address(each.author) == asked.address for each in newest)
