"""`ticket-gateway account`: the webshop's accounts, as they are cached here."""

import click

from gateway.accounts.lines import document
from gateway.cli.account_address import address
from gateway.cli.account_import import import_accounts
from gateway.cli.account_show import show
from gateway.cli.account_source import refresh, sources
from gateway.cli.context import load_config
from gateway.cli.screen import Column, json_option, show_json, show_table
from gateway.cli.stored import open_store
from gateway.model import Account
from gateway.store import accounts as store


@click.group()
def account() -> None:
    """Read and import the webshop's accounts.

    They belong to the webshop's own system; here is a copy, and no mail ever changes it.
    """


@account.command("list")
@click.option("--text", default="", help="Only those with this in their id, name, phone, plan or notes.")
@click.option("--domain", default="", help="Only those with a shop of this domain, or below it.")
@click.option("--address", "on_file", default="", help="Only those with this address on file.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="At most so many.")
@json_option
@click.pass_obj
def list_accounts(config_option: str | None, text: str, domain: str, on_file: str, limit: int, as_json: bool) -> None:
    """List accounts by their ids."""
    with open_store(load_config(config_option)) as opened, opened.reading() as tx:
        ids = store.account_ids(tx, limit=limit, text=text, domain=domain, address=on_file)
        found = [
            each
            for start in range(0, len(ids), store.BATCH)
            for each in store.accounts_by_ids(tx, ids[start : start + store.BATCH])
        ]
    if as_json:
        show_json([document(each) for each in found])
        return
    is_filtered = text or domain or on_file
    show_table(
        [
            Column("Id"),
            Column("Name", flexible=True),
            Column("Shops", flexible=True),
            Column("Addresses", flexible=True),
        ],
        ((each.id, each.name, _shops(each), _addresses(each)) for each in found),
        nothing="There are no such accounts."
        if is_filtered
        else "There are no accounts; `ticket-gateway account import FILE` brings some.",
    )


for command in (show, import_accounts, refresh, sources, address):
    account.add_command(command)


def _shops(found: Account) -> str:
    return ", ".join(shop.domain for shop in found.shops)


def _addresses(found: Account) -> str:
    return ", ".join(entry.address + ("" if entry.verified else " (not verified)") for entry in found.addresses)
