"""`ticket-gateway outbox`: mail that is to leave."""

from typing import Any

import click

from gateway.cli.context import load_config
from gateway.cli.failure import No
from gateway.cli.outbox_suppressed import suppressed
from gateway.cli.queries import ended_mails
from gateway.cli.screen import Column, cell_text, iso, json_option, say, show_json, show_table
from gateway.cli.stored import open_store
from gateway.clock import SystemClock
from gateway.outbox.listing import QueuedMail, list_queued, retry_now
from gateway.store.outbox import OutboxMail

Listed = QueuedMail | OutboxMail
"""A mail that waits, or one that ended."""


@click.group()
def outbox() -> None:
    """Look at mail that is to leave."""


outbox.add_command(suppressed)


@outbox.command("list")
@click.option(
    "--state",
    type=click.Choice(["queued", "sent", "failed", "cancelled"]),
    default="queued",
    show_default=True,
    help="queued: longest due first; the others: newest first.",
)
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="At most so many.")
@json_option
@click.pass_obj
def list_mails(config_option: str | None, state: str, limit: int, as_json: bool) -> None:
    """List outgoing mail, with what the next server said last."""
    with open_store(load_config(config_option)) as opened, opened.reading() as tx:
        waiting: list[QueuedMail] = list_queued(tx, limit=limit) if state == "queued" else []
        ended: list[OutboxMail] = ended_mails(tx, state, limit=limit) if state != "queued" else []
    found: list[Listed] = [*waiting, *ended]
    if as_json:
        show_json([document(mail) for mail in found])
        return
    show_table(
        [
            Column("Id", right=True),
            Column("Ticket", right=True),
            Column("Recipient", flexible=True),
            Column("Tries", right=True),
            Column("Next try" if state == "queued" else "Ended"),
            Column("Last answer", flexible=True),
        ],
        (
            (mail.id, mail.ticket_id, mail.recipient, mail.tries, _when(mail), _answer(mail) or _waits(mail))
            for mail in found
        ),
        nothing=f"There is no {state} mail.",
    )


@outbox.command()
@click.argument("ids", metavar="ID...", nargs=-1, type=int)
@click.option("--all", "all_mails", is_flag=True, help="All that are queued.")
@json_option
@click.pass_obj
def retry(config_option: str | None, ids: tuple[int, ...], all_mails: bool, as_json: bool) -> None:
    """Let queued mail be tried now instead of at its time.

    A mail that failed for good is not sent again: answer its ticket anew.
    """
    if bool(ids) == all_mails:
        raise click.UsageError("name the mails by their ids, or all of them by --all")
    with open_store(load_config(config_option)) as opened, opened.transaction() as tx:
        count = retry_now(tx, ids, SystemClock().now())
    if as_json:
        show_json({"retried": count})
    else:
        say(f"{count} mails are due now.")
    if ids and not count:
        raise No("none of these mails waits for a later try")


def document(mail: Listed) -> dict[str, Any]:
    """An outgoing mail for tools; the keys are a contract."""
    is_queued = isinstance(mail, QueuedMail)
    return {
        "id": mail.id,
        "state": "queued" if isinstance(mail, QueuedMail) else mail.state,
        "message_id": mail.message_id,
        "ticket": mail.ticket_id,
        "recipient": mail.recipient,
        "created_at": iso(mail.created_at),
        "tries": mail.tries,
        "next_try_at": iso(mail.next_try_at) if is_queued else None,
        "done_at": None if isinstance(mail, QueuedMail) else iso(mail.done_at),
        "last_code": mail.last_code,
        "last_text": mail.last_text or "",
    }


def _when(mail: Listed) -> object:
    return mail.next_try_at if isinstance(mail, QueuedMail) else mail.done_at


def _waits(mail: Listed) -> str:
    """Nothing was tried yet, and it was to be so: an agent may still take it back."""
    is_held = isinstance(mail, QueuedMail) and mail.tries == 0 and mail.next_try_at > mail.created_at
    return f"leaves at {cell_text(mail.next_try_at)}" if isinstance(mail, QueuedMail) and is_held else ""


def _answer(mail: Listed) -> str:
    text = mail.last_text or ""
    # What a server said by SMTP begins with its code already.
    return text if mail.last_code is None or text.startswith(str(mail.last_code)) else f"{mail.last_code} {text}"
