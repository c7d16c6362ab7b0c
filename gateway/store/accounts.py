"""SQL for accounts, their addresses, shops and orders (a cache of the webshop's own system).

Two statements find everything about all accounts of an address, however many accounts there are (I10).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    delete,
    func,
    insert,
    literal_column,
    null,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import aliased

from gateway.model import Account, AccountAddress, Order, Shop
from gateway.store.account_addresses import VERIFIED, Basis, address_rows, hold_accounts
from gateway.store.account_addresses import add_known_address as add_known_address
from gateway.store.db import Tx
from gateway.store.prepared import Prepared
from gateway.store.schema.account import AccountAddressRow, AccountOrderRow, AccountRow, ShopRow
from gateway.store.types import UtcTime
from gateway.tokens import canonical_address

IMPORTED = "import"
"""The source of accounts that an operator imported from a file by hand."""
BATCH = 500
"""Accounts of one statement: SQLite takes no more than 32,766 values in one."""
MAX_ORDERS = 20
"""Orders that are kept of one account, the newest."""
MAX_SHARING = 3
"""Accounts that may have a shop of the same domain; what more of them have is not the domain of a shop."""

_ADDRESS, _SHOP, _ORDER = 0, 1, 2
_Parts = dict[tuple[str, int], list[Any]]
"""By account and kind."""


def _parts_of(chosen: Callable[[Any], ColumnElement[bool]]) -> Select[*tuple[Any, ...]]:
    """Addresses, shops and orders of accounts as rows of one shape; of those whose ids are chosen by a condition."""
    address = _part(_ADDRESS, AccountAddressRow, a=AccountAddressRow.address, flag=AccountAddressRow.verified)
    shop = _part(_SHOP, ShopRow, a=ShopRow.id, b=ShopRow.domain, c=ShopRow.name)
    order = _part(
        _ORDER,
        AccountOrderRow,
        position=AccountOrderRow.position,
        a=AccountOrderRow.number,
        b=AccountOrderRow.shop_id,
        c=AccountOrderRow.status,
        d=AccountOrderRow.total,
        at=AccountOrderRow.placed_at,
    )
    tables = ((address, AccountAddressRow), (shop, ShopRow), (order, AccountOrderRow))
    # As a sub-select: SQLite sorts the few rows at the end then, not those of each table and all of them again.
    parts = union_all(*(part.where(chosen(table.account_id)) for part, table in tables)).subquery()
    return select(parts).order_by(parts.c.account_id, parts.c.part, parts.c.position, parts.c.a)


def _part(part: int, table: Any, **columns: Any) -> Select[*tuple[Any, ...]]:
    nothing: dict[str, ColumnElement[Any]] = {"position": literal_column("0", Integer)}
    nothing |= {name: literal_column("''", Text) for name in "abcd"}
    nothing |= {"at": cast(null(), UtcTime), "flag": cast(null(), Boolean)}
    given = [columns.get(name, empty).label(name) for name, empty in nothing.items()]
    return select(table.account_id, literal_column(str(part), Integer).label("part"), *given)


_HOLDER = aliased(AccountAddressRow)


def _is_holder(account_id: Any) -> ColumnElement[bool]:
    """An account has an address on file once: as a join, which SQLite does at once, no row comes twice."""
    return and_(_HOLDER.account_id == account_id, _HOLDER.address == bindparam("address"))


_BY_ADDRESS = Prepared(
    select(AccountRow.__table__, AccountAddressRow.basis)
    .join(AccountAddressRow, AccountAddressRow.account_id == AccountRow.id)
    .where(AccountAddressRow.address == bindparam("address"))
    .order_by(AccountRow.id)
)
_PARTS_BY_ADDRESS = Prepared(_parts_of(_is_holder))
_PARTS_BY_IDS = _parts_of(lambda account_id: account_id.in_(bindparam("ids", expanding=True)))
_BY_SHOP_DOMAIN = Prepared(
    select(ShopRow.account_id)
    .where(or_(*(ShopRow.domain == bindparam(name) for name in "abcd")))
    .distinct()
    .limit(MAX_SHARING + 1)
)
_INSERT_ACCOUNT = Prepared(insert(AccountRow))
_UPDATE_ACCOUNT = Prepared(update(AccountRow).where(AccountRow.id == bindparam("account_id")))
_INSERT_ADDRESS = Prepared(insert(AccountAddressRow))
_INSERT_SHOP = Prepared(insert(ShopRow))
_INSERT_ORDER = Prepared(insert(AccountOrderRow))


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """An account that has an address on file, and why the address is verified there or not."""

    account: Account
    basis: Basis


def put_accounts(
    tx: Tx,
    accounts: Sequence[Account],
    at: datetime,
    *,
    source: str = IMPORTED,
    digests: Mapping[str, str] | None = None,
) -> None:
    """Keep accounts as their source tells them now; what it told before about the same ids is replaced.

    `digests` are kept with them (account id → digest), for `known_accounts`.
    """
    for start in range(0, len(accounts), BATCH):
        _put(tx, {account.id: account for account in accounts[start : start + BATCH]}, at, source, digests or {})


def _put(tx: Tx, by_id: Mapping[str, Account], at: datetime, source: str, digests: Mapping[str, str]) -> None:
    known = hold_accounts(tx, by_id)
    _forget_parts(tx, known)
    rows = [
        _account_row(account) | {"updated_at": at, "source": source, "digest": digests.get(account.id, "")}
        for account in by_id.values()
    ]
    _run(tx, _INSERT_ACCOUNT, [row for row in rows if row["id"] not in known])
    _run(tx, _UPDATE_ACCOUNT, [row | {"account_id": row["id"]} for row in rows if row["id"] in known])
    _put_parts(tx, by_id)


def remove_accounts(tx: Tx, account_ids: Sequence[str]) -> None:
    """Forget accounts that vanished from their source; tickets go on naming them."""
    for start in range(0, len(account_ids), BATCH):
        gone = account_ids[start : start + BATCH]
        _forget_parts(tx, hold_accounts(tx, gone))
        tx.execute(delete(AccountRow).where(AccountRow.id.in_(gone)))


def _forget_parts(tx: Tx, account_ids: Iterable[str]) -> None:
    ids = sorted(account_ids)
    for row in (AccountAddressRow, ShopRow, AccountOrderRow) if ids else ():
        tx.execute(delete(row).where(row.account_id.in_(ids)))


def _put_parts(tx: Tx, accounts: Mapping[str, Account]) -> None:
    told: dict[tuple[str, str], bool] = {}
    for account in accounts.values():
        for entry in account.addresses:
            key = (account.id, canonical_address(entry.address))
            told[key] = told.get(key, False) or entry.verified
    _run(tx, _INSERT_ADDRESS, address_rows(tx, told, list(accounts)))
    shops = {(account.id, shop.id): shop for account in accounts.values() for shop in account.shops}
    _run(
        tx,
        _INSERT_SHOP,
        [
            {"account_id": account_id, "id": shop.id, "domain": shop.domain.lower(), "name": shop.name}
            for (account_id, _), shop in shops.items()
        ],
    )
    _run(tx, _INSERT_ORDER, [row for account in accounts.values() for row in _order_rows(account)])


def _account_row(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "name": account.name,
        "language": account.language,
        "phone": account.phone,
        "plan": account.plan,
        "notes": account.notes,
    }


def _order_rows(account: Account) -> list[dict[str, Any]]:
    return [
        {
            "account_id": account.id,
            "position": position,
            "number": order.number,
            "shop_id": order.shop_id,
            "placed_at": order.placed_at,
            "status": order.status,
            "total": order.total,
        }
        for position, order in enumerate(account.orders[:MAX_ORDERS])
    ]


def _run(tx: Tx, statement: Prepared, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        statement.run_many(tx, rows)


def holders_of(tx: Tx, address: str) -> list[Holder]:
    """The accounts that have this address on file, in order of their ids."""
    canonical = canonical_address(address)
    rows = _BY_ADDRESS.all(tx, address=canonical)
    if not rows:
        return []
    parts = _grouped(_PARTS_BY_ADDRESS.all(tx, address=canonical))
    return [Holder(account=_account(row, parts), basis=Basis(row.basis)) for row in rows]


def accounts_by_address(tx: Tx, address: str) -> list[tuple[Account, bool]]:
    """The accounts that have this address on file, each with: is the address verified there?"""
    return [(holder.account, holder.basis in VERIFIED) for holder in holders_of(tx, address)]


def accounts_by_ids(tx: Tx, ids: Sequence[str]) -> list[Account]:
    """These accounts, as far as they are known, with everything on file, in order of their ids."""
    if not ids:
        return []
    rows = tx.execute(select(AccountRow.__table__).where(AccountRow.id.in_(ids)).order_by(AccountRow.id)).all()
    parts = _grouped(tx.execute(_PARTS_BY_IDS, {"ids": list(ids)}))
    return [_account(row, parts) for row in rows]


def accounts_by_shop_domains(tx: Tx, domains: Sequence[str]) -> list[Account]:
    """The accounts with a shop of exactly one of these domains, `www.` aside, in order of their ids.

    The domains are as `spelling.host` makes them. A domain that more than `MAX_SHARING` accounts have is nobody's.
    """
    ids: set[str] = set()
    for domain in domains:
        plain = canonical_address(f"@{domain}").removeprefix("@")
        spelled = (domain, f"www.{domain}", plain, f"www.{plain}")
        holders = {row.account_id for row in _BY_SHOP_DOMAIN.all(tx, **dict(zip("abcd", spelled, strict=True)))}
        ids |= holders if len(holders) <= MAX_SHARING else set()
    return accounts_by_ids(tx, sorted(ids))


def _grouped(parts: Iterable[Any]) -> _Parts:
    found: _Parts = {}
    for row in parts:
        found.setdefault((row.account_id, row.part), []).append(row)
    return found


def _account(row: Any, parts: _Parts) -> Account:
    """The account of this row, with its addresses, shops and orders."""
    shops, addresses, orders = (parts.get((row.id, part), ()) for part in (_SHOP, _ADDRESS, _ORDER))
    return Account(
        id=row.id,
        name=row.name,
        language=row.language,
        phone=row.phone,
        plan=row.plan,
        notes=row.notes,
        shops=tuple(Shop(id=part.a, domain=part.b, name=part.c) for part in shops),
        addresses=tuple(AccountAddress(address=part.a, verified=bool(part.flag)) for part in addresses),
        orders=tuple(
            Order(number=part.a, shop_id=part.b, placed_at=part.at, status=part.c, total=part.d) for part in orders
        ),
    )


def account_ids(tx: Tx, *, limit: int, text: str = "", domain: str = "", address: str = "") -> list[str]:
    """The ids of accounts in order: those with `text` in their id, name, phone, plan or notes; with a shop of this
    domain or below it; with this address on file.

    BUGS: SQLite folds the case of ASCII letters only.
    """
    found = select(AccountRow.id).order_by(AccountRow.id).limit(limit)
    if text:
        columns = (AccountRow.id, AccountRow.name, AccountRow.phone, AccountRow.plan, AccountRow.notes)
        found = found.where(or_(*(_holds(column, text) for column in columns)))
    if domain:
        wanted = domain.lower()
        of_shop = or_(ShopRow.domain == wanted, ShopRow.domain.endswith(f".{wanted}", autoescape=True))
        found = found.where(AccountRow.id.in_(select(ShopRow.account_id).where(of_shop)))
    if address:
        on_file = AccountAddressRow.address == canonical_address(address)
        found = found.where(AccountRow.id.in_(select(AccountAddressRow.account_id).where(on_file)))
    return list(tx.execute(found).scalars())


def _holds(column: Any, text: str) -> ColumnElement[bool]:
    return func.lower(column).contains(text.lower(), autoescape=True)
