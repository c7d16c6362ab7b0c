"""Build everything from the configuration, start it, keep it alive, stop it without losing or cutting anything.

Order of start: keys and templates (wrong ones end the start), store, workers, doors. Order of stop: doors first, then
what decides, then what sends, the store last. A store that cannot be reached does not end the start: the doors answer
451 and everything is tried again (the mail stays with who has it).
"""

import asyncio
import contextlib
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from enum import StrEnum
from functools import partial
from pathlib import Path

from gateway import __version__, events
from gateway.assemble import agents_of, open_deliverer, open_gateway, open_store
from gateway.clock import Clock
from gateway.config import Config, DeskSection
from gateway.deciding.crew import Crew
from gateway.deciding.nursery import Nursery
from gateway.errors import ConfigError, StoreMismatch, Temporary
from gateway.ingest.imap import MailboxReader
from gateway.ingest.listen import Listeners, start_listeners
from gateway.ingest.recipients import Recipients
from gateway.jobs import (
    deadlines,
    for_agents,
    held_digest,
    holidays,
    learning,
    letters,
    rescan,
    retention,
    topic_training,
)
from gateway.jobs.accounts_refresh import LOOK_SECONDS, AccountSources
from gateway.jobs.alone import alone
from gateway.jobs.mailbox_leases import MailboxLeases
from gateway.jobs.schedule import Job, Schedule
from gateway.jobs.spam_engine import SpamEngineWatch, VirusScannerWatch
from gateway.notify import sd_notify, watchdog_interval
from gateway.outbox.deliver import Deliverer
from gateway.pipeline.machines import kept as machines_kept
from gateway.pipeline.process import Gateway
from gateway.pipeline.scanning import known_from
from gateway.pipeline.screen import Screen
from gateway.store import leases, spool
from gateway.store.accounts import put_agents
from gateway.store.claims import release_claims_of_the_dead
from gateway.store.db import Store
from gateway.store.migrate import require_current
from gateway.store.outcomes import Outcome
from gateway.store.spool import Spool

DRAIN_SECONDS = 60.0
"""How long a mail that is coming in may go on doing so after the stop was asked for."""
RESERVE_BYTES = 200 * 1024 * 1024
"""Free disk below which no new mail is begun: a store that cannot commit is worse than a sender who comes again."""
LONGEST_LAG_SECONDS = 5.0
LONGEST_HEARTBEAT_SECONDS = 30.0


class Role(StrEnum):
    """What one process may do; `serve` does all of it, several processes on one store may share it."""

    SMTP = "smtp"
    LMTP = "lmtp"
    IMAP = "imap"
    DECIDE = "decide"
    DELIVER = "deliver"
    CLOCK = "clock"


