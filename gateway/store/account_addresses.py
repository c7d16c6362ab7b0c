"""Why is an address of an account verified, or not? What the source, an operator and mail say, put together.

What must stay true: an operator's word stands above the source's, a refresh never loses it, and nothing that came by
mail makes an address verified. What holds stands in `account_address`, written whenever one of the three changes, so
that a mail reads one table. Whoever changes an address holds its account's row first: a refresh does the same, so on
PostgreSQL neither misses what the other writes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, insert, select, update

from gateway.model import Event
from gateway.store.db import Tx
from gateway.store.schema.account import (
    AccountAddressRow,
    AccountEventRow,
    AccountRow,
    AddressOverrideRow,
    KnownAddressRow,
)
from gateway.tokens import canonical_address

Key = tuple[str, str]
"""Account id and canonical address."""


class Basis(StrEnum):
    """Whose word decides about an address."""

    SOURCE = "source"
    """The account's own system says that it is verified."""
    OPERATOR = "operator"
    """An operator said that it is."""
    LISTED = "listed"
    """The account's own system lists it without having verified it."""
    REVOKED = "revoked"
    """An operator said that it is not, whatever the source says."""
    KNOWN = "known"
    """The account's owner confirmed a mail from it; that verifies nothing."""


VERIFIED = frozenset((Basis.SOURCE, Basis.OPERATOR))


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What an operator said about an address."""

    verified: bool
    by: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressOnFile:
    """An address of an account, with everything that is known about it."""

    address: str
    basis: Basis
    told: bool | None
    """What the source says: verified or not; None where it does not list it."""
    word: Word | None
    known_at: datetime | None
    """When its owner confirmed a mail from it."""

    @property
    def verified(self) -> bool:
        """Does it prove the account?"""
        return self.basis in VERIFIED


def address_rows(tx: Tx, told: Mapping[Key, bool], account_ids: Sequence[str]) -> list[dict[str, Any]]:
    """The rows of `account_address` that these accounts are to have, given what their source tells."""
    words = {
        (row.account_id, row.address): row.verified
        for row in tx.execute(
            select(AddressOverrideRow.__table__).where(AddressOverrideRow.account_id.in_(account_ids))
        )
    }
    known = {
        (row.account_id, row.address)
        for row in tx.execute(select(KnownAddressRow.__table__).where(KnownAddressRow.account_id.in_(account_ids)))
    }
    rows = []
    for key in dict.fromkeys((*told, *words, *known)):
        basis = _basis(told.get(key), words.get(key), key in known)
        if basis:
            rows.append(_row(key, basis, told.get(key)))
    return rows


def verify_address(tx: Tx, account_id: str, address: str, *, by: str, at: datetime, reason: str) -> bool:
    """An operator vouches for the address; False where there is no such account."""
    return _say(tx, account_id, address, Word(verified=True, by=by, at=at, reason=reason))


def revoke_address(tx: Tx, account_id: str, address: str, *, by: str, at: datetime, reason: str) -> bool:
    """From now on the address proves nothing for this account; False where it does not have it on file."""
    if not any(entry.address == canonical_address(address) for entry in addresses_of(tx, account_id)):
        return False
    return _say(tx, account_id, address, Word(verified=False, by=by, at=at, reason=reason))


def reset_address(tx: Tx, account_id: str, address: str, *, by: str, at: datetime) -> bool:
    """Take the operators' word back, so that the source's counts again; False where none was given."""
    key = (account_id, canonical_address(address))
    _hold(tx, account_id)
    if not _forget_word(tx, key):
        return False
    _write(tx, key)
    _note(tx, account_id, at=at, kind="address_reset", actor=by, detail=key[1])
    return True


def add_known_address(tx: Tx, account_id: str, address: str, at: datetime) -> None:
    """The account's owner confirmed a mail from this address: it is known from now on, and never verified by that."""
    key = (account_id, canonical_address(address))
    is_on_file = _hold(tx, account_id)
    found = select(KnownAddressRow.at).where(*_is(KnownAddressRow, key))
    if tx.execute(found).first() is not None:
        return
    tx.execute(insert(KnownAddressRow).values(account_id=key[0], address=key[1], at=at))
    _note(tx, account_id, at=at, kind="address_known", actor="mail", detail=key[1])
    if is_on_file:
        _write(tx, key)


