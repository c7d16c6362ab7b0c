"""SQL for accounts, their addresses and shops (a cache of the webshop's own system), and for agents."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from gateway.model import Account, AccountAddress, Agent, Shop
from gateway.store.db import Tx
from gateway.store.prepared import Prepared
from gateway.store.schema import AccountAddressRow, AccountRow, AgentRow, ShopRow
from gateway.tokens import canonical_address

_BY_ADDRESS = Prepared(
    select(AccountRow.__table__, AccountAddressRow.verified)
    .join(AccountAddressRow, AccountAddressRow.account_id == AccountRow.id)
    .where(AccountAddressRow.address == bindparam("address"))
    .order_by(AccountRow.id)
)
_SHOPS = Prepared(
    select(ShopRow.id, ShopRow.domain, ShopRow.name)
    .where(ShopRow.account_id == bindparam("account_id"))
    .order_by(ShopRow.id)
)
_ADDRESSES = Prepared(
    select(AccountAddressRow.address, AccountAddressRow.verified)
    .where(AccountAddressRow.account_id == bindparam("account_id"))
    .order_by(AccountAddressRow.address)
)
_ACTIVE_AGENTS = Prepared(select(AgentRow.__table__).where(AgentRow.active).order_by(AgentRow.name))


def put_accounts(tx: Tx, accounts: Sequence[Account], at: datetime) -> None:
    """Keep accounts as their source tells them now; what it told before about the same ids is replaced."""
    ids = [account.id for account in accounts]
    if not ids:
        return
    for row in (AccountAddressRow, ShopRow):
        tx.execute(delete(row).where(row.account_id.in_(ids)))
    known = set(tx.execute(select(AccountRow.id).where(AccountRow.id.in_(ids))).scalars())
    for account in accounts:
        values = {
            "name": account.name,
            "language": account.language,
            "phone": account.phone,
            "plan": account.plan,
            "notes": account.notes,
            "updated_at": at,
        }
        if account.id in known:
            tx.execute(update(AccountRow).where(AccountRow.id == account.id).values(values))
        else:
            tx.execute(insert(AccountRow).values(id=account.id, **values))
            known.add(account.id)
    addresses = {
        (account.id, canonical_address(entry.address)): entry.verified
        for account in accounts
        for entry in account.addresses
    }
    if addresses:
        tx.execute(
            insert(AccountAddressRow),
            [{"account_id": key[0], "address": key[1], "verified": verified} for key, verified in addresses.items()],
        )
    shops = {(account.id, shop.id): shop for account in accounts for shop in account.shops}
    if shops:
        tx.execute(
            insert(ShopRow),
            [
                {"account_id": key[0], "id": shop.id, "domain": shop.domain.lower(), "name": shop.name}
                for key, shop in shops.items()
            ],
        )


def accounts_by_address(tx: Tx, address: str) -> list[tuple[Account, bool]]:
    """The accounts that have this address on file, each with: is the address verified there?"""
    rows = _BY_ADDRESS.all(tx, address=canonical_address(address))
    return [(_account(tx, row), row.verified) for row in rows]


def accounts_by_ids(tx: Tx, ids: Sequence[str]) -> list[Account]:
    """These accounts, as far as they are known, with everything on file, in order of their ids."""
    if not ids:
        return []
    rows = tx.execute(select(AccountRow.__table__).where(AccountRow.id.in_(ids)).order_by(AccountRow.id)).all()
    return [_account(tx, row) for row in rows]


def _account(tx: Tx, row: Any) -> Account:
    """The account of this row, with its shops and addresses."""
    return Account(
        id=row.id,
        name=row.name,
        language=row.language,
        phone=row.phone,
        plan=row.plan,
        notes=row.notes,
        shops=tuple(Shop(id=shop.id, domain=shop.domain, name=shop.name) for shop in _SHOPS.all(tx, account_id=row.id)),
        addresses=tuple(
            AccountAddress(address=entry.address, verified=entry.verified)
            for entry in _ADDRESSES.all(tx, account_id=row.id)
        ),
    )


def account_ids(tx: Tx, *, limit: int) -> list[str]:
    """The ids of accounts, in order."""
    return list(tx.execute(select(AccountRow.id).order_by(AccountRow.id).limit(limit)).scalars())


def put_agents(tx: Tx, agents: Iterable[Agent]) -> None:
    """Keep the agents as the configuration names them; the others stay in the records but may do nothing."""
    tx.execute(update(AgentRow).values(active=False))
    known = set(tx.execute(select(AgentRow.address)).scalars())
    for agent in agents:
        address = canonical_address(agent.address)
        values = {"name": agent.name, "teams": agent.teams, "languages": agent.languages, "active": True}
        if address in known:
            tx.execute(update(AgentRow).where(AgentRow.address == address).values(values))
        else:
            tx.execute(insert(AgentRow).values(address=address, **values))


def active_agents(tx: Tx) -> list[Agent]:
    """The agents who may act now, by name."""
    rows = _ACTIVE_AGENTS.all(tx)
    return [Agent(name=row.name, address=row.address, teams=row.teams, languages=row.languages) for row in rows]
