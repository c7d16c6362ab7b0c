"""Takes entries off the spool and decides them, several at once: most of a mail's time is waiting for DNS and spamd.

Any number of these, in any number of processes, may work on one store: an entry is claimed first, and a claim ends by
itself when its process dies. What fails is tried again later; what fails `max_tries` times in this program (not for
want of the store) goes to the poison shelf: a ticket of its header, raw mail kept, the failure named.
"""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from gateway import events
from gateway.errors import Temporary
from gateway.model import Entry
from gateway.pipeline.poison import poison
from gateway.pipeline.process import Gateway, process
from gateway.store import spool
from gateway.store.outcomes import Outcome

POLL_SECONDS = 1.0
"""How soon a mail is seen that another process put into the spool, or that is to be tried again."""
FIRST_RETRY = timedelta(seconds=10)
LONGEST_RETRY = timedelta(minutes=15)
GATHER_SECONDS = 0.01
"""While there is other work: for how long new mail gathers before it is claimed, because every claim is a commit."""
CLAIM_AHEAD = 8
"""Mails that are claimed, for each worker: the one it has in work and those that wait for it in this process."""
MAX_BYTES = 8 * 1024 * 1024
"""Bytes of all mails that are claimed, without a large one (`spool.LARGE`), of which there is never more than one: in
work, a mail takes several times its size. Small ones pass it by."""
LONGEST_WORK_SECONDS = 300.0
"""More than one mail may take in all that it can wait for, however short its claim is."""
CRASHES = 20
"""Claims without an end after which a mail is taken for the cause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkLimits:
    """How much is in work at once, and how often one mail is tried."""

    workers: int
    lease: timedelta
    max_tries: int
    takes_large: bool = True
    """Whether mails of more than `spool.LARGE` bytes are taken, too; of a machine's processes one should."""


class Workers:
    """Decides what is pending until it is stopped."""

    def __init__(
        self, gateway: Gateway, limits: WorkLimits, on_outcome: Callable[[Outcome], None] | None = None
    ) -> None:
        self._gateway = gateway
        self._limits = limits
        self._on_outcome = on_outcome
        self.wake = threading.Event()
        """Set when there is something new; goes into `Spool.on_put`."""
        self._stopping = threading.Event()
        self._is_store_down = False
        self._in_hand = _InHand(limits.workers * CLAIM_AHEAD, takes_large=limits.takes_large)
        self._queue: queue.SimpleQueue[Entry | None] = queue.SimpleQueue()
        # Daemon threads: one that waits for ever for what it has asked must not keep a program from ending.
        self._threads = [
            threading.Thread(target=self._work_all, name=f"decide-{number}", daemon=True)
            for number in range(limits.workers)
        ]
        self._dispatcher = threading.Thread(target=self._dispatch, name="dispatch", daemon=True)

    def start(self) -> None:
        """Start deciding."""
        self._start_threads()
        self._dispatcher.start()

    def stop(self) -> None:
        """Finish what is in work, give back what is only claimed."""
        self._stopping.set()
        self.wake.set()
        self._in_hand.end()
        if self._dispatcher.ident:
            self._dispatcher.join()
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            if thread.ident:
                thread.join()

    def is_going(self) -> bool:
        """Does it go on: is there who hands out work, and is no mail in work for longer than its claim lasts?"""
        longest = max(self._limits.lease.total_seconds(), LONGEST_WORK_SECONDS)
        return self._dispatcher.is_alive() and self._in_hand.longest() < longest

    def run_until_idle(self) -> None:
        """Decide everything that is due now, then return."""
        self._start_threads()
        while True:
            was_empty = self._in_hand.is_empty()
            if self._claim_and_submit() is not _Found.NOTHING:
                continue
            if was_empty:
                return
            self._in_hand.wait_until_empty()  # the next large one may wait for this

    def _dispatch(self) -> None:
        while not self._stopping.is_set():
            self.wake.clear()
            try:
                found = self._claim_and_submit()
            except Exception as error:  # without this thread nothing would be decided any more
                events.unexpected("dispatch", error)
                found = _Found.NOTHING
            if found is not _Found.MORE:
                self.wake.wait(POLL_SECONDS)
                if not self._in_hand.is_empty():
                    self._stopping.wait(GATHER_SECONDS)

    def _claim_and_submit(self) -> "_Found":
        """Hand out one batch; is there more?"""
        room = self._in_hand.wait_for_room()
        if room is None:
            return _Found.NOTHING
        try:
            entries = spool.claim(
                self._gateway.store,
                limit=room.mails,
                max_bytes=room.octets,
                largest=spool.ANY_SIZE if room.for_large else spool.LARGE,
                now=self._gateway.clock.now(),
                lease=self._limits.lease,
            )
        except Temporary as error:
            self._note_store(error)
            return _Found.NOTHING
        self._note_store(None)
        for entry in entries:
            self._in_hand.add(entry)
            self._queue.put(entry)
        return _what_was_found(room, [len(entry.raw) for entry in entries])

    def _start_threads(self) -> None:
        for thread in self._threads:
            if not thread.ident:
                thread.start()

    def _work_all(self) -> None:
        while (entry := self._queue.get()) is not None:
            if not self._stopping.is_set():  # else it is given back with all that is only claimed
                self._work(entry)
            del entry  # up to 25 MB, which nobody needs while this thread waits for the next mail

    def _note_store(self, error: Temporary | None) -> None:
        """Tell once that the store is away, and once that it is back."""
        if error and not self._is_store_down:
            events.store_failed(reason=error.reason)
        elif self._is_store_down and not error:
            events.store_recovered()
        self._is_store_down = error is not None

    def _work(self, entry: Entry) -> None:
        started = time.monotonic()
        try:
            outcome = self._decide(entry)
            if outcome:
                milliseconds = round((time.monotonic() - started) * 1000)
                events.mail_decided(
                    entry_id=entry.id,
                    action=outcome.action,
                    ticket=outcome.ticket_id,
                    why_code=outcome.mail_class or None,
                    milliseconds=milliseconds,
                )
                if self._on_outcome:
                    self._on_outcome(outcome)
        except Exception as error:  # the store, most likely: the claim ends by itself
            events.mail_failed(entry_id=entry.id, error=events.describe(error))
        finally:
            self._in_hand.remove(entry)
            if _is_large(len(entry.raw)):
                self.wake.set()  # the next large one has waited for this

    def _decide(self, entry: Entry) -> Outcome | None:
        if entry.tries > CRASHES:
            return self._poison(entry, "the program ended again and again while it was in work")
        try:
            result = process(self._gateway, entry)
        except Temporary as error:
            self._try_later(entry, error.reason, counts=False)
            return None
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            events.mail_failed(entry_id=entry.id, error=events.describe(error))
            if entry.tries >= self._limits.max_tries:
                return self._poison(entry, reason)
            self._try_later(entry, reason, counts=True)
            return None
        return result if isinstance(result, Outcome) else None

    def _poison(self, entry: Entry, reason: str) -> Outcome:
        events.mail_poisoned(entry_id=entry.id, tries=entry.tries)
        return poison(self._gateway, entry, reason)

    def _try_later(self, entry: Entry, reason: str, *, counts: bool) -> None:
        pause = min(LONGEST_RETRY, FIRST_RETRY * 2 ** min(entry.tries - 1, 10))
        while True:
            try:
                with self._gateway.store.transaction() as tx:
                    next_try_at = self._gateway.clock.now() + pause
                    spool.give_back(tx, entry.id, error=reason, next_try_at=next_try_at, counts=counts)
            except Temporary:
                # The store is away: nothing else can be decided either, and a claim lasts longer than a restart of it.
                if self._stopping.wait(POLL_SECONDS):
                    raise
            else:
                return


