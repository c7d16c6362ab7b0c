"""Which mails of an import are kept, and what became of each: counted while others decide them."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future

from gateway.cli.queries import pending_entries
from gateway.clock import Clock, SystemClock
from gateway.errors import Temporary
from gateway.model import Incoming, MailboxUid
from gateway.store.db import Store
from gateway.store.outcomes import Outcome, outcome_of
from gateway.store.spool import Spool

LOOK_SECONDS = 1.0
"""After so long without an outcome the store is asked: another process may have decided, or the mails have to wait."""
GIVE_UP_SECONDS = 120.0
"""After so long without an outcome nobody seems to decide any more."""
CLOCK = SystemClock()


class Tally:
    """Counts; usable from any thread. An outcome may be told before its mail is known to be kept."""

    def __init__(self, on_change: Callable[[], None] = lambda: None) -> None:
        self._kept: set[str] = set()
        self._actions: dict[str, str] = {}
        self._decided = 0
        self._changed = threading.Condition()
        self._on_change = on_change
        self._last_change = CLOCK.monotonic()

    def keep(self, entry_id: str) -> None:
        """Count a mail that is committed."""
        with self._changed:
            self._kept.add(entry_id)
            self._decided += entry_id in self._actions
        self._on_change()

    def decide(self, outcome: Outcome) -> None:
        """Count the outcome of a mail, ours or not."""
        with self._changed:
            if outcome.entry_id not in self._actions:
                self._decided += outcome.entry_id in self._kept
                self._actions[outcome.entry_id] = outcome.action
            self._last_change = CLOCK.monotonic()
            self._changed.notify_all()
        self._on_change()

    @property
    def kept(self) -> int:
        """How many mails are committed."""
        return len(self._kept)

    @property
    def decided(self) -> int:
        """How many of them have an outcome."""
        return self._decided

    @property
    def seconds_quiet(self) -> float:
        """Since the last outcome."""
        return CLOCK.monotonic() - self._last_change

    def by_action(self) -> dict[str, int]:
        """What became of our mails, in numbers."""
        with self._changed:
            return dict(sorted(Counter(self._actions[each] for each in self._kept & self._actions.keys()).items()))

    def undecided(self) -> list[str]:
        """Our mails without an outcome, oldest first."""
        with self._changed:
            return sorted(self._kept - self._actions.keys())

    def wait(self, seconds: float) -> bool:
        """Wait for that long at most; are all of our mails decided?"""
        with self._changed:
            return self._changed.wait_for(lambda: self._decided == len(self._kept), seconds)


class NotingSpool(Spool):
    """A spool that tells a tally what it kept."""

    def __init__(self, store: Store, clock: Clock, tally: Tally) -> None:
        super().__init__(store, clock)
        self._tally = tally

    def put(self, incoming: Incoming, mailbox_uid: MailboxUid | None = None) -> "Future[str]":
        """Keep a mail; see `Spool.put`."""
        done = super().put(incoming, mailbox_uid)
        done.add_done_callback(self._note)
        return done

    def _note(self, done: "Future[str]") -> None:
        if not done.exception():
            self._tally.keep(done.result())


def wait_until_decided(store: Store, tally: Tally) -> None:
    """Wait until every kept mail is decided, or those that are not have to wait for a later try.

    Raises Temporary where the store cannot be asked, or nobody decides any more.
    """
    while not tally.wait(LOOK_SECONDS):
        if tally.seconds_quiet < LOOK_SECONDS:
            continue
        if not _is_going_on(store, tally):
            return
        if tally.seconds_quiet > GIVE_UP_SECONDS:
            raise Temporary(f"no mail was decided for {GIVE_UP_SECONDS:.0f} s")


def _is_going_on(store: Store, tally: Tally) -> bool:
    ids = tally.undecided()
    now = CLOCK.now()
    with store.reading() as tx:
        pending = pending_entries(tx, ids)
        for entry_id in set(ids) - pending.keys():
            outcome = outcome_of(tx, entry_id)
            if outcome:
                tally.decide(outcome)
    return any(entry.is_claimed or entry.next_try_at <= now for entry in pending.values())
