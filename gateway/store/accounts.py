"""SQL for accounts, their addresses and shops (a cache of the webshop's own system), and for agents."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, select, update

from gateway.model import Account, AccountAddress, Agent, Shop
from gateway.store.db import Tx
from gateway.store.schema import AccountAddressRow, AccountRow, AgentRow, ShopRow
from gateway.tokens import canonical_address

# Made once: to make a statement anew for every call takes five times as long as to run it.
_BY_ADDRESS = (
    select(AccountRow.__table__, AccountAddressRow.verified)
    .join(AccountAddressRow, AccountAddressRow.account_id == AccountRow.id)
    .where(AccountAddressRow.address == bindparam("address"))
    .order_by(AccountRow.id)
)
_BY_IDS = (
    select(AccountRow.__table__).where(AccountRow.id.in_(bindparam("ids", expanding=True))).order_by(AccountRow.id)
)
_SHOPS = select(ShopRow.__table__).where(ShopRow.account_id.in_(bindparam("ids", expanding=True))).order_by(ShopRow.id)
_ADDRESSES = (
    select(AccountAddressRow.__table__)
    .where(AccountAddressRow.account_id.in_(bindparam("ids", expanding=True)))
    .order_by(AccountAddressRow.address)
)
_ACTIVE_AGENTS = select(AgentRow.__table__).where(AgentRow.active).order_by(AgentRow.name)


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
    rows = tx.execute(_BY_ADDRESS, {"address": canonical_address(address)}).all()
    return list(zip(_accounts(tx, rows), (row.verified for row in rows), strict=True))


def accounts_by_ids(tx: Tx, ids: Sequence[str]) -> list[Account]:
    """These accounts, as far as they are known, with everything on file, in order of their ids."""
    return _accounts(tx, tx.execute(_BY_IDS, {"ids": ids}).all()) if ids else []


def _accounts(tx: Tx, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[Account]:
    """The accounts of these rows of theirs, with their shops and addresses."""
    if not rows:
        return []
    ids = [row.id for row in rows]
    shops = tx.execute(_SHOPS, {"ids": ids}).all()
    addresses = tx.execute(_ADDRESSES, {"ids": ids}).all()
    return [
        Account(
            id=row.id,
            name=row.name,
            language=row.language,
            phone=row.phone,
            plan=row.plan,
            notes=row.notes,
            shops=tuple(
                Shop(id=shop.id, domain=shop.domain, name=shop.name) for shop in shops if shop.account_id == row.id
            ),
            addresses=tuple(
                AccountAddress(address=entry.address, verified=entry.verified)
                for entry in addresses
                if entry.account_id == row.id
            ),
        )
        for row in rows
    ]


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
    rows = tx.execute(_ACTIVE_AGENTS)
    return [Agent(name=row.name, address=row.address, teams=row.teams, languages=row.languages) for row in rows]
