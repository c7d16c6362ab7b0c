"""SQL for the mails that became parts of tickets while the spam engine gave no answer: it is still to see them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, func, insert, select

from gateway.store.db import Tx
from gateway.store.prepared import Prepared
from gateway.store.schema import UnscannedRow

_INSERT = Prepared(insert(UnscannedRow))
_DELETE = Prepared(delete(UnscannedRow).where(UnscannedRow.entry_id == bindparam("of_entry")))


def note_unscanned(tx: Tx, entry_id: str, at: datetime) -> None:
    """The engine is to see this mail once it answers."""
    _INSERT.run(tx, entry_id=entry_id, at=at)


def unscanned(tx: Tx, *, limit: int) -> Sequence[str]:
    """The entries that wait longest."""
    statement = select(UnscannedRow.entry_id).order_by(UnscannedRow.at, UnscannedRow.entry_id).limit(limit)
    return tx.execute(statement).scalars().all()


def note_scanned(tx: Tx, entry_id: str) -> bool:
    """It has been seen, or cannot be any more; False where somebody else said so before."""
    return _DELETE.run(tx, of_entry=entry_id) == 1


def count_unscanned(tx: Tx) -> int:
    """How many wait."""
    return tx.execute(select(func.count()).select_from(UnscannedRow)).scalar_one()
