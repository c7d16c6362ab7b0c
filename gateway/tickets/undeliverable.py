"""A mail of a ticket did not arrive: its story says so, and so do we to the agents, where a person wrote the mail.

The signs that an address does not take our mail are noted here too, where it was our own smarthost that refused.
"""

from contextlib import suppress
from datetime import datetime

from gateway.errors import Permanent
from gateway.model import Ticket
from gateway.outbox import suppression
from gateway.outbox.as_json import from_json
from gateway.outbox.outgoing import Outgoing
from gateway.outbox.record import Failure
from gateway.outbox.suppression import Suppression
from gateway.store import outbox as outbox_rows
from gateway.store.agents import active_agents
from gateway.store.db import Tx
from gateway.store.tickets import ticket_by_id
from gateway.tickets import change, notifications
from gateway.tickets.desk import Desk


def record_failure(tx: Tx, desk: Desk, failure: Failure) -> None:
    """Write it down in the transaction that gives the mail up; a lost automatic mail is worth no further mail."""
    outgoing = failure.outgoing
    found = _note_sign(tx, failure)
    ticket = None if outgoing.ticket_id is None else ticket_by_id(tx, outgoing.ticket_id)
    if ticket is None:
        return
    detail = f"{outgoing.template} to {outgoing.recipient.address}: {failure.reason}"
    change.note(tx, ticket, kind="undeliverable", actor="", detail=detail, at=failure.at)
    _note_suppression(tx, ticket, found, failure.at)
    if not outgoing.automatic:
        tell(tx, desk, ticket, outgoing, reason=failure.reason, at=failure.at)


def tell(tx: Tx, desk: Desk, ticket: Ticket, outgoing: Outgoing, *, reason: str, at: datetime) -> None:
    """Word to the agents, with the text that was lost."""
    text = dict(outgoing.values).get("text", "")
    recipient = outgoing.recipient.address
    agents = active_agents(tx)
    notifications.send_undeliverable(tx, desk, agents, ticket, recipient=recipient, reason=reason, text=text, at=at)


def tell_of_bounce(
    tx: Tx, desk: Desk, ticket: Ticket, recipient: str, *, reason: str, message_id: str, at: datetime
) -> None:
    """Word to the agents that a mail came back; its text where `message_id` is that of one of the ticket to him."""
    kept = outbox_rows.answer_of(tx, message_id, ticket_id=ticket.id, recipient=recipient)
    text = ""
    with suppress(Permanent):
        text = dict(from_json(kept).values).get("text", "") if kept else ""
    notifications.send_undeliverable(
        tx, desk, active_agents(tx), ticket, recipient=recipient, reason=reason, text=text, at=at
    )


def tell_of_filter(tx: Tx, desk: Desk, ticket: Ticket, *, at: datetime) -> None:
    """Word to the agents that the correspondent's filter asks to be convinced; nothing is clicked or answered."""
    notifications.send_filtered(tx, desk, active_agents(tx), ticket, recipient=ticket.correspondent, at=at)


def note_bounce(tx: Tx, ticket: Ticket, recipient: str, *, status: str, at: datetime) -> None:
    """A server proved that it did not deliver a mail of the ticket to him, with this status (RFC 3463)."""
    found = suppression.note_failure(tx, recipient, status, ticket_id=ticket.id, now=at)
    _note_suppression(tx, ticket, found, at)


def note_complaint(tx: Tx, ticket: Ticket, *, at: datetime) -> None:
    """The ticket's correspondent called a mail of it spam."""
    found = suppression.note_complaint(tx, ticket.correspondent, ticket_id=ticket.id, now=at)
    _note_suppression(tx, ticket, found, at)


def is_reached_again(tx: Tx, address: str) -> None:
    """Who is proven to write from an address also reads it, whatever its server said before."""
    suppression.release(tx, address, by="mail")


def in_words(tx: Tx, ticket: Ticket, *, at: datetime) -> str:
    """What became of earlier mail to the ticket's correspondent, for who is about to write; "" where nothing did."""
    return suppression.in_words(suppression.look_up(tx, ticket.correspondent, at)) if ticket.correspondent else ""


def _note_suppression(tx: Tx, ticket: Ticket, found: Suppression | None, at: datetime) -> None:
    if found:
        change.note(tx, ticket, kind="suppressed", actor="", detail=suppression.in_words(found), at=at)


def _note_sign(tx: Tx, failure: Failure) -> Suppression | None:
    """What a server said of the address: only in answer to it or to the mail, and never of an agent's."""
    outgoing = failure.outgoing
    if outgoing.is_for_the_desk or failure.code is None or failure.step not in ("RCPT TO", "DATA"):
        return None
    status = suppression.status_of(failure.reason)
    return suppression.note_failure(
        tx, outgoing.recipient.address, status, ticket_id=outgoing.ticket_id, now=failure.at
    )
