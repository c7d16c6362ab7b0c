"""SQL that forgets: the bytes of mail that was recorded and is of no more use."""

from datetime import datetime

from sqlalchemy import bindparam, delete, select

from gateway.store.db import Tx
from gateway.store.schema.outcome import OutcomeRow
from gateway.store.schema.spool import RawRow

_OLD = (
    select(OutcomeRow.entry_id)
    .join(RawRow, RawRow.entry_id == OutcomeRow.entry_id)
    .where(
        OutcomeRow.action == "record",
        OutcomeRow.decided_at < bindparam("before"),
        OutcomeRow.mail_class == bindparam("of_class"),
    )
    .order_by(OutcomeRow.decided_at)
    .limit(bindparam("at_most"))
)
_FORGET = delete(RawRow).where(RawRow.entry_id.in_(_OLD))


def forget_bytes(tx: Tx, mail_class: str, *, before: datetime, limit: int) -> int:
    """Delete the bytes of recorded mail of this class that was decided before; how many mails. Its outcome stays."""
    return tx.execute(_FORGET, {"of_class": mail_class, "before": before, "at_most": limit}).rowcount