class _Found(Enum):
    """What a claim says of the mails that wait."""

    NOTHING = "none was due"
    ALL = "no other is due that there would be room for"
    MORE = "others may be due"


@dataclass(frozen=True, slots=True)
class _Room:
    mails: int
    octets: int
    for_large: bool


@dataclass(frozen=True, slots=True)
class _Held:
    octets: int
    since: float


def _is_large(octets: int) -> bool:
    return octets > spool.LARGE


def _what_was_found(room: _Room, sizes: Sequence[int]) -> _Found:
    if not sizes:
        return _Found.NOTHING
    is_full = len(sizes) >= room.mails or sum(sizes) + spool.LARGE > room.octets
    return _Found.MORE if is_full else _Found.ALL


class _InHand:
    """What is claimed and not finished: bounded in mails and in bytes; filled in batches, for a claim is a commit."""

    def __init__(self, mails: int, *, takes_large: bool) -> None:
        self._mails = mails
        self._takes_large = takes_large
        self._held: dict[str, _Held] = {}
        self._changed = threading.Condition()
        self._is_over = False

    def wait_for_room(self) -> _Room | None:
        """Wait until half of it is free; how much, None when there will be no more work."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_over or self._is_half_free())
            if self._is_over:
                return None
            return _Room(
                self._mails - len(self._held),
                MAX_BYTES - self._octets(),
                self._takes_large and not any(_is_large(held.octets) for held in self._held.values()),
            )

    def wait_until_empty(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self._held)

    def is_empty(self) -> bool:
        return not self._held

    def add(self, entry: Entry) -> None:
        with self._changed:
            self._held[entry.id] = _Held(len(entry.raw), time.monotonic())

    def remove(self, entry: Entry) -> None:
        with self._changed:
            del self._held[entry.id]
            if not self._held or self._is_half_free():
                self._changed.notify_all()

    def longest(self) -> float:
        """For how many seconds the oldest of it has been there, 0.0 where there is none."""
        with self._changed:
            return max((time.monotonic() - held.since for held in self._held.values()), default=0.0)

    def end(self) -> None:
        """Whoever waits for room waits no longer."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    def _is_half_free(self) -> bool:
        return len(self._held) * 2 <= self._mails and self._octets() * 2 <= MAX_BYTES

    def _octets(self) -> int:
        """Of the small ones."""
        return sum(held.octets for held in self._held.values() if not _is_large(held.octets))
