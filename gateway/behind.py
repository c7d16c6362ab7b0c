"""What goes on behind the doors, in the daemon's own process: sending, mailboxes, the clock, and what is decided while
its sender waits.

Loading this takes longer than all the rest of the start, so the doors are open before (`gateway.daemon`). Order of
stop: what brings mail in or changes tickets first (`stop_working`), then what sends (`stop_sending`): between the two
the spool's writer and the processes that decide end what they have.
"""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from gateway import events
from gateway.assemble import desk_of, open_deliverer
from gateway.authn.trust import Trust, trust_of
from gateway.basis import Role
from gateway.clock import Clock
from gateway.config import Config, DeskSection
from gateway.ingest.imap import MailboxReader
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
from gateway.model import Envelope
from gateway.outbox.deliver import Deliverer
from gateway.pipeline.machines import kept as machines_kept
from gateway.spam.clamd import open_scanner
from gateway.spam.engine import Engine
from gateway.spam.known import Known
from gateway.spam.open import open_engine
from gateway.spam.virus import Scanner
from gateway.store.claims import release_claims_of_the_dead
from gateway.store.db import Store
from gateway.store.outcomes import Outcome
from gateway.store.spool import Spool
from gateway.tickets.desk import Desk

if TYPE_CHECKING:
    from gateway.pipeline.process import Gateway
    from gateway.pipeline.screen import Screen, Screening


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What jobs work with."""

    store: Store
    clock: Clock
    desk: Desk
    engine: Engine
    scanner: Scanner
    trust: Trust


class Behind:
    """What one daemon does besides taking mail; `start`, then `stop_working` and `stop_sending` in the same loop."""

    def __init__(
        self,
        config: Config,
        clock: Clock,
        store: Store,
        spool: Spool,
        *,
        roles: frozenset[Role],
        screens: bool,
        look_at_room: Callable[[], None],
        on_outcome: Callable[[Outcome], None] | None,
    ) -> None:
        """`screens`: mail is decided while its sender waits; `look_at_room` is called every few seconds in any case."""
        self._config = config
        self._clock = clock
        self._store = store
        self._spool = spool
        self._roles = roles
        self._screens = screens
        self._look_at_room = look_at_room
        self._on_outcome = on_outcome
        self._working = AsyncExitStack()
        self._sending = AsyncExitStack()
        self._deliverer: Deliverer | None = None
        self._screen: Screen | None = None

    async def start(self) -> None:
        """Start the roles; raises ConfigError where the keys, the templates or the mailboxes are wrong."""
        gateway = self._opened_gateway() if self._screens else None
        tools = self._opened_tools(gateway)
        await self._start_delivery(tools.desk)
        mailboxes = self._start_mailboxes()
        self._start_clock(tools, mailboxes)
        if gateway:
            self._start_screen(gateway)

    async def stop_working(self) -> None:
        """Nothing more is begun; what is in work ends."""
        await self._working.aclose()

    async def stop_sending(self) -> None:
        """What is on its way out ends."""
        await self._sending.aclose()

    def wake(self) -> None:
        """There may be something to send."""
        if self._deliverer:
            self._deliverer.wake()

    def begin_screening(self, peer_ip: str | None) -> "Screening | None":
        """A turn to decide a mail while its sender waits, None where there is none."""
        return self._screen.begin(peer_ip) if self._screen else None

    def _decided(self, outcome: Outcome) -> None:
        self.wake()
        if self._on_outcome:
            self._on_outcome(outcome)

    def _opened_gateway(self) -> "Gateway":
        # Most desks stand behind a server of their own: their daemon need not load what reads mail.
        from gateway.stages import open_gateway

        return self._sending.enter_context(open_gateway(self._config, self._store, self._clock, is_busy=False))

    def _opened_tools(self, gateway: "Gateway | None") -> Tools:
        """What the jobs work with; the gateway's own, where there is one."""
        config, clock = self._config, self._clock
        if gateway:
            desk, engine, scanner, trust = gateway.desk, gateway.engine, gateway.scanner, gateway.trust
        else:
            engine = open_engine(config.spam, clock)
            self._sending.callback(engine.close)
            desk, scanner, trust = desk_of(config), open_scanner(config.antivirus, clock), trust_of(config)
        return Tools(store=self._store, clock=clock, desk=desk, engine=engine, scanner=scanner, trust=trust)

    def _start_screen(self, gateway: "Gateway") -> None:
        from gateway.pipeline.screen import Screen

        self._screen = Screen(
            gateway, self._spool.put_claimed, at_once=self._config.pipeline.workers, on_outcome=self._decided
        )
        self._working.push_async_callback(asyncio.to_thread, self._screen.stop)

    async def _start_delivery(self, desk: Desk) -> None:
        if Role.DELIVER in self._roles:
            self._deliverer = open_deliverer(self._config, self._store, self._clock, desk)
            await self._deliverer.start()
            self._sending.push_async_callback(self._deliverer.stop)

    def _start_mailboxes(self) -> MailboxLeases | None:
        mailboxes = self._config.ingest.imap
        if Role.IMAP not in self._roles or not mailboxes:
            return None
        held = MailboxLeases(self._store, self._clock, tuple(mailbox.name for mailbox in mailboxes))
        held.renew()
        readers = [
            MailboxReader(
                mailbox,
                max_message_bytes=self._config.ingest.max_message_bytes,
                spool=self._spool,
                store=self._store,
                clock=self._clock,
                may_run=partial(held.may_read, mailbox.name),
                report=events.mailbox,
            )
            for mailbox in mailboxes
        ]
        for reader in readers:
            reader.start()
        self._working.push_async_callback(_stop_readers, readers)
        return held

    def _start_clock(self, tools: Tools, held: MailboxLeases | None) -> None:
        jobs = [Job(name="room", every_seconds=5, run=self._look_at_room)]
        if held:  # belongs to the role that reads mailboxes, not to the clock's
            jobs.append(Job(name="mailbox-leases", every_seconds=10, run=held.renew))
        if Role.CLOCK in self._roles:
            sources = AccountSources(self._store, self._clock, self._config.accounts, self._config.state)
            self._working.push_async_callback(asyncio.to_thread, sources.stop)
            jobs += clock_jobs(tools, sources, self._config.spam.digest_hour)
            jobs.append(letters_job(self._store, self._clock, tools.desk, self._config.desk))
            jobs += for_agents.jobs(self._store, self._clock, tools.desk, self._config.desk.digest_hour)
        schedule = Schedule(jobs)
        schedule.start()
        self._working.callback(schedule.stop)


