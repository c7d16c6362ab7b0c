"""SQL for what agents' commands did, until each agent who wants it so gets the list of a day."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select

from gateway.store.db import Tx
from gateway.store.schema.desk import DoneLineRow


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneLine:
    """What one mail of an agent did."""

    agent: str
    """His address."""
    ticket_id: int
    at: datetime
    text: str


def keep(tx: Tx, line: DoneLine) -> None:
    """For the next list."""
    tx.execute(insert(DoneLineRow).values(agent=line.agent, ticket_id=line.ticket_id, at=line.at, text=line.text))


def is_any(tx: Tx, before: datetime) -> bool:
    """Is there one of before then?"""
    return tx.execute(select(DoneLineRow.id).where(DoneLineRow.at <= before).limit(1)).first() is not None


def take(tx: Tx, before: datetime) -> list[DoneLine]:
    """Those of before then, the oldest first; they are nobody else's any more."""
    columns = (DoneLineRow.id, DoneLineRow.agent, DoneLineRow.ticket_id, DoneLineRow.at, DoneLineRow.text)
    rows = tx.execute(delete(DoneLineRow).where(DoneLineRow.at <= before).returning(*columns)).all()
    return [
        DoneLine(agent=row.agent, ticket_id=row.ticket_id, at=row.at, text=row.text)
        for row in sorted(rows, key=lambda row: int(row.id))
    ]
