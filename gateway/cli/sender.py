"""`ticket-gateway sender`: what became of an address's earlier mail, and whether its new mail is held for now."""

from typing import Any

import click

from gateway.cli.context import load_config
from gateway.cli.failure import No
from gateway.cli.screen import Column, iso, json_option, say, show_json, show_table
from gateway.cli.stored import open_store
from gateway.clock import SystemClock
from gateway.model import SenderHistory
from gateway.store.history import end_burst, histories
from gateway.tokens import canonical_address


@click.group()
def sender() -> None:
    """See what is known of a sender, and let his mail in again.

    Only what was proven to be his is counted. A customer's address that writes very many new mails within an hour has
    them held for a while; his answers in tickets go on.
    """


@sender.command()
@click.argument("address")
@json_option
@click.pass_obj
def show(config_option: str | None, address: str, as_json: bool) -> None:
    """Show the history of an address and of its domain."""
    keys = (_key(address), f"domain {_key(address).rpartition('@')[2]}")
    with open_store(load_config(config_option)) as opened, opened.reading() as tx:
        found = histories(tx, keys)
    if as_json:
        show_json([_row(history) for history in found])
        return
    columns = [Column("Sender", flexible=True)]
    columns += [Column(name, right=True) for name in ("Taken", "Answered", "Released", "Spam")]
    show_table(
        [*columns, Column("Held until")],
        (
            (each.key, each.accepted, each.answered, each.released, each.spam, row["held_until"] or "")
            for each in found
            if (row := _row(each))
        ),
        nothing="Nothing is known of it.",
    )


@sender.command()
@click.argument("address")
@click.pass_obj
def resume(config_option: str | None, address: str) -> None:
    """Let new mail of an address open tickets again, at once.

    What was held meanwhile stays held: `held list` shows it, `held release` lets it go on.
    """
    with open_store(load_config(config_option)) as opened, opened.transaction() as tx:
        is_known = end_burst(tx, _key(address))
    if not is_known:
        raise No(f"nothing is known of {address}: its new mail is not held for being too much")
    say(f"New mail of {address} opens tickets again.")


def _key(address: str) -> str:
    return f"address {canonical_address(address)}"


def _row(history: SenderHistory) -> dict[str, Any]:
    is_held = history.held_until is not None and history.held_until > SystemClock().now()
    return {
        "key": history.key,
        "accepted": history.accepted,
        "answered": history.answered,
        "released": history.released,
        "spam": history.spam,
        "first_at": iso(history.first_at),
        "last_at": iso(history.last_at),
        "held_until": iso(history.held_until) if is_held and history.held_until else None,
    }