class Daemon:
    """One process of the gateway. `start`, then `stop` in the same event loop."""

    def __init__(
        self,
        config: Config,
        clock: Clock,
        *,
        roles: frozenset[Role] = frozenset(Role),
        nursery: Nursery | None = None,
        on_outcome: Callable[[Outcome], None] | None = None,
    ) -> None:
        self._config = config
        self._clock = clock
        self._roles = roles
        self._nursery = nursery
        self._on_outcome = on_outcome
        self._closing = AsyncExitStack()
        self._room = _Room(config.state)
        self._listeners: Listeners | None = None
        self._deliverer: Deliverer | None = None
        self._crew: Crew | None = None
        self.addresses: tuple[str, ...] = ()
        """Where it listens, once started."""

    async def start(self) -> None:
        """Start the roles; ConfigError and StoreMismatch end the start, an unreachable store does not."""
        try:
            await self._start()
        except BaseException:
            await self._closing.aclose()
            raise

    async def stop(self) -> None:
        """Drain: nothing new comes in, what is in work ends, claims and leases are given up."""
        await self._closing.aclose()

    async def is_well(self) -> bool:
        """Does the spool's writer come round, and do the processes that decide?"""
        try:
            await asyncio.wait_for(asyncio.wrap_future(self.spool.heartbeat()), LONGEST_HEARTBEAT_SECONDS)
        except TimeoutError:
            return False
        return self._crew is None or self._crew.is_well()

    def reload(self) -> None:
        """Read the listeners' certificates again (SIGHUP); wrong ones are told, and the old ones stay in use."""
        try:
            if self._listeners:
                self._listeners.reload_certificates()
        except ConfigError as error:
            events.reload_failed(error=error.reason)
        else:
            events.reloaded()

    async def _start(self) -> None:
        config = self._config
        config.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        store = open_store(config)
        self._closing.callback(store.close)
        await asyncio.to_thread(_prepare, store, config)
        self._closing.callback(_give_up, store, self._clock)
        gateway = self._closing.enter_context(open_gateway(config, store, self._clock, is_busy=False))
        self.spool = Spool(store, self._clock)
        self._deliverer = await self._start_delivery(gateway)
        self._start_crew(store)
        self.spool.start()
        self._closing.push_async_callback(asyncio.to_thread, self.spool.stop)
        mailboxes = self._start_mailboxes(store)
        self._start_clock(gateway, mailboxes)
        await self._start_listeners(gateway)

    async def _start_delivery(self, gateway: Gateway) -> Deliverer | None:
        if Role.DELIVER not in self._roles:
            return None
        deliverer = open_deliverer(self._config, gateway)
        await deliverer.start()
        self._closing.push_async_callback(deliverer.stop)
        return deliverer

    def _decided(self, outcome: Outcome) -> None:
        if self._deliverer:
            self._deliverer.wake()
        if self._on_outcome:
            self._on_outcome(outcome)

    def _start_crew(self, store: Store) -> None:
        if Role.DECIDE not in self._roles:
            return
        wake = self._deliverer.wake if self._deliverer else None
        self._crew = Crew(self._config, store, nursery=self._nursery, on_decided=wake, on_outcome=self._on_outcome)
        self.spool.on_put.append(self._crew)
        self._crew.start()
        self._closing.push_async_callback(asyncio.to_thread, self._crew.stop)

    def _start_mailboxes(self, store: Store) -> MailboxLeases | None:
        mailboxes = self._config.ingest.imap
        if Role.IMAP not in self._roles or not mailboxes:
            return None
        held = MailboxLeases(store, self._clock, tuple(mailbox.name for mailbox in mailboxes))
        held.renew()
        readers = [
            MailboxReader(
                mailbox,
                max_message_bytes=self._config.ingest.max_message_bytes,
                spool=self.spool,
                store=store,
                clock=self._clock,
                may_run=partial(held.may_read, mailbox.name),
                report=events.mailbox,
            )
            for mailbox in mailboxes
        ]
        for reader in readers:
            reader.start()
        self._closing.push_async_callback(_stop_readers, readers)
        return held

    def _start_clock(self, gateway: Gateway, held: MailboxLeases | None) -> None:
        jobs = [Job(name="room", every_seconds=5, run=self._room.look)]
        if held:  # belongs to the role that reads mailboxes, not to the clock's
            jobs.append(Job(name="mailbox-leases", every_seconds=10, run=held.renew))
        if Role.CLOCK in self._roles:
            sources = account_sources(self._config, gateway)
            self._closing.push_async_callback(asyncio.to_thread, sources.stop)
            jobs += clock_jobs(gateway, sources, self._config.spam.digest_hour)
            jobs.append(letters_job(gateway, self._config.desk))
            jobs += for_agents.jobs(gateway.store, gateway.clock, gateway.desk, self._config.desk.digest_hour)
        schedule = Schedule(jobs)
        schedule.start()
        self._closing.callback(schedule.stop)

    async def _start_listeners(self, gateway: Gateway) -> None:
        ingest = self._config.ingest
        if Role.SMTP not in self._roles:
            ingest = ingest.model_copy(update={"smtp": ingest.smtp.model_copy(update={"listen": ()})})
        if Role.LMTP not in self._roles:
            ingest = ingest.model_copy(update={"lmtp": ingest.lmtp.model_copy(update={"listen": ()})})
        screen = Screen(
            gateway, self.spool.put_claimed, at_once=self._config.pipeline.workers, on_outcome=self._decided
        )
        self._closing.push_async_callback(asyncio.to_thread, screen.stop)
        listeners = await start_listeners(
            ingest,
            put=self.spool.put,
            recipients=Recipients(
                support_addresses=self._config.gateway.support_addresses,
                reply_domain=self._config.gateway.reply_domain,
                keys=gateway.desk.keys,
                clock=self._clock,
            ),
            clock=self._clock,
            scratch=self._config.state,
            has_room=self._room.is_there,
            screen=screen.begin,
        )
        self._listeners = listeners
        self.addresses = listeners.addresses
        self._closing.push_async_callback(_drain, listeners)


