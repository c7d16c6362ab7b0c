"""Build everything from the configuration, start it, keep it alive, stop it without losing or cutting anything.

Order of start: keys, store, the processes that decide, doors; then what is behind the doors (`gateway.behind`), which
takes longer to load than all of that. What is wrong with templates or mailboxes ends the start there: what was taken
until then is kept. Order of stop: doors first, then what works and decides, then what sends, the store last. A store
that cannot be reached does not end the start: the doors answer 451 and everything is tried again (the mail stays with
who has it).
"""

import asyncio
import contextlib
import gc
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from gateway import __version__, events
from gateway.basis import Role, agents_of, open_store
from gateway.clock import Clock
from gateway.config import Config
from gateway.deciding.crew import Crew
from gateway.deciding.nursery import Nursery
from gateway.errors import ConfigError, StoreMismatch, Temporary
from gateway.ingest.listen import Listeners, start_listeners
from gateway.ingest.recipients import Recipients
from gateway.ingest.service import Screening
from gateway.notify import sd_notify, watchdog_interval
from gateway.store import leases, spool
from gateway.store.agents import put_agents
from gateway.store.claims import release_claims_of_the_dead
from gateway.store.db import Store
from gateway.store.migrate import require_current
from gateway.store.outcomes import Outcome
from gateway.store.spool import Spool
from gateway.tokens import load_keys

if TYPE_CHECKING:
    from gateway.behind import Behind

DRAIN_SECONDS = 60.0
"""How long a mail that is coming in may go on doing so after the stop was asked for."""
RESERVE_BYTES = 200 * 1024 * 1024
"""Free disk below which no new mail is begun: a store that cannot commit is worse than a sender who comes again."""
LONGEST_LAG_SECONDS = 5.0
LONGEST_HEARTBEAT_SECONDS = 30.0


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
        self._behind: Behind | None = None
        self._crew: Crew | None = None
        self.addresses: tuple[str, ...] = ()
        """Where it listens, once started."""

    async def start(self, on_open: Callable[[], None] = lambda: None) -> None:
        """Start the roles; ConfigError and StoreMismatch end the start, an unreachable store does not.

        `on_open` is called as soon as mail is taken, while the rest of the program is still being loaded.
        """
        try:
            store = await self._start_keeping()
            if self._screens:  # what decides while a sender waits has to be there before he comes
                await self._start_behind(store)
            await self._start_listeners()
            on_open()
            if not self._screens:
                await self._start_behind(store)
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

    @property
    def _screens(self) -> bool:
        smtp = self._config.ingest.smtp
        return Role.SMTP in self._roles and smtp.screen and bool(smtp.listen)

    async def _start_keeping(self) -> Store:
        """All that the doors need. It is closed in the opposite order, what is behind the doors in its place in it."""
        config = self._config
        config.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        store = open_store(config)
        self._closing.callback(store.close)
        await asyncio.to_thread(_prepare, store, config)
        self._closing.callback(_give_up, store, self._clock)
        self.spool = Spool(store, self._clock)
        self._closing.push_async_callback(self._stop_sending)
        self._start_crew(store)
        self.spool.start()
        self._closing.push_async_callback(asyncio.to_thread, self.spool.stop)
        self._closing.push_async_callback(self._stop_working)
        return store

    def _start_crew(self, store: Store) -> None:
        if Role.DECIDE not in self._roles:
            return
        wake = self._wake if Role.DELIVER in self._roles else None
        self._crew = Crew(self._config, store, nursery=self._nursery, on_decided=wake, on_outcome=self._on_outcome)
        self.spool.on_put.append(self._crew)
        self._crew.start()
        self._closing.push_async_callback(asyncio.to_thread, self._crew.stop)

    async def _start_listeners(self) -> None:
        ingest = self._config.ingest
        if Role.SMTP not in self._roles:
            ingest = ingest.model_copy(update={"smtp": ingest.smtp.model_copy(update={"listen": ()})})
        if Role.LMTP not in self._roles:
            ingest = ingest.model_copy(update={"lmtp": ingest.lmtp.model_copy(update={"listen": ()})})
        listeners = await start_listeners(
            ingest,
            put=self.spool.put,
            recipients=Recipients(
                support_addresses=self._config.gateway.support_addresses,
                reply_domain=self._config.gateway.reply_domain,
                keys=load_keys(self._config.keys_directory),
                clock=self._clock,
            ),
            clock=self._clock,
            scratch=self._config.state,
            has_room=self._room.is_there,
            screen=self._begin_screening,
        )
        self._listeners = listeners
        self.addresses = listeners.addresses
        self._closing.push_async_callback(_drain, listeners)

    async def _start_behind(self, store: Store) -> None:
        kind = await asyncio.to_thread(_load_behind)
        self._behind = kind(
            self._config,
            self._clock,
            store,
            self.spool,
            roles=self._roles,
            screens=self._screens,
            look_at_room=self._room.look,
            on_outcome=self._on_outcome,
        )
        await self._behind.start()

    def _begin_screening(self, peer_ip: str | None) -> Screening | None:
        return self._behind.begin_screening(peer_ip) if self._behind else None

    def _wake(self) -> None:
        if self._behind:
            self._behind.wake()

    async def _stop_working(self) -> None:
        if self._behind:
            await self._behind.stop_working()

    async def _stop_sending(self) -> None:
        if self._behind:
            await self._behind.stop_sending()


def _load_behind() -> "type[Behind]":
    from gateway.behind import Behind

    return Behind


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


async def serve(
    config: Config, clock: Clock, *, roles: frozenset[Role] = frozenset(Role), nursery: Nursery | None = None
) -> None:
    """Run until SIGTERM or SIGINT, then drain; a second signal ends at once (and loses nothing: see I1)."""
    began = time.monotonic()
    daemon = Daemon(config, clock, roles=roles, nursery=nursery)
    # Before the first listener opens: whoever can reach us may also ask us to stop.
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, daemon.reload)

    def on_open() -> None:
        events.started(version=__version__, store=config.store_url.split(":", 1)[0])
        sd_notify(f"READY=1\nSTATUS=Taking mail at {', '.join(daemon.addresses) or 'no listener'}")

    with stop_signals() as asked:
        await daemon.start(on_open)
        gc.enable()  # all is loaded, see `gateway.cli.serve`
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


async def _drain(listeners: Listeners) -> None:
    await listeners.drain(DRAIN_SECONDS)
