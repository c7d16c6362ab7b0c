"""SQL for what people say of held mail: let it go on, it is spam, and neither after all.

What must stay true: of two who release the same mail one does it (the outcome can be taken away once), and an entry
always has an outcome or is pending (I2).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, delete, func, select, update

from gateway.store.db import Tx
from gateway.store.outcomes import MAX_COPIES, SAME_CONTENT_WINDOW
from gateway.store.rank import PEOPLE
from gateway.store.schema.held import MarkRow
from gateway.store.schema.outcome import OutcomeRow
from gateway.store.schema.spool import RawRow, SpoolRow
from gateway.store.schema.ticket import ArticleRow
from gateway.store.types import EPOCH
from gateway.store.upsert import insert_of

BATCH = 500
"""Ids of one statement, and rows that are fetched at once."""
HOLD = "hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What was said of a mail, by whom and when; what was found when it was held."""

    entry_id: str
    held_at: datetime | None = None
    held_why: str = ""
    explanation: str = ""
    released_by: str | None = None
    released_at: datetime | None = None
    spam_by: str | None = None
    spam_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldMail:
    """A mail that is held: when it came, why it was held, and the document that explains it."""

    entry_id: str
    received_at: datetime
    held_at: datetime
    why: str
    explanation: str
    spam_by: str | None


_MARK = select(MarkRow.__table__).where(MarkRow.entry_id == bindparam("entry_id"))
_HELD = (
    select(
        OutcomeRow.entry_id,
        SpoolRow.received_at,
        OutcomeRow.decided_at.label("held_at"),
        OutcomeRow.why,
        OutcomeRow.explanation,
        MarkRow.spam_by,
    )
    .join(SpoolRow, SpoolRow.id == OutcomeRow.entry_id)
    .join(MarkRow, MarkRow.entry_id == OutcomeRow.entry_id, isouter=True)
    .where(OutcomeRow.action == HOLD)
)


def mark_of(tx: Tx, entry_id: str) -> Mark | None:
    """What was said of a mail, None where nothing was."""
    row = tx.execute(_MARK, {"entry_id": entry_id}).first()
    return None if row is None else Mark(**row._mapping)


def write_mark(tx: Tx, mark: Mark) -> None:
    """Keep what is said of a mail now, in place of what was."""
    values = {name: getattr(mark, name) for name in Mark.__slots__}
    insert: Any = insert_of(tx.dialect.name)(MarkRow).values(**values)
    tx.execute(insert.on_conflict_do_update(index_elements=[MarkRow.entry_id], set_=values))


def remove_mark(tx: Tx, entry_id: str) -> None:
    """Nothing is said of it any more."""
    tx.execute(delete(MarkRow).where(MarkRow.entry_id == entry_id))


def take_held_outcome(tx: Tx, entry_id: str) -> bool:
    """The mail is not held any more; False where it was not. Its next outcome is to follow, so it must be pending."""
    taken = tx.execute(delete(OutcomeRow).where(OutcomeRow.entry_id == entry_id, OutcomeRow.action == HOLD))
    return taken.rowcount == 1


def make_pending(tx: Tx, entry_id: str, *, at: datetime, claim: tuple[str, timedelta] | None = None) -> None:
    """The mail is decided again, by this owner within that time, or by whoever takes it."""
    owner, lease = claim or (None, timedelta(0))
    tx.execute(
        update(SpoolRow)
        .where(SpoolRow.id == entry_id)
        .values(
            state="pending",
            rank=PEOPLE,
            tries=1 if claim else 0,
            next_try_at=at,
            claimed_by=owner,
            claimed_until=at + lease if claim else None,
            last_error=None,
            released_at=at,
        )
    )


def is_kept(tx: Tx, entry_id: str) -> bool:
    """Are the bytes of the mail still there?"""
    return tx.execute(select(RawRow.entry_id).where(RawRow.entry_id == entry_id)).first() is not None


def is_pending(tx: Tx, entry_id: str) -> bool:
    """Does the mail wait for its decision?"""
    found = tx.execute(select(SpoolRow.state).where(SpoolRow.id == entry_id)).scalar_one_or_none()
    return found == "pending"


