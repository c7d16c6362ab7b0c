"""`ticket-gateway account import`: accounts from a file, by hand."""

from collections.abc import Sequence
from pathlib import Path

import click

from gateway.cli.account_bar import AccountBar
from gateway.cli.context import load_config
from gateway.cli.failure import No
from gateway.cli.screen import json_option, say, show_json
from gateway.cli.stored import open_store
from gateway.clock import SystemClock
from gateway.model import Account
from gateway.store import accounts as store
from gateway.store.account_sources import forget_versions, known_accounts
from gateway.store.db import Tx


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--whole", is_flag=True, help="The file has all accounts: those imported before that it lacks go.")
@click.option("--force", is_flag=True, help="With --whole, also if less than half of them would be left.")
@json_option
@click.pass_obj
def import_accounts(config_option: str | None, file: Path, whole: bool, force: bool, as_json: bool) -> None:
    """Import accounts from a CSV or JSON Lines file.

    What is on file for the same account ids is replaced; other accounts stay, unless --whole is given. It is one
    transaction: a wrong line leaves everything as it was.

    CSV has the columns id, name, language, phone, plan, notes, shop_id, shop_domain, shop_name, address, verified,
    order_number, order_shop, order_placed_at, order_status, order_total, one line an address. JSON Lines has one
    account a line, with "shops", "addresses" and "orders" as lists.
    """
    from gateway.accounts.files import read_accounts

    config = load_config(config_option)
    accounts = read_accounts(file)
    with open_store(config) as opened, AccountBar("Importing") as bar, opened.transaction() as tx:
        bar.read(len(accounts))
        removed = _remove_others(tx, accounts, force=force) if whole else 0
        for start in range(0, len(accounts), store.BATCH):
            store.put_accounts(tx, accounts[start : start + store.BATCH], SystemClock().now())
            bar.written(min(start + store.BATCH, len(accounts)), len(accounts))
        forget_versions(tx)  # a configured source has the last word about its accounts
    counts = {
        "accounts": len(accounts),
        "shops": sum(len(each.shops) for each in accounts),
        "addresses": sum(len(each.addresses) for each in accounts),
        "verified_addresses": sum(address.verified for each in accounts for address in each.addresses),
        "orders": sum(len(each.orders) for each in accounts),
        "removed": removed,
    }
    if as_json:
        show_json(counts)
        return
    gone = f" {removed:,} that were imported before are gone." if removed else ""
    say(
        f"{counts['accounts']:,} accounts with {counts['shops']:,} shops and {counts['addresses']:,} addresses"
        f" ({counts['verified_addresses']:,} verified) are on file now.{gone}"
    )


def _remove_others(tx: Tx, accounts: Sequence[Account], *, force: bool) -> int:
    """Forget what was imported before and is not in the file; refuses to lose most of it."""
    imported = {key for key, known in known_accounts(tx).items() if known.source == store.IMPORTED}
    gone = sorted(imported - {account.id for account in accounts})
    if 2 * len(gone) > len(imported) and not force:
        raise No(f"{len(gone):,} of {len(imported):,} imported accounts would be gone; --force does it")
    store.remove_accounts(tx, gone)
    return len(gone)
