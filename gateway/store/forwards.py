"""SQL for a mail that an agent passes on: is it in a ticket already, and did its author ever write to us?"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select

from gateway.model import ArticleKind
from gateway.store.db import Tx
from gateway.store.prepared import Prepared
from gateway.store.schema.ticket import ArticleRow, TicketRow

NEWEST_TICKETS = 10
"""Of one correspondent that are looked at."""
NEWEST_ARTICLES = 50
"""Of all these tickets together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A mail that a ticket holds."""

    ticket_id: int
    author: str
    message_id: str
    text: str


_TICKETS = (
    select(TicketRow.id)
    .where(TicketRow.correspondent == bindparam("correspondent"))
    .order_by(TicketRow.id.desc())
    .limit(NEWEST_TICKETS)
)
_MAILS: Any = select(ArticleRow.ticket_id, ArticleRow.author, ArticleRow.message_id, ArticleRow.text).where(
    ArticleRow.kind == ArticleKind.IN.value
)
_OF_CORRESPONDENT = (
    _MAILS.where(ArticleRow.ticket_id.in_(_TICKETS)).order_by(ArticleRow.id.desc()).limit(NEWEST_ARTICLES)
)
_OF_TICKET = (
    _MAILS.where(ArticleRow.ticket_id == bindparam("ticket_id"), ArticleRow.message_id == bindparam("message_id"))
    .order_by(ArticleRow.id.desc())
    .limit(NEWEST_ARTICLES)
)
_HAS_TICKET = Prepared(select(TicketRow.id).where(TicketRow.correspondent == bindparam("correspondent")).limit(1))


def mails_of(tx: Tx, correspondent: str) -> list[Written]:
    """The newest mails in the newest tickets of this address, the newest first."""
    return [Written(**row._mapping) for row in tx.execute(_OF_CORRESPONDENT, {"correspondent": correspondent})]


def mails_in(tx: Tx, ticket_id: int, message_id: str) -> list[Written]:
    """The mails of a ticket that have this message id."""
    rows = tx.execute(_OF_TICKET, {"ticket_id": ticket_id, "message_id": message_id})
    return [Written(**row._mapping) for row in rows]


def has_ticket(tx: Tx, correspondent: str) -> bool:
    """Is this address the correspondent of a ticket, or was it of one?"""
    return _HAS_TICKET.first(tx, correspondent=correspondent) is not None
