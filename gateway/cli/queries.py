"""SQL that only operators' commands ask."""

from sqlalchemy import func, select

from gateway.store.db import Tx
from gateway.store.outbox import OutboxMail
from gateway.store.schema import OutboxRow

_COLUMNS = [getattr(OutboxRow, name) for name in OutboxMail.__slots__]


def outbox_states(tx: Tx) -> dict[str, int]:
    """How many outgoing mails there are in each state; every state is named."""
    counted = dict.fromkeys(("queued", "sent", "failed", "cancelled"), 0)
    for state, number in tx.execute(select(OutboxRow.state, func.count()).group_by(OutboxRow.state)):
        counted[state] = number
    return counted


def ended_mails(tx: Tx, state: str, *, limit: int) -> list[OutboxMail]:
    """The newest outgoing mails that ended in this state."""
    rows = tx.execute(select(*_COLUMNS).where(OutboxRow.state == state).order_by(OutboxRow.id.desc()).limit(limit))
    return [OutboxMail(**row._mapping) for row in rows]
