"""Who is the author? The grades of standing, on both stores."""

from datetime import UTC, datetime

import pytest

from gateway.accounts.sender import Sender, Standing, identify
from gateway.mail.message import Address, Message
from gateway.model import Account, AccountAddress, Shop
from gateway.store.accounts import accounts_by_address, put_accounts
from gateway.store.db import Store

AT = datetime(2026, 9, 1, tzinfo=UTC)
BAKERY = Account(
    id="7",
    name="Bakery",
    language="el",
    shops=(Shop(id="s1", domain="bread.example"),),
    addresses=(
        AccountAddress(address="ann@bread.example", verified=True),
        AccountAddress(address="bob@bread.example", verified=False),
    ),
)
FLORIST = Account(id="8", addresses=(AccountAddress(address="ann@bread.example", verified=True),))


def who_is(store: Store, address: str | None) -> Sender:
    """Look an author up."""
    author = None if address is None else Address(address=address)
    with store.reading() as tx:
        return identify(tx, Message(author=author, author_why="there are two From fields"))


@pytest.fixture
def known(store: Store) -> Store:
    """A store with two accounts that share an address."""
    with store.transaction() as tx:
        put_accounts(tx, [BAKERY, FLORIST], AT)
    return store


def test_a_verified_address_is_s2_on_all_its_accounts(known: Store) -> None:
    """Two accounts with one address: both are told, and none is taken for the one."""
    sender = who_is(known, "Ann@BREAD.example")

    assert sender.standing is Standing.S2
    assert [account.id for account in sender.accounts] == ["7", "8"]
    assert sender.account is None


def test_an_address_on_file_that_is_not_verified_is_s1(known: Store) -> None:
    """It claims an account and proves none."""
    sender = who_is(known, "bob@bread.example")

    assert (sender.standing, sender.accounts) == (Standing.S1, ())
    assert [account.id for account in sender.claimed] == ["7"]


@pytest.mark.parametrize("address", ["eve@evil.example", None])
def test_everybody_else_is_s0(known: Store, address: str | None) -> None:
    """A stranger, and a mail without one valid author."""
    assert who_is(known, address).standing is Standing.S0


def test_importing_again_replaces_what_was_told_before(known: Store) -> None:
    """An address that the source no longer tells is gone, and the rest is there once."""
    with known.transaction() as tx:
        put_accounts(tx, [Account(id="7", addresses=(AccountAddress(address="new@bread.example", verified=True),))], AT)

    assert who_is(known, "new@bread.example").standing is Standing.S2
    assert who_is(known, "bob@bread.example").standing is Standing.S0
    with known.reading() as tx:
        assert [account.id for account, _ in accounts_by_address(tx, "ann@bread.example")] == ["8"]
