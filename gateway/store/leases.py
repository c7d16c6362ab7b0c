"""Leases: of all gateway processes on one store, only the holder of a lease does what it names.

A lease that is not renewed ends by itself, so a process that was killed holds nothing up for long. `fence` grows with
every change of owner: who writes under a lease can prove that it was still the newest.
"""

from datetime import datetime, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from gateway.errors import Temporary
from gateway.store.db import Store, Tx
from gateway.store.schema.lease import LeaseRow


def take(store: Store, name: str, *, now: datetime, duration: timedelta) -> int | None:
    """Take or renew a lease; its fence, None while another process holds it."""
    try:
        with store.transaction() as tx:
            return _take(tx, store.owner, name, now, now + duration)
    except Temporary as error:
        if isinstance(error.__cause__, IntegrityError):  # another process made the row first: it has the lease
            return None
        raise


def _take(tx: Tx, owner: str, name: str, now: datetime, until: datetime) -> int | None:
    row = tx.execute(select(LeaseRow.__table__).where(LeaseRow.name == name).with_for_update()).first()
    if row is None:
        tx.execute(insert(LeaseRow).values(name=name, owner=owner, fence=1, until=until))
        return 1
    if row.owner != owner and row.until > now:
        return None
    fence: int = row.fence if row.owner == owner else row.fence + 1
    tx.execute(update(LeaseRow).where(LeaseRow.name == name).values(owner=owner, fence=fence, until=until))
    return fence


def give_up(tx: Tx, owner: str, *, now: datetime) -> None:
    """End all leases of a process at once: when it stops."""
    tx.execute(update(LeaseRow).where(LeaseRow.owner == owner).values(until=now))
