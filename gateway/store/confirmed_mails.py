"""SQL for the proven mails of a customer, with what their headers told when they were decided; the newest, bounded."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, select

from gateway.model import ArticleKind, Ticket
from gateway.store.db import Tx
from gateway.store.schema.outcome import OutcomeRow
from gateway.store.schema.ticket import ArticleRow, TicketRow

MAX_TICKETS = 20
"""Tickets of a customer that are looked at."""
MAX_MAILS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmedMail:
    """A mail that is proven to be its author's."""

    author: str
    reply: str
    """What its author wrote then."""
    date: datetime | None
    """As its Date field has it, by its author's own clock; None where it had none, or that is not kept."""
    addressed: tuple[str, ...]
    """The addresses of its To and Cc fields."""


def _mails(*where: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return (
        select(ArticleRow.author, ArticleRow.reply, OutcomeRow.explanation)
        .join(OutcomeRow, OutcomeRow.entry_id == ArticleRow.entry_id)
        .where(ArticleRow.kind == ArticleKind.IN.value, ArticleRow.confirmed, *where)
        .order_by(ArticleRow.id.desc())
        .limit(MAX_MAILS)
    )


def _newest(column: Any, name: str) -> Select[*tuple[Any, ...]]:
    return select(TicketRow.id).where(column == bindparam(name)).order_by(TicketRow.id.desc()).limit(MAX_TICKETS)


_OF_TICKET = _mails(ArticleRow.ticket_id == bindparam("ticket_id"))
_OF_ACCOUNT = _mails(ArticleRow.ticket_id.in_(_newest(TicketRow.account_id, "key")))
_OF_CORRESPONDENT = _mails(ArticleRow.ticket_id.in_(_newest(TicketRow.correspondent, "key")))


def mails_of_ticket(tx: Tx, ticket: Ticket) -> list[ConfirmedMail]:
    """The proven mails in a ticket, the newest first."""
    return list(_read(tx, _OF_TICKET, ticket_id=ticket.id))


def mails_of_customer(tx: Tx, ticket: Ticket) -> list[ConfirmedMail]:
    """The proven mails in all tickets of its account, or of its correspondent where it has none; the newest first."""
    if ticket.account_id:
        return list(_read(tx, _OF_ACCOUNT, key=ticket.account_id))
    return list(_read(tx, _OF_CORRESPONDENT, key=ticket.correspondent))


def _read(tx: Tx, statement: Select[*tuple[Any, ...]], **values: Any) -> Iterator[ConfirmedMail]:
    for row in tx.execute(statement, values):
        mail = json.loads(row.explanation).get("mail", {}) if row.explanation else {}
        yield ConfirmedMail(
            author=row.author,
            reply=row.reply,
            date=datetime.fromisoformat(mail["date"]) if mail.get("date") else None,
            addressed=tuple(each["address"] for field in ("to", "cc") for each in mail.get(field, ())),
        )
