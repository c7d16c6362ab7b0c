"""The source's word, an operator's and what mail confirmed: who wins, and what outlives what. On both stores."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.accounts.sender import Sender, Standing, identify
from gateway.mail.message import Address, Message
from gateway.model import Account, AccountAddress, Order, Shop
from gateway.store.account_addresses import (
    AddressOnFile,
    Basis,
    Word,
    account_events,
    addresses_of,
    reset_address,
    revoke_address,
    verify_address,
)
from gateway.store.accounts import (
    accounts_by_ids,
    add_known_address,
    put_accounts,
    remove_accounts,
)
from gateway.store.db import Store

AT = datetime(2026, 9, 1, tzinfo=UTC)
LATER = AT + timedelta(days=1)
ANN, BOB = "ann@bread.example", "bob@bread.example"


def bakery(*addresses: tuple[str, bool]) -> Account:
    """The account as its source tells it."""
    entries = tuple(AccountAddress(address=address, verified=verified) for address, verified in addresses)
    return Account(id="7", addresses=entries)


@pytest.fixture
def known(store: Store) -> Store:
    """A store with an account of two addresses, one of them verified."""
    with store.transaction() as tx:
        put_accounts(tx, [bakery((ANN, True), (BOB, False)), Account(id="8")], AT)
    return store


def on_file(store: Store, address: str) -> AddressOnFile | None:
    """What is known of an address of the account."""
    with store.reading() as tx:
        return next((entry for entry in addresses_of(tx, "7") if entry.address == address), None)


def who_is(store: Store, address: str) -> Sender:
    """Look an author up."""
    with store.reading() as tx:
        return identify(tx, Message(author=Address(address=address)))


def refreshed(store: Store, *addresses: tuple[str, bool]) -> None:
    """The source tells its addresses again."""
    with store.transaction() as tx:
        put_accounts(tx, [bakery(*addresses)], LATER)


def test_an_operator_verifies_an_address_and_no_refresh_takes_it_back(known: Store) -> None:
    """Also one that the source does not list, in any spelling; who, when and why stay with it."""
    with known.transaction() as tx:
        assert verify_address(tx, "7", BOB, by="operator kim", at=AT, reason="rang him")
        assert verify_address(tx, "7", "New@BREAD.example", by="operator kim", at=AT, reason="")

    for _ in range(2):
        sender = who_is(known, BOB)
        assert (Standing.S2, ["7"]) == (sender.standing, [account.id for account in sender.accounts])
        assert "an operator verified the address for account 7" == sender.why
        assert Standing.S2 is who_is(known, "new@bread.example").standing
        refreshed(known, (ANN, True), (BOB, False))
    entry = on_file(known, BOB)
    assert entry
    assert (Basis.OPERATOR, False) == (entry.basis, entry.told)
    assert Word(verified=True, by="operator kim", at=AT, reason="rang him") == entry.word


def test_a_revoked_address_proves_nothing_whatever_the_source_says(known: Store) -> None:
    """It stays on file, as not verified; a refresh that tells it as verified changes nothing."""
    with known.transaction() as tx:
        assert revoke_address(tx, "7", ANN, by="operator kim", at=AT, reason="mailbox was broken into")
        assert not revoke_address(tx, "7", "typo@bread.example", by="operator kim", at=AT, reason="")
    refreshed(known, (ANN, True))

    sender = who_is(known, ANN)
    assert (Standing.S1, (), ["7"]) == (sender.standing, sender.accounts, [each.id for each in sender.claimed])
    assert "an operator revoked the address for account 7" == sender.why


def test_a_word_is_taken_back_and_the_source_counts_again(known: Store) -> None:
    """The last word wins; without one the source's holds, and an address that it does not list is gone."""
    with known.transaction() as tx:
        verify_address(tx, "7", "new@bread.example", by="operator kim", at=AT, reason="")
        verify_address(tx, "7", ANN, by="operator kim", at=AT, reason="")
        revoke_address(tx, "7", ANN, by="operator kim", at=LATER, reason="")
        assert reset_address(tx, "7", ANN, by="operator kim", at=LATER)
        assert reset_address(tx, "7", "new@bread.example", by="operator kim", at=LATER)
        assert not reset_address(tx, "7", BOB, by="operator kim", at=LATER)

    assert Standing.S2 is who_is(known, ANN).standing
    assert Standing.S0 is who_is(known, "new@bread.example").standing
    with known.reading() as tx:
        kinds = [event.kind for event in account_events(tx, "7")]
    assert ["address_verified", "address_verified", "address_revoked", "address_reset", "address_reset"] == kinds


