"""`ticket-gateway held`: mail that was kept back: look at it, let it go on, teach the spam filter."""

import json
import sys
from typing import Any

import click

from gateway.cli.context import load_config
from gateway.cli.documents import show_document
from gateway.cli.failure import No, Wrong
from gateway.cli.held_acts import ACTS
from gateway.cli.held_train import train
from gateway.cli.screen import Column, iso, json_option, say, show_json, show_table
from gateway.cli.stored import open_store
from gateway.pipeline.plan import Action
from gateway.store.marks import HeldMail, count_held, newest_held
from gateway.store.outcomes import Outcome, outcome_of, sources
from gateway.store.spool import load


@click.group()
def held() -> None:
    """Look at mail that was held back, and act on it.

    Held mail is kept whole and is nobody's ticket; its sender has heard nothing.
    """


@held.command("list")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="At most so many.")
@click.option("--spam", "is_spam", is_flag=True, help="Those that were marked as spam, instead of those that wait.")
@json_option
@click.pass_obj
def list_held(config_option: str | None, limit: int, is_spam: bool, as_json: bool) -> None:
    """List held mail that nobody has dealt with, the newest first."""
    with open_store(load_config(config_option)) as opened, opened.reading() as tx:
        found = list(newest_held(tx, limit=limit, spam=is_spam))
        doors = sources(tx, [mail.entry_id for mail in found])
        waiting, spam = count_held(tx)
    rows = [_row(mail, *doors[mail.entry_id]) for mail in found]
    if as_json:
        show_json(rows)
        return
    show_table(
        [
            Column("Entry"),
            Column("From", flexible=True),
            Column("Subject", flexible=True),
            Column("Why", flexible=True),
        ],
        ((row["entry"], (row["from"] or {}).get("address"), row["subject"], row["why"]) for row in rows),
        nothing="No mail is marked as spam." if is_spam else "No mail is held.",
    )
    if rows:
        say(f"\n{waiting} held mails wait for somebody, {spam} are marked as spam.")


@held.command()
@click.argument("entry")
@click.option("--raw", is_flag=True, help="The mail itself, byte for byte, for a file or another program.")
@json_option
@click.pass_obj
def show(config_option: str | None, entry: str, raw: bool, as_json: bool) -> None:
    """Show a held mail: what each stage found, or the mail itself."""
    with open_store(load_config(config_option)) as opened:
        with opened.reading() as tx:
            outcome = outcome_of(tx, entry)
        if outcome is None or outcome.action != Action.HOLD:
            raise No(f"no mail with the entry id {entry} is held")
        mails = load(opened, [entry]) if raw else []
    if raw:
        _show_raw(mails[0].raw if mails else None)
    elif as_json:
        show_json({"entry": entry, "decided_at": iso(outcome.decided_at), **_explanation(outcome)})
    else:
        show_document(_explanation(outcome), entry)


for act in (*ACTS, train):
    held.add_command(act)


def _show_raw(raw: bytes | None) -> None:
    if raw is None:
        raise No("its bytes are no longer kept")
    if sys.stdout.isatty():
        raise Wrong(
            "a stranger's mail may hold what steers a terminal: send it to a file or a program (`… > mail.eml`)"
        )
    sys.stdout.buffer.write(raw)


def _explanation(mail: Outcome | HeldMail) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(mail.explanation) if mail.explanation else {}
    return document


def _row(mail: HeldMail, via: str, source: str) -> dict[str, Any]:
    header = _explanation(mail).get("mail", {})
    return {
        "entry": mail.entry_id,
        "decided_at": iso(mail.held_at),
        "via": via,
        "source": source,
        "from": header.get("from"),
        "subject": header.get("subject", ""),
        "why": mail.why,
    }
