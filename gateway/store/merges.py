"""SQL for tickets that were merged into others, and for a mail that became a ticket of its own.

What must stay true: `merged_into` is only written here, by who holds both tickets, and only leads from a ticket that
was not merged to another one that was not; so it never leads in a circle, and everything has one end. Who holds several
tickets took them in the order of their numbers, or two merges would wait for each other.
"""

from collections.abc import Collection

from sqlalchemy import bindparam, func, select, update

from gateway.model import ArticleKind, Ticket
from gateway.store.db import Tx
from gateway.store.schema.outcome import OutcomeRow
from gateway.store.schema.ticket import ArticleRow, ThreadRow, TicketRow
from gateway.store.tickets import locked_ticket, ticket_by_id

MAX_STEPS = 1000
"""Merges of merges that are followed: agents make them one by one."""

_SET = update(TicketRow).where(TicketRow.id == bindparam("ticket_id")).values(merged_into=bindparam("into"))


def root_of(tx: Tx, ticket: Ticket) -> Ticket:
    """Where a ticket's mail goes now: the ticket itself, or the one that it was merged into in the end."""
    for _ in range(MAX_STEPS):
        following = None if ticket.merged_into is None else ticket_by_id(tx, ticket.merged_into)
        if following is None:
            break
        ticket = following
    return ticket


def hold_both(tx: Tx, one: int, other: int) -> tuple[Ticket | None, Ticket | None]:
    """Two tickets as they are now, in the order asked for; nobody else changes them until this transaction ends."""
    held: dict[int, Ticket | None] = {}
    for ticket_id in sorted({one, other}):
        found = ticket_by_id(tx, ticket_id)
        held[ticket_id] = locked_ticket(tx, found) if found else None
    return held[one], held[other]


def set_merged(tx: Tx, ticket_id: int, into: int | None) -> None:
    """The ticket is merged into this one, or into none any more; both are held (`hold_both`)."""
    tx.execute(_SET, {"ticket_id": ticket_id, "into": into})


def move_article(tx: Tx, article_id: int, *, message_id: str, entry_id: str | None, source: int, target: int) -> None:
    """An article, its message id and the outcome of its mail are another ticket's from now on."""
    tx.execute(update(ArticleRow).where(ArticleRow.id == article_id).values(ticket_id=target))
    if message_id:
        leads = (ThreadRow.message_id == message_id, ThreadRow.ticket_id == source)
        tx.execute(update(ThreadRow).where(*leads).values(ticket_id=target))
    if entry_id:
        tx.execute(update(OutcomeRow).where(OutcomeRow.entry_id == entry_id).values(ticket_id=target))


def count_articles(tx: Tx, ticket_id: int, *, kinds: Collection[ArticleKind]) -> int:
    """How many articles of these kinds a ticket holds."""
    found = select(func.count()).select_from(ArticleRow).where(ArticleRow.ticket_id == ticket_id)
    return tx.execute(found.where(ArticleRow.kind.in_([kind.value for kind in kinds]))).scalar_one()
