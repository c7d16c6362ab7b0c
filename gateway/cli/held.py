"""`ticket-gateway held`: mail that was kept back, and why."""

import json
import sys
from typing import Any

import click

from gateway.cli.context import load_config
from gateway.cli.documents import show_document
from gateway.cli.failure import No, Wrong
from gateway.cli.screen import Column, iso, json_option, show_json, show_table
from gateway.cli.stored import open_store
from gateway.pipeline.plan import Action
from gateway.store.outcomes import Outcome, outcome_of, outcomes_by_action, sources
from gateway.store.spool import load


@click.group()
def held() -> None:
    """Look at mail that was held back.

    Held mail is kept whole and is nobody's ticket; its sender has heard nothing.
    """


@held.command("list")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="At most so many.")
@json_option
@click.pass_obj
def list_held(config_option: str | None, limit: int, as_json: bool) -> None:
    """List held mail, the newest first."""
    with open_store(load_config(config_option)) as opened, opened.reading() as tx:
        found = outcomes_by_action(tx, Action.HOLD, limit=limit)
        doors = sources(tx, [outcome.entry_id for outcome in found])
    rows = [_row(outcome, *doors[outcome.entry_id]) for outcome in found]
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
        nothing="No mail is held.",
    )


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


def _show_raw(raw: bytes | None) -> None:
    if raw is None:
        raise No("its bytes are no longer kept")
    if sys.stdout.isatty():
        raise Wrong(
            "a stranger's mail may hold what steers a terminal: send it to a file or a program (`… > mail.eml`)"
        )
    sys.stdout.buffer.write(raw)


def _explanation(outcome: Outcome) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(outcome.explanation) if outcome.explanation else {}
    return document


def _row(outcome: Outcome, via: str, source: str) -> dict[str, Any]:
    mail = _explanation(outcome).get("mail", {})
    return {
        "entry": outcome.entry_id,
        "decided_at": iso(outcome.decided_at),
        "via": via,
        "source": source,
        "from": mail.get("from"),
        "subject": mail.get("subject", ""),
        "why": outcome.why,
    }
