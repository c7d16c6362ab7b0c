"""SQL for agents who are away as their mail programs say, and for the tickets that wait for them."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, delete, func, select

from gateway.store.db import Tx
from gateway.store.prepared import Prepared
from gateway.store.schema.agent import AbsenceRow
from gateway.store.schema.ticket import TicketRow
from gateway.store.upsert import InsertOf, OnEach

MAX_TICKETS = 500
"""Waiting tickets of one agent that are looked at in one turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Since when an agent is away, and until which day, the last one; None: until he writes himself."""

    address: str
    since: datetime
    until: date | None


def _set(insert_into: InsertOf) -> Prepared:
    insert = insert_into(AbsenceRow)
    values = {"until": insert.excluded.until}
    return Prepared(insert.on_conflict_do_update(index_elements=[AbsenceRow.address], set_=values))


_SET = OnEach(_set)
_ALL = Prepared(select(AbsenceRow.__table__))
_END_OPEN = Prepared(
    delete(AbsenceRow).where(AbsenceRow.address == bindparam("agent_address"), AbsenceRow.until.is_(None))
)
_END_OLD = Prepared(delete(AbsenceRow).where(AbsenceRow.until < bindparam("today")))
_WAITING = (
    select(TicketRow.id)
    .where(TicketRow.waiting_since.is_not(None), TicketRow.assignee == bindparam("agent_address"))
    .order_by(TicketRow.waiting_since, TicketRow.id)
    .limit(MAX_TICKETS)
)
_LOADS = (
    select(TicketRow.assignee, func.count().label("tickets"))
    .where(TicketRow.waiting_since.is_not(None), TicketRow.assignee.is_not(None))
    .group_by(TicketRow.assignee)
)


def put_absence(tx: Tx, absence: Absence) -> None:
    """He is away; what was known of it before is replaced, but for its beginning."""
    until = absence.until.isoformat() if absence.until else None
    _SET[tx.dialect.name].run(tx, address=absence.address, since=absence.since, until=until)


def absences(tx: Tx) -> list[Absence]:
    """All that are known, those that have ended since the last look too."""
    rows = _ALL.all(tx)
    return [
        Absence(address=row.address, since=row.since, until=date.fromisoformat(row.until) if row.until else None)
        for row in rows
    ]


def end_open_absence(tx: Tx, address: str) -> None:
    """He writes himself: an absence without an end has one now."""
    _END_OPEN.run(tx, agent_address=address)


def forget_old(tx: Tx, today: date) -> None:
    """Absences whose last day is over are no more."""
    _END_OLD.run(tx, today=today.isoformat())


def waiting_for(tx: Tx, address: str) -> list[int]:
    """The numbers of the tickets that an agent has and that wait for the desk, the longest-waiting first."""
    return list(tx.execute(_WAITING, {"agent_address": address}).scalars())


def loads(tx: Tx) -> dict[str, int]:
    """How many tickets that wait for the desk each agent has; those without any are not named."""
    return {row.assignee: row.tickets for row in tx.execute(_LOADS)}
