"""SQL that only operators' commands ask."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from gateway.store.db import Tx
from gateway.store.outbox import OutboxMail
from gateway.store.schema.outbox import OutboxRow
from gateway.store.schema.spool import SpoolRow

BATCH = 500
"""Ids of one statement: SQLite takes no more than 32,766 values in one."""
_COLUMNS = [getattr(OutboxRow, name) for name in OutboxMail.__slots__]


@dataclass(frozen=True, slots=True)
class PendingEntry:
    """A mail that is not decided: is it in work, and when is it due?"""

    is_claimed: bool
    next_try_at: datetime


def pending_entries(tx: Tx, ids: Sequence[str]) -> dict[str, PendingEntry]:
    """Those of these mails that are still pending."""
    columns = (SpoolRow.id, SpoolRow.claimed_by, SpoolRow.next_try_at)
    found: dict[str, PendingEntry] = {}
    for start in range(0, len(ids), BATCH):
        of_these = select(*columns).where(SpoolRow.id.in_(ids[start : start + BATCH]), SpoolRow.state == "pending")
        for row in tx.execute(of_these):
            found[row.id] = PendingEntry(row.claimed_by is not None, row.next_try_at)
    return found


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
