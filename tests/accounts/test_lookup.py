"""The look-up of an author costs the same with a thousand accounts as with a hundred thousand (I10)."""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert

from gateway.accounts.sender import Standing, identify
from gateway.mail.message import Address, Message
from gateway.model import Account, AccountAddress, Order, Shop
from gateway.store.accounts import put_accounts
from gateway.store.db import Store
from gateway.store.schema.account import AccountAddressRow, AccountRow, ShopRow
from tests import cost
from tests.stores import sqlite_store

AT = datetime(2026, 9, 1, tzinfo=UTC)


def fill(store: Store, first: int, last: int) -> None:
    """Add accounts with an address and a shop each, in bulk."""
    numbers = range(first, last)
    account = {"name": "", "language": "", "phone": "", "plan": "", "notes": "", "updated_at": AT}
    account |= {"source": "import", "digest": ""}
    address = {"verified": True, "basis": "source", "told": True}
    with store.transaction() as tx:
        tx.execute(insert(AccountRow), [account | {"id": f"{number}"} for number in numbers])
        tx.execute(
            insert(AccountAddressRow),
            [address | {"account_id": f"{number}", "address": f"a{number}@x.example"} for number in numbers],
        )
        tx.execute(
            insert(ShopRow),
            [{"account_id": f"{n}", "id": "1", "domain": f"s{n}.example", "name": ""} for n in numbers],
        )


def seconds(store: Store, highest: int) -> float:
    """Processor time of 200 look-ups, spread over all accounts; half of them find nothing."""
    asked = [f"a{number * highest // 100}@x.example" for number in range(100)]
    asked += [f"nobody{number}@x.example" for number in range(100)]
    with store.reading() as tx:

        def look_up() -> None:
            found = [identify(tx, Message(author=Address(address=address))).standing for address in asked]
            assert (100, 100) == (found.count(Standing.S2), found.count(Standing.S0))

        return cost.seconds(look_up)


def test_a_hundred_thousand_accounts_cost_what_a_thousand_do(tmp_path: Path) -> None:
    """Less than three times as much, in the same database before and after it grew."""
    store = sqlite_store(tmp_path / "store.db")
    fill(store, 0, 1000)
    few = seconds(store, 1000)
    fill(store, 1000, 100_000)
    many = seconds(store, 100_000)
    store.close()

    assert many < 3 * few, f"{few * 5:.3f} ms with 1,000 accounts, {many * 5:.3f} ms with 100,000"


def test_an_author_takes_two_statements_however_many_accounts_he_has(tmp_path: Path) -> None:
    """A stranger takes one, and one for earlier tickets."""
    store = sqlite_store(tmp_path / "store.db")
    agency = AccountAddress(address="agency@x.example", verified=True)
    shops = (Shop(id="1", domain="a.example"), Shop(id="2", domain="b.example"))
    accounts = [
        Account(id=f"{number}", addresses=(agency,), shops=shops, orders=(Order(number="N1"),)) for number in range(40)
    ]
    statements: list[str] = []
    with store.transaction() as tx:
        put_accounts(tx, accounts, AT)
    with store.reading() as tx:
        driver = tx.connection.dbapi_connection
        assert driver
        driver.set_trace_callback(statements.append)
        sender = identify(tx, Message(author=Address(address="Agency@x.example")))
        assert 2 == len(statements)
        identify(tx, Message(author=Address(address="nobody@x.example")))
        assert 4 == len(statements)
        driver.set_trace_callback(None)
    store.close()

    assert 40 == len(sender.accounts)
    assert all((shops, (Order(number="N1"),)) == (account.shops, account.orders) for account in sender.accounts)
