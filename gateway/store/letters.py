"""SQL for the mails that a ticket's correspondent gets without having asked, and for the tickets that are due for one.

What must stay true: one of a kind for each happening (unique in the store), whatever process or restart comes between;
each look reads tickets through an index and at most `limit` of them. Rows are made for mails that were not sent, too,
so that a ticket is looked at once.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select, update

from gateway.model import ArticleKind, Ticket, TicketState
from gateway.store.db import Tx
from gateway.store.schema.desk import LetterRow
from gateway.store.schema.held import MarkRow
from gateway.store.schema.outcome import OutcomeRow
from gateway.store.schema.ticket import ArticleRow, TicketRow
from gateway.store.tickets import ticket_by_id
from gateway.store.types import EPOCH, MICROSECOND
from gateway.store.upsert import insert_of


class LetterKind(StrEnum):
    """What the mail is about."""

    WAITING = "waiting"
    SOLVED = "solved"
    CLOSED = "closed"
    FEEDBACK = "feedback"
    DELAYED = "delayed"


_WAITS_FOR_US = (TicketState.NEW, TicketState.OPEN, TicketState.WAITING_FOR_US)
_FINISHED = (TicketState.SOLVED, TicketState.CLOSED)
_LAST_ANSWER = (
    select(func.coalesce(func.max(ArticleRow.id), 0))
    .where(ArticleRow.ticket_id == TicketRow.id, ArticleRow.kind == ArticleKind.OUT.value)
    .correlate(TicketRow)
    .scalar_subquery()
)


def last_answer(tx: Tx, ticket: Ticket) -> int:
    """The desk's last answer in the ticket, as the number of its article; 0 where there is none."""
    newest = select(func.max(ArticleRow.id)).where(
        ArticleRow.ticket_id == ticket.id, ArticleRow.kind == ArticleKind.OUT.value
    )
    return tx.execute(newest).scalar() or 0


def finished(ticket: Ticket) -> int:
    """When the ticket was finished, as `about` has it; 0 where it is not."""
    return (ticket.closed_at - EPOCH) // MICROSECOND if ticket.closed_at else 0


def insert_letter(tx: Tx, ticket_id: int, kind: LetterKind, about: int, at: datetime) -> int | None:
    """Claim the mail for this happening; its row, None where it was claimed before."""
    new: Any = insert_of(tx.dialect.name)(LetterRow).values(
        ticket_id=ticket_id, kind=kind.value, about=about, at=at, is_sent=False
    )
    made = new.on_conflict_do_nothing(index_elements=[LetterRow.ticket_id, LetterRow.kind, LetterRow.about])
    letter_id: int | None = tx.execute(made.returning(LetterRow.id)).scalar_one_or_none()
    return letter_id


def note_sent(tx: Tx, letter_id: int) -> None:
    """It is in the outbox."""
    tx.execute(update(LetterRow).where(LetterRow.id == letter_id).values(is_sent=True))


def was_sent(tx: Tx, ticket_id: int, kind: LetterKind, about: int) -> bool:
    """Was the mail of this happening sent?"""
    found = select(LetterRow.id).where(_is(ticket_id, kind), LetterRow.about == about, LetterRow.is_sent)
    return tx.execute(found).first() is not None


def sent_since(tx: Tx, since: datetime) -> int:
    """How many such mails were sent since then."""
    count = select(func.count()).select_from(LetterRow).where(LetterRow.at > since, LetterRow.is_sent)
    return int(tx.execute(count).scalar_one())


def open_feedback(tx: Tx, ticket: Ticket) -> int | None:
    """The question how it went that the correspondent was sent since the ticket was finished; None: none."""
    found = select(LetterRow.id).where(
        _is(ticket.id, LetterKind.FEEDBACK), LetterRow.about == finished(ticket), LetterRow.is_sent
    )
    letter_id: int | None = tx.execute(found).scalar_one_or_none()
    return letter_id


def insert_rating(tx: Tx, letter_id: int, rating: int, at: datetime) -> None:
    """Keep what he answered; his last word counts."""
    tx.execute(update(LetterRow).where(LetterRow.id == letter_id).values(rating=rating, rated_at=at))


def class_of_last_mail(tx: Tx, ticket_id: int) -> str | None:
    """What kind of sender the last mail of the correspondent was, as its outcome has it; None where he wrote none."""
    newest = (
        select(OutcomeRow.mail_class)
        .join(ArticleRow, ArticleRow.entry_id == OutcomeRow.entry_id)
        .where(ArticleRow.ticket_id == ticket_id, ArticleRow.kind == ArticleKind.IN.value, ArticleRow.confirmed)
        .order_by(ArticleRow.id.desc())
        .limit(1)
    )
    return tx.execute(newest).scalar_one_or_none()


