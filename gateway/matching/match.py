"""Which ticket is a mail of? The signals in their order; the first that leads to a ticket wins."""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.mail.message import Message
from gateway.matching.token import TokenEvidence
from gateway.model import Ticket
from gateway.store.db import Tx
from gateway.store.tickets import ticket_by_id, ticket_by_ref, tickets_by_message_ids


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The ticket, None where there is none, and by which signal it was found."""

    ticket: Ticket | None
    by: str
    why: str


NO_MATCH = Match(ticket=None, by="none", why="nothing in it leads to a ticket")


def by_token(tx: Tx, message: Message, evidence: TokenEvidence) -> Match | None:
    """The ticket that our own token names."""
    if evidence.token is None:
        return None
    ticket = ticket_by_ref(tx, evidence.token.ticket_ref)
    if ticket is None:
        return None
    return Match(ticket=ticket, by=evidence.place, why=f"{evidence.why}, for ticket {ticket.id}")


def by_answered_message_id(tx: Tx, message: Message, evidence: TokenEvidence) -> Match | None:
    """The ticket that holds the mail which this one answers, or one that answers the same mail."""
    answered = list(dict.fromkeys((*message.in_reply_to, *reversed(message.references))))
    found = tickets_by_message_ids(tx, answered)
    return _thread_match(tx, found, answered, "it answers a mail of ticket {id}")


def by_own_message_id(tx: Tx, message: Message, evidence: TokenEvidence) -> Match | None:
    """The ticket of an answer that overtook this mail and already referred to it."""
    if not message.message_id:
        return None
    found = tickets_by_message_ids(tx, [message.message_id])
    return _thread_match(tx, found, [message.message_id], "mails of ticket {id} refer to it")


SIGNALS: tuple[Callable[[Tx, Message, TokenEvidence], Match | None], ...] = (
    by_token,
    by_answered_message_id,
    by_own_message_id,
)


def find_ticket(tx: Tx, message: Message, evidence: TokenEvidence) -> Match:
    """Ask the signals in turn."""
    for signal in SIGNALS:
        match = signal(tx, message, evidence)
        if match:
            return match
    return NO_MATCH


def thread_names(message: Message) -> tuple[str, ...]:
    """What to lock so that two mails of one thread are never decided at the same time: all ids they may share."""
    return tuple(filter(None, (message.message_id, *message.in_reply_to, *message.references)))


def _thread_match(tx: Tx, found: dict[str, int], order: list[str], why: str) -> Match | None:
    ticket_id = next((found[message_id] for message_id in order if message_id in found), None)
    ticket = None if ticket_id is None else ticket_by_id(tx, ticket_id)
    return None if ticket is None else Match(ticket=ticket, by="message_id", why=why.format(id=ticket.id))
