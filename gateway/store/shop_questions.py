"""SQL for the question which shop a ticket is about: the list that was sent, so that a number is read against it."""

from datetime import datetime

from sqlalchemy import insert, select

from gateway.store.db import Tx
from gateway.store.schema.desk import ShopQuestionRow

Listed = tuple[tuple[str, str], ...]
"""Account and shop of each number, from 1 on: a shop's id is unique only within its account."""


def insert_shop_question(tx: Tx, ticket_id: int, listed: Listed, at: datetime) -> None:
    """Keep which shops were listed to the ticket's correspondent, in the order of their numbers."""
    values = {
        "ticket_id": ticket_id,
        "asked_at": at,
        "accounts": tuple(account for account, _ in listed),
        "shops": tuple(shop for _, shop in listed),
    }
    tx.execute(insert(ShopQuestionRow).values(values))


def shop_questions(tx: Tx, ticket_id: int) -> list[Listed]:
    """The lists that were sent about a ticket, the oldest first."""
    rows = tx.execute(
        select(ShopQuestionRow.accounts, ShopQuestionRow.shops)
        .where(ShopQuestionRow.ticket_id == ticket_id)
        .order_by(ShopQuestionRow.id)
    )
    return [tuple(zip(row.accounts, row.shops, strict=True)) for row in rows]
