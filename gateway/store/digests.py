"""SQL for the digests of held mail: which mail has which number in which digest, for good."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, exists, insert, select

from gateway.store.db import Tx
from gateway.store.schema.account import AccountAddressRow, ShopRow
from gateway.store.schema.held import HeldDigestLineRow, HeldDigestRow
from gateway.store.upsert import insert_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A digest that went to the reviewers."""

    id: int
    ref: int
    """The random public reference that its reply addresses carry, 30 bits."""
    day: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestLine:
    """A held mail and its number."""

    number: int
    entry_id: str
    shown: bool = True
    again: bool = False
    """Is it to stand in the next digest, too, while nobody has dealt with it?"""


_DIGEST = select(HeldDigestRow.__table__)
_BY_REF = _DIGEST.where(HeldDigestRow.ref == bindparam("ref"))


def digest_by_ref(tx: Tx, ref: int) -> Digest | None:
    """The digest with this public reference."""
    return _digest(tx.execute(_BY_REF, {"ref": ref}).first())


def newest_digest(tx: Tx) -> Digest | None:
    """The last digest."""
    return _digest(tx.execute(_DIGEST.order_by(HeldDigestRow.id.desc()).limit(1)).first())


def has_digest_of(tx: Tx, day: str) -> bool:
    """Was the digest of this day made?"""
    return tx.execute(select(HeldDigestRow.id).where(HeldDigestRow.day == day)).first() is not None


def newest_shown_digest(tx: Tx) -> Digest | None:
    """The last digest that had a line to show: its numbers are what people have in front of them."""
    has_lines = exists().where(HeldDigestLineRow.digest_id == HeldDigestRow.id, HeldDigestLineRow.shown)
    return _digest(tx.execute(_DIGEST.where(has_lines).order_by(HeldDigestRow.id.desc()).limit(1)).first())


def insert_digest(tx: Tx, *, ref: int, day: str | None, at: datetime, lines: Sequence[DigestLine]) -> Digest | None:
    """Keep a digest with its lines; None where that day has one already."""
    new: Any = insert_of(tx.dialect.name)(HeldDigestRow).values(ref=ref, day=day, at=at)
    made = new.on_conflict_do_nothing(index_elements=[HeldDigestRow.day]).returning(HeldDigestRow.id)
    digest_id = tx.execute(made).scalar_one_or_none()
    if digest_id is None:
        return None
    if lines:
        tx.execute(
            insert(HeldDigestLineRow),
            [
                {
                    "digest_id": digest_id,
                    "number": line.number,
                    "entry_id": line.entry_id,
                    "shown": line.shown,
                    "again": line.again,
                }
                for line in lines
            ],
        )
    return Digest(id=digest_id, ref=ref, day=day, at=at)


def lines_of(tx: Tx, digest_id: int) -> list[DigestLine]:
    """The lines of a digest by their numbers, those for which there was no room among them."""
    columns = [getattr(HeldDigestLineRow, name) for name in DigestLine.__slots__]
    listed = select(*columns).where(HeldDigestLineRow.digest_id == digest_id).order_by(HeldDigestLineRow.number)
    return [DigestLine(**row._mapping) for row in tx.execute(listed)]


def was_listed(tx: Tx, entry_ids: Sequence[str]) -> frozenset[str]:
    """Those of these mails that stood in a digest before."""
    found: set[str] = set()
    for start in range(0, len(entry_ids), 500):
        these = HeldDigestLineRow.entry_id.in_(entry_ids[start : start + 500])
        found.update(tx.execute(select(HeldDigestLineRow.entry_id).where(these)).scalars())
    return frozenset(found)


def domains_on_file(tx: Tx) -> frozenset[str]:
    """The domains of all shops, and of all addresses of accounts: one look at the whole of both tables."""
    found = {domain.lower() for domain in tx.execute(select(ShopRow.domain)).scalars()}
    addresses = tx.execute(select(AccountAddressRow.address).execution_options(yield_per=5000)).scalars()
    found.update(address.rpartition("@")[2].lower() for address in addresses)
    return frozenset(found - {""})


def _digest(row: Any) -> Digest | None:
    return None if row is None else Digest(**row._mapping)
