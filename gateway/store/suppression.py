"""SQL for the signs that an address does not take our mail. Found by address and time, and bounded (I10)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select

from gateway.store.db import Tx
from gateway.store.prepared import Prepared
from gateway.store.schema.outbox import DeliverySignRow

MAX_SIGNS = 100
"""Signs of one address that are looked at."""

_OF_ADDRESS = Prepared(
    select(DeliverySignRow.address, DeliverySignRow.at, DeliverySignRow.kind, DeliverySignRow.status)
    .where(DeliverySignRow.address == bindparam("address"), DeliverySignRow.at > bindparam("since"))
    .order_by(DeliverySignRow.at.desc())
    .limit(MAX_SIGNS)
)
_INSERT = Prepared(insert(DeliverySignRow))
_DELETE = Prepared(delete(DeliverySignRow).where(DeliverySignRow.address == bindparam("of_address")))


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySign:
    """One sign, of an address in its canonical form."""

    address: str
    at: datetime
    kind: str
    status: str


def signs_of(tx: Tx, address: str, *, since: datetime) -> list[DeliverySign]:
    """The signs of an address since then, the newest first."""
    return [_sign(row) for row in _OF_ADDRESS.all(tx, address=address, since=since)]


def insert_sign(tx: Tx, sign: DeliverySign, *, ticket_id: int | None) -> None:
    """Keep a sign."""
    _INSERT.run(tx, address=sign.address, at=sign.at, kind=sign.kind, status=sign.status, ticket_id=ticket_id)


def delete_signs(tx: Tx, address: str) -> int:
    """Forget the signs of an address; how many there were."""
    return _DELETE.run(tx, of_address=address)


def addresses_with_signs(tx: Tx, *, since: datetime, limit: int) -> Sequence[str]:
    """Addresses with a sign since then, in the order of the alphabet: for operators."""
    statement = select(DeliverySignRow.address).where(DeliverySignRow.at > since).distinct()
    return tx.execute(statement.order_by(DeliverySignRow.address).limit(limit)).scalars().all()


def _sign(row: Any) -> DeliverySign:
    return DeliverySign(**row._mapping)
