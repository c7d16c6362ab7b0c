"""SQL for the queue: which tickets wait for us, how often accounts ask, and which deadlines agents were told of.

What waits is found by indexes that hold nothing else, so that a million answered tickets cost nothing (I10); counting a
mail is one row by its key.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, case, delete, exists, func, or_, select, text, update

from gateway.model import Ticket
from gateway.store.db import Tx
from gateway.store.prepared import Prepared
from gateway.store.schema.account import AskedRow
from gateway.store.schema.desk import DeadlineNoticeRow
from gateway.store.schema.outcome import OutcomeRow
from gateway.store.schema.ticket import OF_STRANGERS, ArticleRow, TicketRow
from gateway.store.tickets import ticket_of
from gateway.store.upsert import InsertOf, OnEach

MOST_STRANGERS = 20_000
"""Of their earlier tickets, so many are looked at."""

_WAITING = select(TicketRow.__table__).where(TicketRow.waiting_since.is_not(None))
_IS_FREE = or_(TicketRow.assignee.is_(None), TicketRow.assignee == bindparam("assignee"))
# Another agent who asks at the same moment has the row locked: whoever comes second takes the next one.
_TAKE = Prepared(
    _WAITING.where(TicketRow.id == bindparam("ticket_id"), _IS_FREE).with_for_update(skip_locked=True, key_share=True)
)


def _upsert(insert: InsertOf) -> Prepared:
    statement = insert(AskedRow)
    more = {"mails": AskedRow.mails + statement.excluded.mails}
    return Prepared(statement.on_conflict_do_update(index_elements=[AskedRow.account_id, AskedRow.day], set_=more))


_COUNT = OnEach(_upsert)
_TOLD = Prepared(
    select(DeadlineNoticeRow.at).where(
        DeadlineNoticeRow.ticket_id == bindparam("told_ticket"),
        DeadlineNoticeRow.due_at == bindparam("told_due"),
        DeadlineNoticeRow.nearness == bindparam("told_nearness"),
    )
)
_NOTICE = OnEach(lambda insert: Prepared(insert(DeadlineNoticeRow).on_conflict_do_nothing()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Agents were told of a deadline."""

    ticket_id: int
    due_at: datetime
    nearness: str


def waiting_tickets(tx: Tx) -> list[Ticket]:
    """All tickets that wait for us, in no order."""
    return [ticket_of(row) for row in tx.execute(_WAITING)]


def take_if_free(tx: Tx, ticket: Ticket) -> Ticket | None:
    """The ticket, locked, where it still waits and has nobody, or whom it had; None where somebody was faster."""
    row = _TAKE.first(tx, ticket_id=ticket.id, assignee=ticket.assignee)
    return None if row is None else ticket_of(row)


def count_asked(tx: Tx, account_ids: Iterable[str], day: date) -> None:
    """A mail of each of these accounts came on that day; best at the end of a transaction."""
    rows = [{"account_id": account_id, "day": day.isoformat(), "mails": 1} for account_id in sorted(set(account_ids))]
    if rows:
        _COUNT[tx.dialect.name].run_many(tx, rows)


def recount_ticket(tx: Tx, ticket: Ticket, mail_classes: Iterable[str], by: int) -> None:
    """The confirmed mails of these classes in a ticket count no more (`by` -1), or again (+1), for its account.

    Each on the day on which it came.
    """
    if not ticket.account_id:
        return
    came = tx.execute(
        select(ArticleRow.at)
        .join(OutcomeRow, OutcomeRow.article_id == ArticleRow.id)
        .where(OutcomeRow.ticket_id == ticket.id, ArticleRow.confirmed, OutcomeRow.mail_class.in_(list(mail_classes)))
    ).scalars()
    for day in sorted(at.date().isoformat() for at in came):
        tx.execute(
            update(AskedRow)
            .where(AskedRow.account_id == ticket.account_id, AskedRow.day == day, AskedRow.mails + by >= 0)
            .values(mails=AskedRow.mails + by)
        )


def mails_asked(tx: Tx, since: date, *, a_day: int) -> dict[str, int]:
    """Mails since that day of every account that has a waiting ticket; of one day at most `a_day` count."""
    waiting = select(TicketRow.account_id).where(TicketRow.waiting_since.is_not(None))
    counted = case((AskedRow.mails > a_day, a_day), else_=AskedRow.mails)
    rows = tx.execute(
        select(AskedRow.account_id, func.sum(counted))
        .where(AskedRow.account_id.in_(waiting), AskedRow.day >= since.isoformat())
        .group_by(AskedRow.account_id)
    )
    return {account_id: int(mails) for account_id, mails in rows}


def mails_of_account(tx: Tx, account_id: str, since: date, *, a_day: int) -> int:
    """The same for one account."""
    counted = case((AskedRow.mails > a_day, a_day), else_=AskedRow.mails)
    found = select(func.sum(counted)).where(AskedRow.account_id == account_id, AskedRow.day >= since.isoformat())
    return int(tx.execute(found).scalar() or 0)


def strangers_before(tx: Tx, since: datetime) -> list[datetime]:
    """When the tickets were opened that are no proven customer's and wait no more, since then."""
    rows = tx.execute(
        select(TicketRow.opened_at)
        .where(text(f"({OF_STRANGERS})"), TicketRow.opened_at >= since, TicketRow.waiting_since.is_(None))
        .order_by(TicketRow.opened_at.desc())
        .limit(MOST_STRANGERS)
    )
    return list(rows.scalars())


def forget_asked(tx: Tx, before: date) -> int:
    """Forget what was asked before that day; how many rows that were."""
    return int(tx.execute(delete(AskedRow).where(AskedRow.day < before.isoformat())).rowcount)


def due_before(tx: Tx, moment: datetime) -> list[Ticket]:
    """The waiting tickets whose deadline comes before a moment, but for those whose passing agents were told of."""
    told = exists().where(
        DeadlineNoticeRow.ticket_id == TicketRow.id,
        DeadlineNoticeRow.due_at == TicketRow.due_at,
        DeadlineNoticeRow.nearness == "passed",
    )
    rows = tx.execute(_WAITING.where(TicketRow.due_at < moment, ~told).order_by(TicketRow.due_at, TicketRow.id))
    return [ticket_of(row) for row in rows]


def is_told(tx: Tx, notice: Notice) -> bool:
    """Were agents told of this?"""
    return (
        _TOLD.first(tx, told_ticket=notice.ticket_id, told_due=notice.due_at, told_nearness=notice.nearness) is not None
    )


def note_told(tx: Tx, notice: Notice, at: datetime) -> bool:
    """Keep that agents are told of this now; False where they were told before."""
    return (
        _NOTICE[tx.dialect.name].run(
            tx, ticket_id=notice.ticket_id, due_at=notice.due_at, nearness=notice.nearness, at=at
        )
        == 1
    )