def is_spam(tx: Tx, ticket_id: int) -> bool:
    """Did somebody call a mail of the ticket spam?"""
    called = (
        select(ArticleRow.id)
        .join(MarkRow, MarkRow.entry_id == ArticleRow.entry_id)
        .where(ArticleRow.ticket_id == ticket_id, MarkRow.spam_at.is_not(None))
        .limit(1)
    )
    return tx.execute(called).first() is not None


def to_remind(tx: Tx, *, untouched_since: datetime, now: datetime, limit: int) -> list[Ticket]:
    """Tickets that have waited for the customer since then, who was not reminded of the desk's last answer."""
    return _tickets(
        tx,
        _waiting(untouched_since, now).where(~_has(LetterKind.WAITING, LetterRow.about == _LAST_ANSWER)).limit(limit),
    )


def to_solve(
    tx: Tx, *, untouched_since: datetime, reminded_before: datetime | None, now: datetime, limit: int
) -> list[Ticket]:
    """Tickets that have waited for the customer since then; with `reminded_before`, whose turn to be reminded came
    before that.
    """
    found = _waiting(untouched_since, now)
    if reminded_before:
        reminded = LetterRow.about == _LAST_ANSWER, LetterRow.at <= reminded_before
        found = found.where(_has(LetterKind.WAITING, *reminded))
    return _tickets(tx, found.limit(limit))


def to_close(tx: Tx, *, solved_before: datetime, limit: int) -> list[Ticket]:
    """Tickets that have been solved since then."""
    solved = TicketRow.state == TicketState.SOLVED.value
    return _tickets(tx, select(TicketRow.id).where(solved, TicketRow.closed_at <= solved_before).limit(limit))


def to_ask(tx: Tx, *, finished_before: datetime, finished_after: datetime, limit: int) -> list[Ticket]:
    """Tickets that were finished in that span, and nobody was asked how it went."""
    found = select(TicketRow.id).where(
        TicketRow.closed_at <= finished_before,
        TicketRow.closed_at > finished_after,
        TicketRow.state.in_([state.value for state in _FINISHED]),
        # Who was told nothing, and had no answer, was not helped: a ticket that was closed by hand.
        or_(TicketRow.state == TicketState.SOLVED.value, _LAST_ANSWER > 0),
        ~_has(LetterKind.FEEDBACK, LetterRow.about == TicketRow.closed_at),
    )
    return _tickets(tx, found.order_by(TicketRow.closed_at).limit(limit))


def overdue(tx: Tx, *, due_before: datetime, due_after: datetime, now: datetime, limit: int) -> list[Ticket]:
    """Tickets that wait for us and were due in that span, whose customers were not told since our last answer."""
    found = _overdue(due_before, now).where(
        TicketRow.due_at > due_after, ~_has(LetterKind.DELAYED, LetterRow.about == _LAST_ANSWER)
    )
    return _tickets(tx, found.order_by(TicketRow.due_at).limit(limit))


def count_overdue(tx: Tx, *, now: datetime, at_most: int) -> int:
    """How many tickets are overdue now; counting ends at `at_most`."""
    some = _overdue(now, now).limit(at_most).subquery()
    return int(tx.execute(select(func.count()).select_from(some)).scalar_one())


def _waiting(untouched_since: datetime, now: datetime) -> Select[int]:
    return (
        select(TicketRow.id)
        .where(
            TicketRow.state == TicketState.WAITING_FOR_CUSTOMER.value,
            TicketRow.updated_at <= untouched_since,
            or_(TicketRow.wait_until.is_(None), TicketRow.wait_until <= now),
        )
        .order_by(TicketRow.updated_at)
    )


def _overdue(due_before: datetime, now: datetime) -> Select[int]:
    return select(TicketRow.id).where(
        TicketRow.state.in_([state.value for state in _WAITS_FOR_US]),
        TicketRow.due_at <= due_before,
        or_(TicketRow.wait_until.is_(None), TicketRow.wait_until <= now),
    )


def _has(kind: LetterKind, *which: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(LetterRow.ticket_id == TicketRow.id, LetterRow.kind == kind.value, *which)


def _is(ticket_id: int, kind: LetterKind) -> ColumnElement[bool]:
    return (LetterRow.ticket_id == ticket_id) & (LetterRow.kind == kind.value)


def _tickets(tx: Tx, found: Select[int]) -> list[Ticket]:
    ids: list[int] = list(tx.execute(found).scalars())
    return [ticket for ticket in (ticket_by_id(tx, each) for each in ids) if ticket]