def newest_held(tx: Tx, *, limit: int, spam: bool = False) -> Iterator[HeldMail]:
    """Held mail that nobody has dealt with, or that was marked as spam; the newest first."""
    listed = _HELD.where(MarkRow.spam_at.is_not(None) if spam else MarkRow.spam_at.is_(None))
    return _read(tx, listed.order_by(OutcomeRow.decided_at.desc(), OutcomeRow.entry_id.desc()).limit(limit))


def held_since(tx: Tx, since: datetime = EPOCH) -> Iterator[HeldMail]:
    """What was held after that and nobody has dealt with, the oldest first; all of it, a few rows at a time."""
    open_ones = _HELD.where(MarkRow.spam_at.is_(None), OutcomeRow.decided_at > since)
    return _read(tx, open_ones.order_by(OutcomeRow.decided_at))


def held_mails(tx: Tx, entry_ids: Sequence[str]) -> list[HeldMail]:
    """Those of these mails that are held and that nobody has dealt with."""
    found: list[HeldMail] = []
    for start in range(0, len(entry_ids), BATCH):
        these = _HELD.where(MarkRow.spam_at.is_(None), OutcomeRow.entry_id.in_(entry_ids[start : start + BATCH]))
        found += _read(tx, these)
    return found


def count_held(tx: Tx) -> tuple[int, int]:
    """How much is held and waits for somebody, and how much of it was marked as spam."""
    counted = (
        select(func.count(), func.count(MarkRow.spam_at))
        .select_from(OutcomeRow)
        .join(MarkRow, MarkRow.entry_id == OutcomeRow.entry_id, isouter=True)
        .where(OutcomeRow.action == HOLD)
    )
    every, spam = tx.execute(counted).one()
    return every - spam, spam


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketMail:
    """A mail that came in and stands in a ticket."""

    entry_id: str
    author: str
    explanation: str


def shown_copy(tx: Tx, entry_id: str, *, sha256: str, content_key: str, around: datetime) -> str | None:
    """Another mail with the same bytes, or the same content within a week of that moment, that people were shown."""
    seen = select(OutcomeRow.entry_id).where(
        OutcomeRow.entry_id != entry_id, OutcomeRow.action.not_in((HOLD, "reject", "duplicate"))
    )
    copies = select(SpoolRow.id).where(SpoolRow.sha256 == sha256).limit(MAX_COPIES).subquery()
    found = tx.execute(seen.join(copies, copies.c.id == OutcomeRow.entry_id).limit(1)).scalar_one_or_none()
    if found is None and content_key:
        window = OutcomeRow.decided_at.between(around - SAME_CONTENT_WINDOW, around + SAME_CONTENT_WINDOW)
        same = seen.where(OutcomeRow.content_key == content_key, window).limit(1)
        found = tx.execute(same).scalar_one_or_none()
    return found


def mails_of_ticket(tx: Tx, ticket_id: int, *, limit: int) -> list[TicketMail]:
    """The mails of a ticket that came in, the oldest first."""
    rows = tx.execute(
        select(ArticleRow.entry_id, ArticleRow.author, OutcomeRow.explanation)
        .join(OutcomeRow, OutcomeRow.entry_id == ArticleRow.entry_id)
        .where(ArticleRow.ticket_id == ticket_id, ArticleRow.kind == "in")
        .order_by(ArticleRow.id)
        .limit(limit)
    )
    return [TicketMail(**row._mapping) for row in rows]


def has_answer(tx: Tx, ticket_id: int) -> bool:
    """Did the desk answer in this ticket?"""
    answers = select(ArticleRow.id).where(ArticleRow.ticket_id == ticket_id, ArticleRow.kind == "out").limit(1)
    return tx.execute(answers).first() is not None


def _read(tx: Tx, statement: Select[*tuple[Any, ...]]) -> Iterator[HeldMail]:
    for row in tx.execute(statement.execution_options(yield_per=BATCH)):
        yield HeldMail(**row._mapping)
