"""`ticket-gateway account show`: everything that is known of an account, on one screen."""

from dataclasses import dataclass
from typing import Any

import click

from gateway.accounts.lines import document
from gateway.cli.context import load_config
from gateway.cli.failure import No
from gateway.cli.screen import Column, cell_text, iso, json_option, local_time, show_json, show_panel, show_table
from gateway.cli.stored import open_store
from gateway.cli.ticket import document as ticket_document
from gateway.clock import SystemClock
from gateway.model import Account, Event, Order, Ticket
from gateway.store import accounts as store
from gateway.store import tickets
from gateway.store.account_addresses import AddressOnFile, Basis, account_events, addresses_of
from gateway.store.account_history import Writing, writing_of
from gateway.store.account_sources import source_of
from gateway.store.db import Tx

_WORDS = {
    Basis.SOURCE: "verified",
    Basis.OPERATOR: "verified",
    Basis.LISTED: "not verified",
    Basis.REVOKED: "not verified: revoked",
    Basis.KNOWN: "not verified: known",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """An account and what is known beside what its source says."""

    account: Account
    source: str
    addresses: list[AddressOnFile]
    tickets: list[Ticket]
    writing: Writing
    events: list[Event]


@click.command()
@click.argument("wanted", metavar="ID|ADDRESS")
@click.option("--tickets", "limit", type=click.IntRange(0), default=1000, help="At most so many, the newest.")
@json_option
@click.pass_obj
def show(config_option: str | None, wanted: str, limit: int, as_json: bool) -> None:
    """Show an account by its id, or all that have an address on file.

    With its addresses and who verified them, shops, orders, tickets, and how often it writes.
    """
    with open_store(load_config(config_option)) as opened, opened.reading() as tx:
        found = store.accounts_by_ids(tx, [wanted])
        if not found and "@" in wanted:
            found = [each for each, _ in store.accounts_by_address(tx, wanted)]
        if not found:
            raise No(_missing(tx, wanted))
        overviews = [_overview(tx, each, limit) for each in found]
    if as_json:
        show_json([_whole(each) for each in overviews])
        return
    for each in overviews:
        _show(each)


def _missing(tx: Tx, wanted: str) -> str:
    count = writing_of(tx, wanted, SystemClock().now()).tickets
    if count:
        verb = "names" if count == 1 else "name"
        return (
            f"there is no account {wanted} any more; {_count(count, 'ticket')} {verb} it:"
            f" `ticket list --account {wanted}`"
        )
    return f"there is no account {wanted}, nor one with that address"


def _overview(tx: Tx, account: Account, limit: int) -> Overview:
    return Overview(
        account=account,
        source=source_of(tx, account.id),
        addresses=addresses_of(tx, account.id),
        tickets=tickets.tickets_of_account(tx, account.id, limit=limit),
        writing=writing_of(tx, account.id, SystemClock().now()),
        events=account_events(tx, account.id),
    )


def _whole(found: Overview) -> dict[str, Any]:
    """For tools: the keys of an import file, and more."""
    return document(found.account) | {
        "source": found.source,
        "addresses": [_address(each) for each in found.addresses],
        "tickets": [ticket_document(each) for each in found.tickets],
        "writing": {
            "tickets": found.writing.tickets,
            "mails": found.writing.mails,
            "last_30_days": found.writing.last_30_days,
            "last_365_days": found.writing.last_365_days,
            "last_at": iso(found.writing.last_at),
        },
        "events": [
            {"at": iso(each.at), "kind": each.kind, "actor": each.actor, "detail": each.detail} for each in found.events
        ],
    }


def _address(entry: AddressOnFile) -> dict[str, Any]:
    word = entry.word
    return {
        "address": entry.address,
        "verified": entry.verified,
        "basis": entry.basis.value,
        "source_verified": entry.told,
        "known_since": iso(entry.known_at),
        "operator": word and {"verified": word.verified, "by": word.by, "at": iso(word.at), "reason": word.reason},
    }


def _show(found: Overview) -> None:
    show_panel(f"Account {found.account.id}", _facts(found))
    if found.account.orders:
        columns = [Column("Order"), Column("Shop"), Column("Placed"), Column("Status"), Column("Total", right=True)]
        show_table(columns, map(_order, found.account.orders))
        click.echo()
    show_table(
        [Column("Ticket", right=True), Column("State"), Column("Last touched"), Column("Subject", flexible=True)],
        ((each.id, _state(each), each.updated_at, each.subject) for each in found.tickets),
        nothing="It has no tickets.",
    )


def _facts(found: Overview) -> list[tuple[str, str]]:
    account, writing = found.account, found.writing
    facts = [
        ("Name", account.name),
        ("Language", account.language),
        ("Phone", account.phone),
        ("Plan", account.plan),
        ("Notes", account.notes),
        *(("Shop", f"{shop.domain} ({shop.id}) {shop.name}") for shop in account.shops),
        *(("Address", f"{entry.address} ({_standing(entry)})") for entry in found.addresses),
        ("Source", found.source),
        ("Writes", _writes(writing)),
        *(
            ("Story", f"{local_time(event.at)} {event.kind.replace('_', ' ')}, {event.actor}: {event.detail}")
            for event in found.events
        ),
    ]
    return [(name, cell_text(value).strip()) for name, value in facts if value]


def _standing(entry: AddressOnFile) -> str:
    said = _WORDS[entry.basis]
    if entry.word:
        reason = f": {entry.word.reason}" if entry.word.reason else ""
        said += f" by {entry.word.by}, {local_time(entry.word.at)}{reason}"
    if entry.known_at:
        said += f"; its owner confirmed a mail from it, {local_time(entry.known_at)}"
    return said


def _writes(writing: Writing) -> str:
    if not writing.last_at:
        return "never yet"
    return (
        f"{_count(writing.mails, 'mail')} in {_count(writing.tickets, 'ticket')},"
        f" {writing.last_365_days:,} in the last year, {writing.last_30_days:,} in the last 30 days,"
        f" the last {local_time(writing.last_at)}"
    )


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _order(order: Order) -> tuple[object, ...]:
    return order.number, order.shop_id, order.placed_at, order.status, order.total


def _state(ticket: Ticket) -> str:
    return ticket.state.replace("_", " ") + ("" if ticket.confirmed else " (unconfirmed)")