class _Room:
    """Is there disk left? Looked at now and then, so that asking costs nothing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._enough = True

    def look(self) -> None:
        """Look at the disk."""
        self._enough = shutil.disk_usage(self._folder).free >= RESERVE_BYTES

    def is_there(self) -> bool:
        """What the last look found."""
        return self._enough


def account_sources(config: Config, gateway: Gateway) -> AccountSources:
    """The webshop's own systems, which accounts follow."""
    return AccountSources(gateway.store, gateway.clock, config.accounts, config.state)


def clock_jobs(gateway: Gateway, sources: AccountSources, digest_hour: int) -> list[Job]:
    """What happens by the clock, and how often."""
    watch, virus_watch = SpamEngineWatch(gateway.engine), VirusScannerWatch(gateway.scanner)
    store, clock = gateway.store, gateway.clock
    look = alone(store, clock, "accounts", LOOK_SECONDS, sources.look_aside)
    taught = learning.Learning(store, clock, gateway.engine)
    learn = alone(store, clock, "learning", learning.LOOK_SECONDS, taught.run)
    listed = held_digest.HeldDigest(store, clock, gateway.desk, digest_hour)
    digest = alone(store, clock, "held-digest", held_digest.LOOK_SECONDS, listed.look)
    for_spam = rescan.SpamRescan(store, clock, gateway.engine, gateway.desk, partial(known_from, trust=gateway.trust))
    for_viruses = rescan.VirusRescan(store, clock, gateway.scanner, gateway.desk)
    look_again = alone(store, clock, "rescan", rescan.LOOK_SECONDS, for_spam.run)
    look_for_viruses = alone(store, clock, "rescan-viruses", rescan.LOOK_SECONDS, for_viruses.run)
    reminded = deadlines.Deadlines(store, clock, gateway.desk)
    remind = alone(store, clock, "deadlines", deadlines.LOOK_SECONDS, reminded.look)
    forgotten = retention.Retention(store, clock, machines_kept())
    forget = alone(store, clock, "retention", retention.LOOK_SECONDS, forgotten.run)
    trained = topic_training.TopicTraining(store, clock)
    train = alone(store, clock, "topics", topic_training.LOOK_SECONDS, trained.look)
    seen_off = holidays.Holidays(store, clock, gateway.desk)
    hand_on = alone(store, clock, "holidays", holidays.LOOK_SECONDS, seen_off.look)
    return [
        Job(name="holidays", every_seconds=holidays.LOOK_SECONDS, run=hand_on),
        Job(name="release-claims-of-the-dead", every_seconds=30, run=lambda: release_claims_of_the_dead(gateway.store)),
        Job(name="spam-engine", every_seconds=30, run=watch.look),
        Job(name="virus-scanner", every_seconds=30, run=virus_watch.look),
        Job(name="accounts", every_seconds=LOOK_SECONDS, run=look),
        Job(name="rescan", every_seconds=rescan.LOOK_SECONDS, run=look_again),
        Job(name="rescan-viruses", every_seconds=rescan.LOOK_SECONDS, run=look_for_viruses),
        Job(name="retention", every_seconds=retention.LOOK_SECONDS, run=forget),
        Job(name="learning", every_seconds=learning.LOOK_SECONDS, run=learn),
        Job(name="deadlines", every_seconds=deadlines.LOOK_SECONDS, run=remind),
        Job(name="topics", every_seconds=topic_training.LOOK_SECONDS, run=train),
        Job(name="held-digest", every_seconds=held_digest.LOOK_SECONDS, run=digest),
    ]


