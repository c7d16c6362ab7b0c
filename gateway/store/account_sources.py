"""SQL for the sources of accounts: which accounts are whose, and how each source did last."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, insert, or_, select, update

from gateway.store.accounts import IMPORTED
from gateway.store.db import Tx
from gateway.store.schema.account import AccountAddressRow, AccountRow, AccountSourceRow, ShopRow


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """How a source did at its last refreshes."""

    name: str
    tried_at: datetime
    succeeded_at: datetime | None = None
    failing_since: datetime | None = None
    error: str = ""
    """Why the last one failed; "" where it did not."""
    accounts: int = 0
    """How many it had at the last success."""
    remark: str = ""
    """What was left out then, in words."""
    version: str = ""
    """With which configuration it was read, and what it called its contents; "" where it must be read again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is kept of an account beside its data."""

    source: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much a source tells, or told."""

    accounts: int
    shops: int
    verified: int
    """Addresses that are verified by its word."""


def source_states(tx: Tx) -> list[SourceState]:
    """How each source did, by name; also of those that are not configured any more."""
    rows = tx.execute(select(AccountSourceRow.__table__).order_by(AccountSourceRow.name))
    return [SourceState(**row._mapping) for row in rows]


def source_state(tx: Tx, name: str) -> SourceState | None:
    """How this source did; None where it was never tried."""
    return next((state for state in source_states(tx) if state.name == name), None)


def put_source_state(tx: Tx, state: SourceState) -> None:
    """Keep how a source did."""
    values = {name: getattr(state, name) for name in SourceState.__slots__}
    if not tx.execute(update(AccountSourceRow).where(AccountSourceRow.name == state.name).values(values)).rowcount:
        tx.execute(insert(AccountSourceRow).values(values))


def forget_versions(tx: Tx) -> None:
    """Accounts changed without their sources: each is read again, even if nothing changed there."""
    tx.execute(update(AccountSourceRow).values(version=""))


def known_accounts(tx: Tx) -> Mapping[str, Known]:
    """Every account on file, by its id."""
    rows = tx.execute(select(AccountRow.id, AccountRow.source, AccountRow.digest))
    return {row.id: Known(source=row.source, digest=row.digest) for row in rows}


def source_of(tx: Tx, account_id: str) -> str:
    """The source of an account, "" where it is not on file."""
    return tx.execute(select(AccountRow.source).where(AccountRow.id == account_id)).scalar() or ""


def accounts_of_sources(tx: Tx) -> dict[str, int]:
    """How many accounts are on file of each source, imported ones too."""
    rows = tx.execute(select(AccountRow.source, func.count()).group_by(AccountRow.source))
    return {source: count for source, count in rows}  # noqa: C416  # rows are no pairs for the type checker


def size_of(tx: Tx, source: str, others: Collection[str]) -> Size:
    """How much is on file of a source and of those that are not configured any more (neither in `others`)."""
    mine = is_of(source, others)
    accounts = select(AccountRow.id).where(mine)
    return Size(
        accounts=tx.execute(select(func.count()).select_from(AccountRow).where(mine)).scalar_one(),
        shops=tx.execute(select(func.count()).where(ShopRow.account_id.in_(accounts))).scalar_one(),
        verified=tx.execute(
            select(func.count()).where(AccountAddressRow.told.is_(True), AccountAddressRow.account_id.in_(accounts))
        ).scalar_one(),
    )


def is_of(source: str, others: Collection[str]) -> ColumnElement[bool]:
    """Accounts that a refresh of `source` may remove: its own, and those of no configured source."""
    return or_(AccountRow.source == source, AccountRow.source.not_in([*others, IMPORTED]))
