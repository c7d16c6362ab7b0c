"""`ticket-gateway account refresh` and `sources`: the webshop's own systems, asked now, and how they did last."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.account_bar import AccountBar
from gateway.cli.account_log import logged
from gateway.cli.context import load_config
from gateway.cli.failure import No
from gateway.cli.screen import Column, iso, json_option, local_time, show_json, show_table
from gateway.cli.stored import open_store
from gateway.clock import SystemClock
from gateway.config import Config
from gateway.store.account_sources import SourceState, accounts_of_sources, source_states
from gateway.store.accounts import IMPORTED

if TYPE_CHECKING:
    from gateway.accounts.refresh import Progress, Refreshed
    from gateway.accounts.sources import Source
    from gateway.jobs.accounts_refresh import AccountSources

NAMES = ("file", "sql", "http")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How the refresh of one source went."""

    name: str
    done: "Refreshed | None" = None
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A source, configured or not, and how it did last."""

    name: str
    place: str
    accounts: int
    """On file."""
    state: SourceState | None

    @property
    def condition(self) -> str:
        """Its state in a word or two."""
        if self.name == IMPORTED:
            return "by hand"
        if not self.place:
            return "not configured"
        if self.state is None:
            return "never asked"
        return "failing" if self.state.error else "ok"


@click.command()
@click.argument("names", metavar="[SOURCE]...", nargs=-1, type=click.Choice(NAMES))
@click.option("--force", is_flag=True, help="Believe an answer that is much smaller than what is on file.")
@json_option
@click.pass_obj
def refresh(config_option: str | None, names: tuple[str, ...], force: bool, as_json: bool) -> None:
    """Ask the configured sources of accounts now: file, sql, http, or all of them.

    A source that cannot be read, or that tells of less than half of what is on file, changes nothing; then the command
    ends with 1.
    """
    results = list(_refreshed(load_config(config_option), names, force=force))
    failed = [each for each in results if each.error]
    if as_json:
        show_json({"sources": [_result(each) for each in results]})
    else:
        numbers = ("accounts", "changed", "removed")
        show_table(
            [
                Column("Source"),
                *(Column(name.title(), right=True) for name in numbers),
                Column("Remark", flexible=True),
            ],
            (
                (each.name, *(getattr(each.done, name, None) for name in numbers), each.error or _remark(each))
                for each in results
            ),
        )
    if failed:
        raise No(f"{len(failed)} of {len(results)} sources failed: what is on file of them stays as it was")


@click.command()
@json_option
@click.pass_obj
def sources(config_option: str | None, as_json: bool) -> None:
    """List the sources of accounts, and how each did when it was last asked."""
    from gateway.accounts.sources import sources_of

    config = load_config(config_option)
    with open_store(config) as opened, opened.reading() as tx:
        states = {state.name: state for state in source_states(tx)}
        counts = accounts_of_sources(tx)
    places = {source.name: source.place for source in sources_of(config.accounts)}
    listed = [
        Listed(name=name, place=places.get(name, ""), accounts=counts.get(name, 0), state=states.get(name))
        for name in dict.fromkeys((*places, *states, *counts))
    ]
    if as_json:
        show_json([_listed(each) for each in listed])
        return
    columns = [Column("Source"), Column("Place", flexible=True), Column("State"), Column("Accounts", right=True)]
    show_table(
        [*columns, Column("Last success"), Column("Remark", flexible=True)],
        ((each.name, each.place, each.condition, each.accounts, *_last(each.state)) for each in listed),
        nothing="There are no sources: [accounts] in the configuration names them, `account import FILE` does without.",
    )


def _refreshed(config: Config, names: Sequence[str], *, force: bool) -> Iterator[Result]:
    from gateway.jobs.accounts_refresh import AccountSources

    with open_store(config) as opened, logged(config):
        all_sources = AccountSources(opened, SystemClock(), config.accounts, config.state)
        configured = {source.name: source for source in all_sources.sources}
        missing = [name for name in names if name not in configured]
        if missing or not configured:
            raise No(f"[accounts] in the configuration does not name {missing[0] if missing else 'any source'}")
        for name, source in configured.items():
            if not names or name in names:
                yield _one(all_sources, source, force=force)


def _one(all_sources: "AccountSources", source: "Source", *, force: bool) -> Result:
    from gateway.accounts.reader import SourceFailed

    with AccountBar(f"Reading {source.name}") as bar:

        def tick(at: "Progress") -> None:
            if at.to_write:
                bar.written(at.written, at.to_write)
            else:
                bar.read(at.read)

        try:
            return Result(name=source.name, done=all_sources.refresh(source, force=force, tick=tick))
        except SourceFailed as error:
            return Result(name=source.name, error=error.reason)


def _result(result: Result) -> dict[str, Any]:
    done = result.done
    return {
        "name": result.name,
        "ok": done is not None,
        "error": result.error,
        "accounts": done.accounts if done else None,
        "changed": done.changed if done else None,
        "removed": done.removed if done else None,
        "remark": _remark(result),
        "seconds": round(done.seconds, 2) if done else None,
    }


def _remark(result: Result) -> str:
    return result.done.remark if result.done else ""


def _listed(listed: Listed) -> dict[str, Any]:
    state = listed.state
    return {
        "name": listed.name,
        "place": listed.place,
        "state": listed.condition,
        "accounts": listed.accounts,
        "tried_at": iso(state.tried_at) if state else None,
        "succeeded_at": iso(state.succeeded_at) if state else None,
        "failing_since": iso(state.failing_since) if state else None,
        "error": state.error if state else "",
        "remark": state.remark if state else "",
    }


def _last(state: SourceState | None) -> tuple[object, object]:
    """The last success, and what there is to say."""
    if state is None:
        return None, ""
    since = f" (since {local_time(state.failing_since)})" if state.failing_since else ""
    return state.succeeded_at, f"{state.error}{since}" if state.error else state.remark
