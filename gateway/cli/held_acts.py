"""What an operator does about held mail: release it, call it spam, take that back, send the list to the reviewers.

`release` decides the mail itself, in this process, so that it works beside a running `serve` and without one; what
cannot be decided now stays pending and is decided by `serve`.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice
from typing import Any

import click

from gateway.cli.context import load_config, operator
from gateway.cli.failure import No, Wrong
from gateway.cli.screen import Column, json_option, say, show_json, show_table, warn
from gateway.cli.stored import open_store
from gateway.clock import SystemClock
from gateway.commands.review import parse_orders
from gateway.config import Config
from gateway.errors import Temporary
from gateway.pipeline.reviewing import words
from gateway.store import digests, marks, spool
from gateway.store.db import Store, Tx
from gateway.tickets import held
from gateway.tickets.held import CHANGES, Done, Result
from gateway.tokens import canonical_address

CLOCK = SystemClock()
AT_ONCE = 50
"""Mails of one transaction."""
LOOKED_AT = 100_000
"""Held mails in which `--from` looks, the newest."""
_ENTRY = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")

NAMES = click.argument("names", metavar="[ENTRY|NUMBER]...", nargs=-1)
SENDER = click.option("--from", "sender", metavar="ADDRESS", help="All held mail that names this author.")


@dataclass(frozen=True, slots=True)
class Named:
    """A mail as the operator named it."""

    name: str
    entry_id: str


@click.command()
@NAMES
@SENDER
@json_option
@click.pass_obj
def release(config_option: str | None, names: tuple[str, ...], sender: str | None, as_json: bool) -> None:
    """Let held mail go on, as if it had never been held.

    ENTRY is a mail's id, NUMBER its number in the last digest (3, or 1-40). What it becomes, and what is sent, follows
    from who wrote it, as for every mail; the spam filter learns that it was wanted.
    """
    config = load_config(config_option)
    with open_store(config) as opened:
        found = _named(opened, names, sender)
        _show(list(_released(config, opened, found)), as_json=as_json)


@click.command()
@NAMES
@SENDER
@json_option
@click.pass_obj
def spam(config_option: str | None, names: tuple[str, ...], sender: str | None, as_json: bool) -> None:
    """Mark held mail as spam: it stays held, and the spam filter learns it.

    ENTRY is a mail's id, NUMBER its number in the last digest (3, or 1-40).
    """
    _each(config_option, names, sender, held.mark_spam, as_json=as_json)


@click.command()
@NAMES
@json_option
@click.pass_obj
def undo(config_option: str | None, names: tuple[str, ...], as_json: bool) -> None:
    """Take back what was said of mail, and what was learnt from it.

    A mark as spam is gone then. What was released has gone on: of it only the lesson is taken back.
    """
    _each(config_option, names, None, held.undo, as_json=as_json)


@click.command()
@click.pass_obj
def digest(config_option: str | None) -> None:
    """Send the list of held mail to the reviewers now, beside the daily one."""
    from gateway.assemble import desk_of
    from gateway.basis import agents_of
    from gateway.jobs.held_digest import HeldDigest
    from gateway.store.agents import put_agents

    config = load_config(config_option)
    with open_store(config) as opened:
        with opened.transaction() as tx:
            put_agents(tx, agents_of(config))
        shown = HeldDigest(opened, CLOCK, desk_of(config), config.spam.digest_hour).send()
    say(f"The list is in the outbox; mails in it: {shown}." if shown else "Nothing new is held: no list was sent.")


ACTS = (release, spam, undo, digest)


def _each(
    config_option: str | None, names: Sequence[str], sender: str | None, act: Callable[..., Result], *, as_json: bool
) -> None:
    by, done = operator(), []
    with open_store(load_config(config_option)) as opened:
        named = iter(_named(opened, names, sender))
        while batch := list(islice(named, AT_ONCE)):
            with opened.transaction() as tx:
                done += [(each, act(tx, each.entry_id, by=by, at=CLOCK.now())) for each in batch]
    _show(done, as_json=as_json)


def _released(config: Config, opened: Store, found: Sequence[Named]) -> Iterator[tuple[Named, Result]]:
    # All stages and their libraries.
    from gateway.stages import open_gateway

    by, named = operator(), iter(found)
    claim = (opened.owner, timedelta(seconds=config.pipeline.lease_seconds))
    with open_gateway(config, opened, CLOCK) as gateway:
        while batch := list(islice(named, AT_ONCE)):
            with opened.transaction() as tx:
                at = CLOCK.now()
                results = [held.release(tx, each.entry_id, by=by, at=at, claim=claim) for each in batch]
            for each, result in zip(batch, results, strict=True):
                yield each, _decided(gateway, result) if result.done is Done.RELEASED else result


def _decided(gateway: Any, result: Result) -> Result:
    from gateway.pipeline.process import process
    from gateway.store.outcomes import Outcome

    (entry,) = spool.load(gateway.store, [result.entry_id])
    try:
        outcome = process(gateway, entry)
    except Exception as error:  # it stays pending, and `serve` has all the means for what fails
        reason = error.reason if isinstance(error, Temporary) else type(error).__name__
        with gateway.store.transaction() as tx:
            spool.give_back(tx, entry.id, error=reason, next_try_at=CLOCK.now(), counts=False)
        warn(f"{entry.id}: could not be decided now ({reason}); `serve` will")
        return result
    return replace(result, ticket_id=outcome.ticket_id) if isinstance(outcome, Outcome) else result


def _named(opened: Store, names: Sequence[str], sender: str | None) -> list[Named]:
    """The mails that the operator means, each once."""
    if not names and not sender:
        raise click.UsageError("name mails by their entry ids, their numbers in the last digest, or --from ADDRESS")
    with opened.reading() as tx:
        found = [Named(name, name) for name in names if _ENTRY.fullmatch(name)]
        numbers = [name for name in names if not _ENTRY.fullmatch(name)]
        found += _numbered(tx, numbers) if numbers else []
        found += _written_by(tx, sender) if sender else []
    return list({each.entry_id: each for each in found}.values())


def _numbered(tx: Tx, names: Sequence[str]) -> list[Named]:
    last = digests.newest_shown_digest(tx)
    if last is None:
        raise Wrong(f"{names[0]} is no entry id, and there is no digest whose numbers it could be of")
    entries = {line.number: line.entry_id for line in digests.lines_of(tx, last.id) if line.shown}
    orders = parse_orders(f"release {' '.join(names)}", len(entries))
    if orders.problem:
        raise Wrong(orders.problem)
    return [Named(str(number), entries[number]) for number in orders.release]


def _written_by(tx: Tx, sender: str) -> list[Named]:
    wanted = canonical_address(sender)
    found = []
    for mail in marks.newest_held(tx, limit=LOOKED_AT):
        author = json.loads(mail.explanation or "{}").get("mail", {}).get("from") or {}
        if author.get("address") and canonical_address(author["address"]) == wanted:
            found.append(Named(mail.entry_id, mail.entry_id))
    if not found:
        raise No(f"no held mail names {sender} as its author")
    return found[::-1]


def _show(done: Sequence[tuple[Named, Result]], *, as_json: bool) -> None:
    rows = [(named, result, _in_words(result)) for named, result in done]
    if as_json:
        show_json(
            [
                {"entry": result.entry_id, "done": result.done.value, "ticket": result.ticket_id, "words": sentence}
                for _, result, sentence in rows
            ]
        )
    else:
        columns = [Column("Mail"), Column("Entry"), Column("What", flexible=True)]
        show_table(columns, ((named.name, named.entry_id, sentence) for named, _, sentence in rows))
    undone = [result for _, result in done if result.done not in CHANGES]
    if undone:
        raise No(f"nothing was done for {len(undone)} of {len(done)}")


def _in_words(result: Result) -> str:
    ticket = f"ticket {result.ticket_id}" if result.ticket_id is not None else ""
    return {
        Done.RELEASED: f"released: {ticket}" if ticket else "released",
        Done.MARKED: "marked as spam; it stays held",
        Done.UNMARKED: f"not marked any more{f'; {ticket} stays as it is' if ticket else '; it is held'}",
        Done.UNLEARNT: f"what was learnt from it is taken back{f'; {ticket} stays as it is' if ticket else ''}",
    }.get(result.done) or words(result)
