"""`ticket-gateway account`: the webshop's accounts, as they are cached here."""

from pathlib import Path
from typing import Any

import click

from gateway.cli.context import load_config
from gateway.cli.failure import No
from gateway.cli.screen import Column, cell_text, json_option, say, show_json, show_panel, show_table
from gateway.cli.stored import open_store
from gateway.clock import SystemClock
from gateway.model import Account
from gateway.store import accounts as store

BATCH = 500
"""Accounts of one statement: SQLite takes no more than 32,766 values in one."""


@click.group()
def account() -> None:
    """Read and import the webshop's accounts.

    They belong to the webshop's own system; here is a copy, and no mail ever changes it.
    """


@account.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
@click.pass_obj
def import_accounts(config_option: str | None, file: Path, as_json: bool) -> None:
    """Import accounts from a CSV or JSON Lines file.

    What is on file for the same account ids is replaced; other accounts stay. It is one transaction: a wrong line
    leaves everything as it was.

    CSV has the columns id, name, language, phone, plan, notes, shop_id, shop_domain, shop_name, address, verified, one
    line an address. JSON Lines has one account a line, with "shops" and "addresses" as lists.
    """
    from gateway.accounts.files import read_accounts

    config = load_config(config_option)
    accounts = read_accounts(file)
    with open_store(config) as opened, opened.transaction() as tx:
        for start in range(0, len(accounts), BATCH):
            store.put_accounts(tx, accounts[start : start + BATCH], SystemClock().now())
    counts = {
        "accounts": len(accounts),
        "shops": sum(len(each.shops) for each in accounts),
        "addresses": sum(len(each.addresses) for each in accounts),
        "verified_addresses": sum(address.verified for each in accounts for address in each.addresses),
    }
    if as_json:
        show_json(counts)
        return
    say(
        f"{counts['accounts']:,} accounts with {counts['shops']:,} shops and {counts['addresses']:,} addresses"
        f" ({counts['verified_addresses']:,} verified) are on file now."
    )


@account.command("list")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="At most so many.")
@json_option
@click.pass_obj
def list_accounts(config_option: str | None, limit: int, as_json: bool) -> None:
    """List accounts by their ids."""
    with open_store(load_config(config_option)) as opened, opened.reading() as tx:
        ids = store.account_ids(tx, limit=limit)
        found = [
            each
            for start in range(0, len(ids), BATCH)
            for each in store.accounts_by_ids(tx, ids[start : start + BATCH])
        ]
    if as_json:
        show_json([document(each) for each in found])
        return
    show_table(
        [
            Column("Id"),
            Column("Name", flexible=True),
            Column("Shops", flexible=True),
            Column("Addresses", flexible=True),
        ],
        ((each.id, each.name, _shops(each), _addresses(each)) for each in found),
        nothing="There are no accounts; `ticket-gateway account import FILE` brings some.",
    )


@account.command()
@click.argument("wanted", metavar="ID|ADDRESS")
@json_option
@click.pass_obj
def show(config_option: str | None, wanted: str, as_json: bool) -> None:
    """Show an account by its id, or all that have an address on file."""
    with open_store(load_config(config_option)) as opened, opened.reading() as tx:
        found = store.accounts_by_ids(tx, [wanted])
        if not found and "@" in wanted:
            found = [each for each, _ in store.accounts_by_address(tx, wanted)]
    if not found:
        raise No(f"there is no account {wanted}, nor one with that address")
    if as_json:
        show_json([document(each) for each in found])
        return
    for each in found:
        show_panel(f"Account {each.id}", _facts(each))


def document(found: Account) -> dict[str, Any]:
    """An account for tools; the keys are those of an import file."""
    return {
        "id": found.id,
        "name": found.name,
        "language": found.language,
        "phone": found.phone,
        "plan": found.plan,
        "notes": found.notes,
        "shops": [{"id": shop.id, "domain": shop.domain, "name": shop.name} for shop in found.shops],
        "addresses": [{"address": entry.address, "verified": entry.verified} for entry in found.addresses],
    }


def _facts(found: Account) -> list[tuple[str, str]]:
    facts = [
        ("Name", found.name),
        ("Language", found.language),
        ("Phone", found.phone),
        ("Plan", found.plan),
        ("Notes", found.notes),
        *(("Shop", f"{shop.domain} ({shop.id}) {shop.name}") for shop in found.shops),
        *(("Address", f"{entry.address} ({_standing(entry.verified)})") for entry in found.addresses),
    ]
    return [(name, cell_text(value).strip()) for name, value in facts if value]


def _standing(verified: bool) -> str:
    return "verified" if verified else "not verified"


def _shops(found: Account) -> str:
    return ", ".join(shop.domain for shop in found.shops)


def _addresses(found: Account) -> str:
    return ", ".join(entry.address + ("" if entry.verified else " (not verified)") for entry in found.addresses)
