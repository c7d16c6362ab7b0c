"""`ticket-gateway outbox suppressed`: addresses to which something is not sent, because mail to them came back."""

from typing import Any

import click

from gateway.cli.context import load_config
from gateway.cli.failure import No
from gateway.cli.screen import Column, iso, json_option, say, show_json, show_table
from gateway.cli.stored import open_store
from gateway.clock import SystemClock
from gateway.outbox.suppression import Suppression, list_suppressed, release


@click.group()
def suppressed() -> None:
    """Look at addresses that are not written to, because mail to them came back."""


@suppressed.command("list")
@click.option("--limit", type=click.IntRange(1), default=200, show_default=True, help="At most so many.")
@json_option
@click.pass_obj
def list_addresses(config_option: str | None, limit: int, as_json: bool) -> None:
    """List the addresses, what is not sent to each, until when and why.

    Automatic mail stops with the first sign that a mailbox does not exist, answers with one on another day. Each
    address is written to again after 60 days, or as soon as a proven mail comes from it.
    """
    with open_store(load_config(config_option)) as opened, opened.reading() as tx:
        found = list_suppressed(tx, SystemClock().now(), limit=limit)
    if as_json:
        show_json([document(each) for each in found])
        return
    show_table(
        [Column("Address", flexible=True), Column("Not sent"), Column("Until"), Column("Why", flexible=True)],
        ((each.address, _what(each), each.answers_until or each.until, each.why) for each in found),
        nothing="Every address is written to.",
    )


@suppressed.command("release")
@click.argument("addresses", metavar="ADDRESS...", nargs=-1, required=True)
@json_option
@click.pass_obj
def release_addresses(config_option: str | None, addresses: tuple[str, ...], as_json: bool) -> None:
    """Write to these addresses again; what was said against them is forgotten."""
    with open_store(load_config(config_option)) as opened, opened.transaction() as tx:
        released = [address for address in addresses if release(tx, address, by="operator")]
    if as_json:
        show_json({"released": released})
    else:
        for address in released:
            say(f"{address} is written to again.")
    unknown = [address for address in addresses if address not in released]
    if unknown:
        raise No(f"nothing speaks against {', '.join(unknown)}")


def document(found: Suppression) -> dict[str, Any]:
    """A suppressed address for tools; the keys are a contract."""
    return {
        "address": found.address,
        "automatic_until": iso(found.until),
        "answers_until": iso(found.answers_until),
        "why": found.why,
    }


def _what(found: Suppression) -> str:
    return "automatic mail, answers" if found.answers_until else "automatic mail"
