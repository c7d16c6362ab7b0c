"""`ticket-gateway account address`: an operator's word about an address, above what the account's own system says."""

from collections.abc import Callable

import click

from gateway import events
from gateway.accounts.record import is_address
from gateway.cli.account_log import logged
from gateway.cli.context import load_config, operator
from gateway.cli.failure import No, Wrong
from gateway.cli.screen import json_option, say, show_json
from gateway.cli.stored import open_store
from gateway.clock import SystemClock
from gateway.store import account_addresses as store
from gateway.store.accounts import accounts_by_ids
from gateway.store.db import Tx
from gateway.tokens import canonical_address

Act = Callable[[Tx], None]
ACCOUNT = click.argument("account_id", metavar="ACCOUNT")
ADDRESS = click.argument("address_text", metavar="ADDRESS")
REASON = click.option("--reason", default="", metavar="TEXT", help="Why; stands in `account show`.")


@click.group()
def address() -> None:
    """Verify an address of an account, revoke it, or leave it to its source.

    What is said here outlives every refresh and import, and stands above what they say. Mail of a verified address
    that is proven to come from it counts as the account owner's.
    """


@address.command()
@ACCOUNT
@ADDRESS
@REASON
@json_option
@click.pass_obj
def verify(config_option: str | None, account_id: str, address_text: str, reason: str, as_json: bool) -> None:
    """Vouch for an address: it belongs to the account's owner.

    Only after you made sure of it by another way than mail: an address is not proven by who writes from it.
    """
    if not is_address(address_text):
        raise Wrong(f"{address_text} is no mail address")

    def act(tx: Tx) -> None:
        at = SystemClock().now()
        store.verify_address(tx, account_id, address_text, by=operator(), at=at, reason=reason)

    _act(config_option, account_id, address_text, act, "verified", as_json)


@address.command()
@ACCOUNT
@ADDRESS
@REASON
@json_option
@click.pass_obj
def revoke(config_option: str | None, account_id: str, address_text: str, reason: str, as_json: bool) -> None:
    """Let an address prove nothing any more, whatever the account's own system says.

    For a mailbox that was broken into, or one that changed hands.
    """

    def act(tx: Tx) -> None:
        at = SystemClock().now()
        if not store.revoke_address(tx, account_id, address_text, by=operator(), at=at, reason=reason):
            raise No(f"account {account_id} does not have {address_text} on file")

    _act(config_option, account_id, address_text, act, "revoked", as_json)


@address.command()
@ACCOUNT
@ADDRESS
@json_option
@click.pass_obj
def reset(config_option: str | None, account_id: str, address_text: str, as_json: bool) -> None:
    """Take back what operators said about an address: its source's word counts again."""

    def act(tx: Tx) -> None:
        if not store.reset_address(tx, account_id, address_text, by=operator(), at=SystemClock().now()):
            raise No(f"no operator said anything about {address_text} of account {account_id}")

    _act(config_option, account_id, address_text, act, "reset", as_json)


def _act(config_option: str | None, account_id: str, text: str, act: Act, change: str, as_json: bool) -> None:
    config = load_config(config_option)
    with open_store(config) as opened, opened.transaction() as tx:
        if not accounts_by_ids(tx, [account_id]):
            raise No(f"there is no account {account_id}")
        act(tx)
        canonical = canonical_address(text)
        found = next((each for each in store.addresses_of(tx, account_id) if each.address == canonical), None)
    with logged(config):
        events.account_address_changed(account=account_id, change=change, by=operator())
    verified = bool(found and found.verified)
    if as_json:
        basis = found.basis.value if found else None
        show_json({"account": account_id, "address": canonical, "verified": verified, "basis": basis})
        return
    now = "is verified" if verified else "is not verified" if found else "is not on file"
    say(f"{canonical} {now} for account {account_id} now.")
