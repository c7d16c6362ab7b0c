"""The work of an import: keep the mails, see them decided, tell what became of them."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import timedelta

from gateway import events
from gateway.basis import agents_of
from gateway.cli.bars import Bars
from gateway.cli.screen import warn
from gateway.cli.stored import open_store
from gateway.cli.tally import NotingSpool, Tally, wait_until_decided
from gateway.clock import SystemClock
from gateway.config import Config
from gateway.errors import GatewayError
from gateway.ingest.file_walk import STDIN, FoundProblem
from gateway.ingest.files import import_sources
from gateway.jobs.accounts_refresh import AccountSources
from gateway.model import Via
from gateway.pipeline.worker import Workers, WorkLimits
from gateway.stages import open_gateway
from gateway.store import spool
from gateway.store.agents import put_agents
from gateway.store.claims import release_claims_of_the_dead
from gateway.store.db import Store

CLOCK = SystemClock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What is to be imported: paths, or `-` alone for a pipe, and the envelope that all of it has."""

    paths: tuple[str, ...]
    mail_from: str | None
    recipients: tuple[str, ...]

    @property
    def is_pipe(self) -> bool:
        """Is it the one mail that a mail server hands over?"""
        return STDIN in self.paths


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import did."""

    received: int
    """Mails that are committed."""
    problems: tuple[FoundProblem, ...]
    outcomes: dict[str, int]
    """Of these mails, by action."""
    is_interrupted: bool
    seconds: float

    @property
    def pending(self) -> int:
        """Mails that wait for a decision."""
        return self.received - sum(self.outcomes.values())


def run_import(config: Config, sources: Sources, *, decide: bool) -> Imported:
    """Keep the mails and, where wanted, see them decided.

    Raises Temporary where a mail cannot be kept, ConfigError and StoreMismatch before any is. A failure to decide is no
    failure: the mail waits.
    """
    began = CLOCK.monotonic()
    with Bars(with_decisions=decide) as bars, _quiet(config):
        tally = Tally(lambda: bars.decided(tally.kept, tally.decided))
        problems: list[FoundProblem] = []
        is_interrupted = False
        try:
            _run(config, sources, tally, bars, problems, decide=decide)
        except KeyboardInterrupt:
            is_interrupted = True
    return Imported(
        received=tally.kept,
        problems=tuple(problems),
        outcomes=tally.by_action(),
        is_interrupted=is_interrupted,
        seconds=CLOCK.monotonic() - began,
    )


def _run(
    config: Config, sources: Sources, tally: Tally, bars: Bars, problems: list[FoundProblem], *, decide: bool
) -> None:
    # Deciding is made ready first: what is wrong with the configuration must show before a mail is kept.
    with (
        open_store(config) as store,
        _deciding(config, store, tally) if decide else nullcontext() as workers,
    ):
        kept = NotingSpool(store, CLOCK, tally)
        if workers:
            kept.on_put.append(workers.wake)
        kept.start()
        try:
            problems += _keep(config, sources, kept, bars)
        finally:
            kept.stop()
        if workers:
            _see_decided(store, tally, is_pipe=sources.is_pipe)


def _keep(config: Config, sources: Sources, kept: NotingSpool, bars: Bars) -> tuple[FoundProblem, ...]:
    report = import_sources(
        sources.paths,
        kept,
        CLOCK,
        max_message_bytes=config.ingest.max_message_bytes,
        via=Via.PIPE if sources.is_pipe else Via.FILE,
        mail_from=sources.mail_from,
        recipients=sources.recipients,
        progress=bars.read,
    )
    return report.problems


def _see_decided(store: Store, tally: Tally, *, is_pipe: bool) -> None:
    try:
        wait_until_decided(store, tally)
    except GatewayError as error:
        warn(f"The mails are kept, but could not all be decided: {error.reason}")
    except Exception as error:
        if not is_pipe:
            raise
        # The mail server must neither bounce what is kept nor send it again.
        warn(f"The mail is kept, but could not be decided: {type(error).__name__}")


@contextmanager
def _deciding(config: Config, store: Store, tally: Tally) -> Iterator[Workers]:
    """Workers that decide what is pending, ours or not, while the block runs."""
    release_claims_of_the_dead(store)
    with store.transaction() as tx:
        put_agents(tx, agents_of(config))
    AccountSources(store, CLOCK, config.accounts, config.state).look("file")
    limits = WorkLimits(
        workers=config.pipeline.workers,
        lease=timedelta(seconds=config.pipeline.lease_seconds),
        max_tries=config.pipeline.max_tries,
    )
    with open_gateway(config, store, CLOCK) as gateway:
        workers = Workers(gateway, limits, tally.decide)
        workers.start()
        try:
            yield workers
        finally:
            workers.stop()
            with suppress(GatewayError), store.transaction() as tx:
                spool.release_claims(tx, store.owner)


@contextmanager
def _quiet(config: Config) -> Iterator[None]:
    """Of events only warnings and errors are told, on standard error."""
    root, level = logging.getLogger(), events.LOGGER.level
    before = root.handlers[:]
    events.configure(config.log.format, "warning")
    try:
        yield
    finally:
        for handler in set(root.handlers) - set(before):
            root.removeHandler(handler)
            handler.close()
        events.LOGGER.setLevel(level)