def addresses_of(tx: Tx, account_id: str) -> list[AddressOnFile]:
    """The addresses of an account in their order."""
    held = select(AccountAddressRow.__table__).where(AccountAddressRow.account_id == account_id)
    words = tx.execute(select(AddressOverrideRow.__table__).where(AddressOverrideRow.account_id == account_id))
    known = tx.execute(select(KnownAddressRow.__table__).where(KnownAddressRow.account_id == account_id))
    word_of = {row.address: Word(verified=row.verified, by=row.by, at=row.at, reason=row.reason) for row in words}
    known_since = {row.address: row.at for row in known}
    return [
        AddressOnFile(
            address=row.address,
            basis=Basis(row.basis),
            told=row.told,
            word=word_of.get(row.address),
            known_at=known_since.get(row.address),
        )
        for row in tx.execute(held.order_by(AccountAddressRow.address))
    ]


def account_events(tx: Tx, account_id: str) -> list[Event]:
    """What people did to the account's addresses, from the beginning."""
    rows = tx.execute(
        select(AccountEventRow.at, AccountEventRow.kind, AccountEventRow.actor, AccountEventRow.detail)
        .where(AccountEventRow.account_id == account_id)
        .order_by(AccountEventRow.id)
    )
    return [Event(**row._mapping) for row in rows]


def hold_accounts(tx: Tx, account_ids: Iterable[str]) -> set[str]:
    """Those of these accounts that are on file; nobody else changes them until the transaction ends."""
    found = select(AccountRow.id).where(AccountRow.id.in_(sorted(account_ids))).order_by(AccountRow.id)
    return set(tx.execute(found.with_for_update(key_share=True)).scalars())


def _say(tx: Tx, account_id: str, address: str, word: Word) -> bool:
    key = (account_id, canonical_address(address))
    if not _hold(tx, account_id):
        return False
    _forget_word(tx, key)
    tx.execute(
        insert(AddressOverrideRow).values(
            account_id=key[0], address=key[1], verified=word.verified, by=word.by, at=word.at, reason=word.reason
        )
    )
    _write(tx, key)
    detail = f"{key[1]}: {word.reason}" if word.reason else key[1]
    kind = "address_verified" if word.verified else "address_revoked"
    _note(tx, account_id, at=word.at, kind=kind, actor=word.by, detail=detail)
    return True


def _hold(tx: Tx, account_id: str) -> bool:
    return bool(hold_accounts(tx, [account_id]))


def _forget_word(tx: Tx, key: Key) -> bool:
    return tx.execute(delete(AddressOverrideRow).where(*_is(AddressOverrideRow, key))).rowcount > 0


def _write(tx: Tx, key: Key) -> None:
    """Bring the row of one address up to date."""
    row = tx.execute(select(AccountAddressRow.told).where(*_is(AccountAddressRow, key))).first()
    word = tx.execute(select(AddressOverrideRow.verified).where(*_is(AddressOverrideRow, key))).scalar()
    is_known = tx.execute(select(KnownAddressRow.at).where(*_is(KnownAddressRow, key))).first() is not None
    told = None if row is None else row.told
    basis = _basis(told, word, is_known)
    if basis is None:
        tx.execute(delete(AccountAddressRow).where(*_is(AccountAddressRow, key)))
    elif row is None:
        tx.execute(insert(AccountAddressRow).values(_row(key, basis, told)))
    else:
        tx.execute(update(AccountAddressRow).where(*_is(AccountAddressRow, key)).values(_row(key, basis, told)))


def _basis(told: bool | None, word: bool | None, is_known: bool) -> Basis | None:
    """Whose word decides; None where nobody says anything about the address any more."""
    if word is not None:
        return Basis.OPERATOR if word else Basis.REVOKED
    if told:
        return Basis.SOURCE
    if is_known:
        return Basis.KNOWN
    return None if told is None else Basis.LISTED


def _row(key: Key, basis: Basis, told: bool | None) -> dict[str, Any]:
    return {
        "account_id": key[0],
        "address": key[1],
        "verified": basis in VERIFIED,
        "basis": basis.value,
        "told": told,
    }


def _is(row: Any, key: Key) -> tuple[Any, Any]:
    return row.account_id == key[0], row.address == key[1]


def _note(tx: Tx, account_id: str, *, at: datetime, kind: str, actor: str, detail: str) -> None:
    tx.execute(insert(AccountEventRow).values(account_id=account_id, at=at, kind=kind, actor=actor, detail=detail))
