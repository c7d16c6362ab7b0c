"""SQL for tallies: how often did something happen lately? So that an alarm rings once, whichever process it is in."""

from datetime import datetime, timedelta

from sqlalchemy import bindparam, select, update

from gateway.store.db import Tx
from gateway.store.prepared import Prepared
from gateway.store.schema.outbox import TallyRow
from gateway.store.upsert import InsertOf, OnEach


def _anew(insert_into: InsertOf) -> Prepared:
    insert = insert_into(TallyRow)
    values = {"since": insert.excluded.since, "count": insert.excluded.count}
    return Prepared(insert.on_conflict_do_update(index_elements=[TallyRow.name], set_=values))


_ANEW = OnEach(_anew)
_ONE_MORE = update(TallyRow).where(TallyRow.name == bindparam("tally"), TallyRow.since > bindparam("after"))
_COUNT = _ONE_MORE.values(count=TallyRow.count + 1).returning(TallyRow.count)
_SINCE = Prepared(select(TallyRow.since).where(TallyRow.name == bindparam("tally")))


def count_up(tx: Tx, name: str, *, now: datetime, window: timedelta) -> int:
    """It happened once more: how often since the first time, which is forgotten when it is `window` ago."""
    count = tx.execute(_COUNT, {"tally": name, "after": now - window}).scalar()
    if count is not None:
        return int(count)
    _ANEW[tx.dialect.name].run(tx, name=name, since=now, count=1)
    return 1


def first_time(tx: Tx, name: str) -> datetime | None:
    """When it happened first of what `count_up` has counted together; None where it never did."""
    found: datetime | None = _SINCE.scalar(tx, tally=name)
    return found
