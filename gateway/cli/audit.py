"""`ticket-gateway audit`: what came in, what became of it, and whether the two agree (I2)."""

from collections import Counter
from typing import Any

import click

from gateway.cli.context import load_config
from gateway.cli.failure import No
from gateway.cli.queries import outbox_states
from gateway.cli.screen import Column, json_option, say, show_json, show_table
from gateway.cli.stored import open_store
from gateway.store.outcomes import Balance, balance

LINES = (
    ("tickets_opened", "tickets opened", ("open", "open_unconfirmed")),
    ("articles_added", "articles added", ("append", "append_unconfirmed")),
    ("commands", "agents' answers and commands", ("commands",)),
    ("held", "held", ("hold",)),
    ("recorded", "recorded (bounces, auto-replies, reports)", ("record",)),
    ("duplicates", "duplicates", ("duplicate",)),
    ("poisoned", "poisoned", ("poison",)),
    ("rejected", "rejected", ("reject",)),
)
"""Key, words, and the actions that are counted there: every action stands in exactly one line."""


@click.command()
@json_option
@click.pass_obj
def audit(config_option: str | None, as_json: bool) -> None:
    """Prove that every mail taken has exactly one outcome.

    Counts both sides in the database. Ends with 1 when they are not equal, and names the mails. It is one look at one
    moment and may be run at any time.
    """
    with open_store(load_config(config_option)) as store, store.reading() as tx:
        found = balance(tx)
        outbox = outbox_states(tx)
    if as_json:
        show_json(document(found, outbox))
    else:
        _show(found, outbox)
    if not found.is_even:
        raise No("the two sides are not equal: this must never be; please report it")


def document(found: Balance, outbox: dict[str, int]) -> dict[str, Any]:
    """The figures for tools; the keys are a contract."""
    outcomes = dict(found.by_action)
    return {
        "received": found.received,
        "pending": found.pending,
        "outcomes": outcomes,
        **{key: sum(outcomes.get(action, 0) for action in actions) for key, _, actions in LINES},
        "even": found.is_even,
        "without_outcome": list(found.without_outcome),
        "outcome_while_pending": list(found.outcome_while_pending),
        "outbox": outbox,
    }


def _show(found: Balance, outbox: dict[str, int]) -> None:
    outcomes = Counter(dict(found.by_action))
    rows = [("received", found.received)]
    rows += [(f"  {words}", sum(outcomes[action] for action in actions)) for _, words, actions in LINES]
    rows += [("  still pending", found.pending), ("difference", found.received - found.decided - found.pending)]
    rows += [(f"outgoing mail, {state}", outbox[state]) for state in outbox]
    show_table([Column("Mail"), Column("Count", right=True)], rows)
    for words, entries in (
        ("done without an outcome", found.without_outcome),
        ("pending with an outcome", found.outcome_while_pending),
    ):
        for entry in entries:
            say(f"{words}: {entry}")