def clock_jobs(tools: Tools, sources: AccountSources, digest_hour: int) -> list[Job]:
    """What happens by the clock, and how often."""
    watch, virus_watch = SpamEngineWatch(tools.engine), VirusScannerWatch(tools.scanner)
    store, clock = tools.store, tools.clock
    look = alone(store, clock, "accounts", LOOK_SECONDS, sources.look_aside)
    taught = learning.Learning(store, clock, tools.engine)
    learn = alone(store, clock, "learning", learning.LOOK_SECONDS, taught.run)
    listed = held_digest.HeldDigest(store, clock, tools.desk, digest_hour)
    digest = alone(store, clock, "held-digest", held_digest.LOOK_SECONDS, listed.look)
    for_spam = rescan.SpamRescan(store, clock, tools.engine, tools.desk, partial(_known_from, trust=tools.trust))
    for_viruses = rescan.VirusRescan(store, clock, tools.scanner, tools.desk)
    look_again = alone(store, clock, "rescan", rescan.LOOK_SECONDS, for_spam.run)
    look_for_viruses = alone(store, clock, "rescan-viruses", rescan.LOOK_SECONDS, for_viruses.run)
    reminded = deadlines.Deadlines(store, clock, tools.desk)
    remind = alone(store, clock, "deadlines", deadlines.LOOK_SECONDS, reminded.look)
    forgotten = retention.Retention(store, clock, machines_kept())
    forget = alone(store, clock, "retention", retention.LOOK_SECONDS, forgotten.run)
    trained = topic_training.TopicTraining(store, clock)
    train = alone(store, clock, "topics", topic_training.LOOK_SECONDS, trained.look)
    seen_off = holidays.Holidays(store, clock, tools.desk)
    hand_on = alone(store, clock, "holidays", holidays.LOOK_SECONDS, seen_off.look)
    return [
        Job(name="holidays", every_seconds=holidays.LOOK_SECONDS, run=hand_on),
        Job(name="release-claims-of-the-dead", every_seconds=30, run=lambda: release_claims_of_the_dead(tools.store)),
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


def letters_job(store: Store, clock: Clock, desk: Desk, settings: DeskSection) -> Job:
    """What customers hear by the clock."""
    written = letters.Letters(store, clock, desk, settings)
    look = alone(store, clock, "letters", letters.LOOK_SECONDS, written.look)
    return Job(name="letters", every_seconds=letters.LOOK_SECONDS, run=look)


def _known_from(envelope: Envelope, explanation: str, trust: Trust) -> Known:
    from gateway.pipeline.scanning import known_from  # with all that asks DNS: most daemons never scan a mail again

    return known_from(envelope, explanation, trust)


async def _stop_readers(readers: list[MailboxReader]) -> None:
    await asyncio.gather(*(asyncio.to_thread(reader.stop) for reader in readers))
