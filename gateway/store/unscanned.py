"""SQL for the mails that became parts of tickets while a scanner gave no answer: it is still to see them."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import bindparam, delete, func, insert, select

from gateway.store.db import Tx
from gateway.store.prepared import Prepared
from gateway.store.schema.sender import UnscannedRow


class ScannerKind(StrEnum):
    """Who is to look at it."""

    SPAM = "spam"
    VIRUS = "virus"


_INSERT = Prepared(insert(UnscannedRow))
_DELETE = Prepared(
    delete(UnscannedRow).where(UnscannedRow.entry_id == bindparam("of_entry"), UnscannedRow.by == bindparam("of_kind"))
)


def note_unscanned(tx: Tx, entry_id: str, kind: ScannerKind, at: datetime) -> None:
    """That scanner is to see this mail once it answers."""
    _INSERT.run(tx, entry_id=entry_id, by=kind.value, at=at)


def unscanned(tx: Tx, kind: ScannerKind, *, limit: int) -> Sequence[str]:
    """The entries that wait longest for it."""
    waiting = select(UnscannedRow.entry_id).where(UnscannedRow.by == kind.value)
    return tx.execute(waiting.order_by(UnscannedRow.at, UnscannedRow.entry_id).limit(limit)).scalars().all()


def note_scanned(tx: Tx, entry_id: str, kind: ScannerKind) -> bool:
    """It has been seen, or cannot be any more; False where somebody else said so before."""
    return _DELETE.run(tx, of_entry=entry_id, of_kind=kind.value) == 1


def count_unscanned(tx: Tx) -> int:
    """How many wait for one of them or both."""
    return tx.execute(select(func.count(UnscannedRow.entry_id.distinct()))).scalar_one()
