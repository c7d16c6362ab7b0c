"""Which ticket is a mail of? The signals in their order; the first that leads to a ticket wins."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.mail.message import Message
from gateway.matching.token import Strength, TokenEvidence
from gateway.model import Ticket
from gateway.store.db import Tx
from gateway.store.merges import root_of
from gateway.store.tickets import ticket_by_ref, tickets_by_message_id
from gateway.tokens import Purpose, Token, canonical_address


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The ticket, None where there is none, and by which signal it was found."""

    ticket: Ticket | None
    by: str
    why: str
    merged: Ticket | None = None
    """The ticket that the signal leads to, where that was merged into `ticket`."""


AFTER_CLOSING = timedelta(days=30)
"""A reply address goes on proving something so long after its ticket was closed (threat model §3.2)."""
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
    for message_id in dict.fromkeys((*message.in_reply_to, *reversed(message.references))):
        ticket = _holder(tx, message_id, message)
        if ticket:
            return Match(ticket=ticket, by="message_id", why=f"it answers a mail of ticket {ticket.id}")
    return None


def by_own_message_id(tx: Tx, message: Message, evidence: TokenEvidence) -> Match | None:
    """The ticket of an answer that overtook this mail and already referred to it."""
    ticket = _holder(tx, message.message_id, message) if message.message_id else None
    return Match(ticket=ticket, by="message_id", why=f"mails of ticket {ticket.id} refer to it") if ticket else None


def is_over(ticket: Ticket | None, now: datetime) -> bool:
    """Was the ticket solved or closed more than `AFTER_CLOSING` ago? What comes then is a new matter."""
    return ticket is not None and ticket.closed_at is not None and now - ticket.closed_at > AFTER_CLOSING


def is_of(token: Token | None, match: Match) -> bool:
    """Does the token name the ticket that was found, or the one that was merged into it?"""
    return token is not None and any(
        ticket is not None and token.ticket_ref == ticket.ref for ticket in (match.ticket, match.merged)
    )


def fade(evidence: TokenEvidence, match: Match) -> TokenEvidence:
    """What a reply address of a ticket that is over proves: a hint (T1)."""
    token = evidence.token
    if token is None or token.purpose is not Purpose.REPLY or not is_of(token, match):
        return evidence
    why = f"{evidence.why}, but its ticket was closed more than {AFTER_CLOSING.days} days ago"
    return replace(evidence, strength=Strength.T1, why=why)


SIGNALS: tuple[Callable[[Tx, Message, TokenEvidence], Match | None], ...] = (
    by_token,
    by_answered_message_id,
    by_own_message_id,
)


def find_ticket(tx: Tx, message: Message, evidence: TokenEvidence, about: Token | None = None) -> Match:
    """Ask the signals in turn; `about` is the token that a report quotes, which is the last of them.

    What leads to a ticket that was merged leads to where it went.
    """
    for signal in SIGNALS:
        match = signal(tx, message, evidence)
        if match:
            return _followed(tx, match)
    ticket = ticket_by_ref(tx, about.ticket_ref) if about else None
    if ticket is None:
        return NO_MATCH
    return _followed(tx, Match(ticket=ticket, by="report", why=f"it reports on a mail of ticket {ticket.id}"))


def _followed(tx: Tx, match: Match) -> Match:
    if match.ticket is None or match.ticket.merged_into is None:
        return match
    root = root_of(tx, match.ticket)
    why = f"{match.why}, which was merged into ticket {root.id}"
    return replace(match, ticket=root, merged=match.ticket, why=why)


def thread_names(message: Message) -> tuple[str, ...]:
    """What to lock so that two mails of one thread are never decided at the same time: all ids they may share."""
    return tuple(filter(None, (message.message_id, *message.in_reply_to, *message.references)))


def _holder(tx: Tx, message_id: str, message: Message) -> Ticket | None:
    """The newest ticket that the id leads to, the author's own before others'.

    Anybody may refer to an id that he has seen: his ticket must not draw the others' mail away from theirs.
    """
    found = tickets_by_message_id(tx, message_id)
    author = canonical_address(message.author.address) if message.author else ""
    own = [ticket for ticket in found if ticket.correspondent == author]
    return max(own or found, key=lambda ticket: ticket.id, default=None)