def letters_job(gateway: Gateway, settings: DeskSection) -> Job:
    """What customers hear by the clock."""
    written = letters.Letters(gateway.store, gateway.clock, gateway.desk, settings)
    look = alone(gateway.store, gateway.clock, "letters", letters.LOOK_SECONDS, written.look)
    return Job(name="letters", every_seconds=letters.LOOK_SECONDS, run=look)


async def serve(
    config: Config, clock: Clock, *, roles: frozenset[Role] = frozenset(Role), nursery: Nursery | None = None
) -> None:
    """Run until SIGTERM or SIGINT, then drain; a second signal ends at once (and loses nothing: see I1)."""
    began = time.monotonic()
    daemon = Daemon(config, clock, roles=roles, nursery=nursery)
    # Before the first listener opens: whoever can reach us may also ask us to stop.
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, daemon.reload)
    with stop_signals() as asked:
        await daemon.start()
        events.started(version=__version__, store=config.store_url.split(":", 1)[0])
        sd_notify(f"READY=1\nSTATUS=Taking mail at {', '.join(daemon.addresses) or 'no listener'}")
        watchdog = asyncio.create_task(feed_watchdog(daemon))
        reason = await asked
    sd_notify("STOPPING=1\nSTATUS=Draining")
    events.stopping(reason=reason)
    await daemon.stop()
    watchdog.cancel()
    events.stopped(seconds=round(time.monotonic() - began, 1))


async def feed_watchdog(daemon: Daemon) -> None:
    """Tell systemd that we live: only while the loop turns, and what it watches over is well (S-03)."""
    interval = watchdog_interval()
    while interval is not None:
        before = time.monotonic()
        await asyncio.sleep(min(interval, 10))
        lag = time.monotonic() - before - min(interval, 10)
        if await daemon.is_well() and lag < LONGEST_LAG_SECONDS:
            sd_notify("WATCHDOG=1")


@contextmanager
def stop_signals() -> "Iterator[asyncio.Future[str]]":
    """Resolves with the name of the signal that asks us to stop; a second one ends us at once."""
    loop = asyncio.get_running_loop()
    asked: asyncio.Future[str] = loop.create_future()

    def on_signal(number: signal.Signals) -> None:
        if not asked.done():
            asked.set_result(number.name)
        for again in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(again)  # the second one ends us at once

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal, number)
    yield asked


def _prepare(store: Store, config: Config) -> None:
    try:
        require_current(store)
        release_claims_of_the_dead(store)
        with store.transaction() as tx:
            put_agents(tx, agents_of(config))
    except Temporary as error:
        events.store_failed(reason=error.reason)
        threading.Thread(target=_prepare_later, args=(store, config), name="prepare", daemon=True).start()


def _prepare_later(store: Store, config: Config) -> None:
    """The store was not there at the start: what the start would have done is done once it is."""
    while True:
        time.sleep(2)
        try:
            require_current(store)
            release_claims_of_the_dead(store)
            with store.transaction() as tx:
                put_agents(tx, agents_of(config))
            return
        except Temporary:
            continue
        except StoreMismatch as error:
            # Too late to refuse the start: until it is mended every commit fails, and every peer is told 451.
            events.store_failed(reason=error.reason)


def _give_up(store: Store, clock: Clock) -> None:
    with contextlib.suppress(Temporary), store.transaction() as tx:
        spool.release_claims(tx, store.owner)
        leases.give_up(tx, store.owner, now=clock.now())


async def _stop_readers(readers: list[MailboxReader]) -> None:
    await asyncio.gather(*(asyncio.to_thread(reader.stop) for reader in readers))


async def _drain(listeners: Listeners) -> None:
    await listeners.drain(DRAIN_SECONDS)
