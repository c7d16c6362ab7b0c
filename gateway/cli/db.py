"""`ticket-gateway db`: the schema of the database."""

import click

from gateway.cli.context import load_config
from gateway.cli.screen import json_option, say, show_json
from gateway.cli.stored import store_file
from gateway.store.claims import owner_name
from gateway.store.db import Store
from gateway.store.migrate import HEAD
from gateway.store.migrate import upgrade as upgrade_schema


@click.group()
def db() -> None:
    """Look after the database."""


@db.command()
@json_option
@click.pass_obj
def upgrade(config_option: str | None, as_json: bool) -> None:
    """Bring the tables to what this program needs.

    Makes them where the database is empty. It is one transaction: it happens or it does not. Take a backup first; there
    is no way back to an older schema.
    """
    config = load_config(config_option)
    file = store_file(config)
    if file:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    store = Store(config.store_url, owner_name())
    try:
        before = upgrade_schema(store)
    finally:
        store.close()
    if as_json:
        show_json({"before": before, "after": HEAD})
    elif before == HEAD:
        say(f"The schema is {HEAD} already; nothing was to be done.")
    else:
        say(f"The schema is {HEAD} now (before: {before or 'none'}).")