def test_a_known_address_outlives_refreshes_and_is_never_verified(known: Store) -> None:
    """Neither one that the source does not list, nor one that it lists; twice is once."""
    with known.transaction() as tx:
        for address in ("Home@ann.example", "home@ann.example", BOB):
            add_known_address(tx, "7", address, AT)
        add_known_address(tx, "not on file", "x@y.example", AT)
    refreshed(known, (ANN, True), (BOB, False))

    for address in ("home@ann.example", BOB):
        sender = who_is(known, address)
        assert (Standing.S1, (), ["7"]) == (sender.standing, sender.accounts, [each.id for each in sender.claimed])
        entry = on_file(known, address)
        assert entry
        assert (Basis.KNOWN, False, AT) == (entry.basis, entry.verified, entry.known_at)
    assert Standing.S0 is who_is(known, "x@y.example").standing
    with known.reading() as tx:
        assert 2 == len(account_events(tx, "7"))


def test_a_known_address_does_not_hide_what_is_stronger(known: Store) -> None:
    """A verified one stays verified, a revoked one revoked."""
    with known.transaction() as tx:
        revoke_address(tx, "7", BOB, by="operator kim", at=AT, reason="")
        add_known_address(tx, "7", BOB, AT)
        add_known_address(tx, "7", ANN, AT)

    assert Standing.S2 is who_is(known, ANN).standing
    assert "an operator revoked the address for account 7" == who_is(known, BOB).why


def test_what_the_source_drops_is_gone(known: Store) -> None:
    """An address is no longer verified or on file; of an account that vanished nothing proves anything."""
    refreshed(known, (BOB, True))
    assert (Standing.S0, Standing.S2) == (who_is(known, ANN).standing, who_is(known, BOB).standing)
    with known.transaction() as tx:
        verify_address(tx, "7", ANN, by="operator kim", at=AT, reason="")
        remove_accounts(tx, ["7"])

    assert [Standing.S0] * 2 == [who_is(known, address).standing for address in (ANN, BOB)]
    with known.transaction() as tx:
        assert not verify_address(tx, "7", ANN, by="operator kim", at=AT, reason="")
    refreshed(known, (BOB, False))
    assert Standing.S2 is who_is(known, ANN).standing, "the operator's word came back with the account"


def test_everything_of_an_account_is_read_as_it_was_put(store: Store) -> None:
    """Shops and addresses in their order, orders newest first, at most twenty."""
    orders = tuple(
        Order(number=f"N{day}", shop_id="s2", placed_at=AT + timedelta(days=day), status="paid", total="9 EUR")
        for day in range(30, 0, -1)
    )
    account = Account(
        id="9",
        name="Ωραία",
        shops=(Shop(id="s1", domain="a.example", name="A"), Shop(id="s2", domain="b.example")),
        addresses=(AccountAddress(address=ANN, verified=True), AccountAddress(address=BOB)),
        orders=(*orders, Order(number="without a date")),
    )
    with store.transaction() as tx:
        put_accounts(tx, [account, Account(id="10", orders=(Order(number="without a date"),))], AT)
        put_accounts(tx, [account], LATER)

    with store.reading() as tx:
        ten, nine = accounts_by_ids(tx, ["9", "10", "none"])
    assert (account.shops, account.addresses, orders[:20]) == (nine.shops, nine.addresses, nine.orders)
    assert (Order(number="without a date"),) == ten.orders
