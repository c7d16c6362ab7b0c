"""Job: accounts follow the sources that the configuration names; a file when it changed, the others by the clock.

What must stay true: of all processes on a store, operators' commands included, one refreshes at a time (a lease that is
renewed while it goes on); a source that fails harms neither the others nor what is on file, and is tried again.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

from gateway import events
from gateway.accounts.reader import SourceFailed
from gateway.accounts.reading import version_of
from gateway.accounts.refresh import Progress, Refreshed, known_version, refresh
from gateway.accounts.sources import Source, sources_of
from gateway.clock import Clock, SystemClock
from gateway.config import Accounts
from gateway.errors import Temporary
from gateway.store import leases
from gateway.store.account_sources import SourceState, source_state
from gateway.store.db import Store

LOOK_SECONDS = 10.0
"""How often it is looked whether a refresh is due."""
RETRY_SECONDS = 300.0
"""After a failure it is tried again at the latest after so long."""
LEASE = "account sources"
LEASE_DURATION = timedelta(seconds=60)
RENEW_SECONDS = 10.0
STOP_SECONDS = 20.0
"""Longest wait for a refresh that is just writing; it is told to end, and does so after its transaction."""
# A lease is renewed by the machine's own clock, also where the desk's clock stands still.
_MACHINE = SystemClock()


class AccountSources:
    """The configured sources, kept up to date. Usable from any thread; one refresh at a time."""

    def __init__(self, store: Store, clock: Clock, settings: Accounts, scratch: Path) -> None:
        self._store = store
        self._clock = clock
        self.sources = sources_of(settings)
        self._scratch = scratch
        self._stopped = threading.Event()
        self._busy = threading.Lock()
        self._seen_files: dict[str, str] = {}
        self._thread: threading.Thread | None = None

    def look_aside(self) -> None:
        """Look in a thread of its own, unless one still does: a slow source keeps no thread that others wait for."""
        if self._thread and self._thread.is_alive():
            return
        self._thread = threading.Thread(target=self._look_and_tell, name="accounts", daemon=True)
        self._thread.start()

    def look(self, *names: str) -> None:
        """Refresh what is due, of all sources or of those named.

        A source that fails is told to the log; only the store's failures are raised.
        """
        for source in self.sources:
            is_wanted = not names or source.name in names
            if is_wanted and not self._stopped.is_set() and self._is_due(source):
                with suppress(SourceFailed, Busy):
                    self.refresh(source)

    def refresh(
        self, source: Source, *, force: bool = False, tick: Callable[[Progress], None] = lambda progress: None
    ) -> Refreshed:
        """Refresh a source now, whatever the clock says, and tell the log.

        Raises SourceFailed where the source is to blame, Busy while another refresh runs, Temporary where the store is.
        """
        others = [other.name for other in self.sources if other != source]
        before = self._state(source)
        with self._alone() as renew:

            def on_tick(progress: Progress) -> None:
                renew()
                tick(progress)

            try:
                done = refresh(
                    self._store, self._clock, source, others, scratch=self._scratch, force=force, tick=on_tick
                )
            except SourceFailed as failed:
                _tell_failure(source, before, failed.reason, self._state(source))
                raise
        _tell_success(done, before)
        return done

    def stop(self) -> None:
        """End a refresh that runs, and begin none any more."""
        self._stopped.set()
        if self._thread:
            self._thread.join(STOP_SECONDS)
        if self._busy.acquire(timeout=STOP_SECONDS):
            self._busy.release()

    def _look_and_tell(self) -> None:
        try:
            self.look()
        except Exception as error:  # the next look is in some seconds
            events.job_failed(name="accounts", error=events.describe(error))

    def _state(self, source: Source) -> SourceState | None:
        with self._store.reading() as tx:
            return source_state(tx, source.name)

    def _is_due(self, source: Source) -> bool:
        state = self._state(source)
        version = known_version(state, source)
        path = source.settings.file
        if source.name == "file" and path and self._is_new(source, path, version):
            return True
        if state is None or (version is None and not state.error):
            return True
        if source.name == "file" and not state.error:
            return False
        pause = min(source.every_seconds, RETRY_SECONDS) if state.error else source.every_seconds
        return self._clock.now() - state.tried_at >= timedelta(seconds=pause)

    def _is_new(self, source: Source, path: Path, version: str | None) -> bool:
        """Does the file look different from when it was read, and from when it was last tried?"""
        try:
            found = version_of(path.stat())
        except OSError:
            found = "missing"
        is_new = found != version and found != self._seen_files.get(source.name)
        self._seen_files[source.name] = found
        return is_new

    @contextmanager
    def _alone(self) -> Iterator[Callable[[], None]]:
        """Be the only one who refreshes; gives what is to be called often meanwhile."""
        if not self._busy.acquire(blocking=False):
            raise Busy("the accounts are being refreshed just now")
        try:
            self._take_lease()
            try:
                yield self._renewing()
            finally:
                with suppress(Temporary):
                    leases.take(self._store, LEASE, now=self._clock.now(), duration=timedelta(0))
        finally:
            self._busy.release()

    def _renewing(self) -> Callable[[], None]:
        renewed_at = _MACHINE.monotonic()

        def renew() -> None:
            nonlocal renewed_at
            if self._stopped.is_set():
                raise Busy("the gateway is shutting down")
            if _MACHINE.monotonic() - renewed_at >= RENEW_SECONDS:
                self._take_lease()
                renewed_at = _MACHINE.monotonic()

        return renew

    def _take_lease(self) -> None:
        if leases.take(self._store, LEASE, now=self._clock.now(), duration=LEASE_DURATION) is None:
            raise Busy("another process refreshes the accounts just now: try again in a minute")


class Busy(Temporary):
    """Somebody else refreshes, or the refresh was told to end."""


def _tell_failure(source: Source, before: SourceState | None, error: str, after: SourceState | None) -> None:
    """Once for each reason: a source that is dead for a day must not fill the log."""
    if before is None or before.error != error:
        since = after.failing_since if after else None
        where = "" if error.startswith(source.place) else f"{source.place}: "
        events.account_source_failed(source=source.name, error=where + error, since=since.isoformat() if since else "")


def _tell_success(done: Refreshed, before: SourceState | None) -> None:
    if before and before.failing_since:
        events.account_source_recovered(source=done.source, since=before.failing_since.isoformat())
    if done.changed or done.removed:
        events.accounts_refreshed(
            source=done.source,
            accounts=done.accounts,
            changed=done.changed,
            removed=done.removed,
            seconds=done.seconds,
        )
