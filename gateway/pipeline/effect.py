"""What the effects of a plan share, and what they come to."""

from dataclasses import dataclass
from datetime import datetime

from gateway.errors import Temporary
from gateway.model import Ticket
from gateway.pipeline.evidence import Evidence
from gateway.pipeline.policy import Column
from gateway.pipeline.relation import column_of
from gateway.store.db import Tx
from gateway.store.tickets import locked_ticket
from gateway.tickets.desk import Desk
from gateway.tokens import canonical_address


@dataclass(frozen=True, slots=True, kw_only=True)
class Doer:
    """The open transaction and what all effects share."""

    tx: Tx
    desk: Desk
    at: datetime
    arrived_at: datetime | None = None
    """When the mail came, where that counts: it was held, and a person let it go on."""

    @property
    def mail_at(self) -> datetime:
        """The time that a ticket and an article have of their mail."""
        return self.arrived_at or self.at


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Where the mail ended up."""

    ticket_id: int | None = None
    article_id: int | None = None


def has_just_written(evidence: Evidence, ticket: Ticket) -> bool:
    """Is its correspondent proven to have written this mail? Then nothing speaks against his address (`apply`)."""
    author = evidence.reading.message.author
    is_his = author is not None and canonical_address(author.address) == ticket.correspondent
    return is_his and column_of(evidence) is Column.PROVEN


def held_ticket(doer: Doer, evidence: Evidence) -> Ticket:
    """The ticket that was found, as it is now; nobody else changes it until this transaction ends.

    Raises Temporary where it was merged since it was found: the mail is decided again, for the ticket that it goes to.
    """
    ticket = locked_ticket(doer.tx, matched_ticket(evidence))
    if ticket.merged_into is not None:
        raise Temporary("its ticket is being merged at this moment")
    return ticket


def matched_ticket(evidence: Evidence) -> Ticket:
    """The ticket that was found; the plan is of a kind that is only made where there is one."""
    ticket = evidence.match.ticket
    assert ticket is not None, "the identity table only appends where a ticket was found"
    return ticket
