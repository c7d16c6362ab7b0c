"""The daemon's side: processes that decide are started, woken, watched, replaced and stopped.

What must stay true: one that dies, or does not say that it is well, is replaced, and what it had in work is free again
at once; one that cannot be replaced for `LONGEST_ABSENCE_SECONDS` shows in `is_well`, so that the service's watchdog
ends this program, too; nothing that a process does or leaves undone ever holds up who wakes it.
"""

import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress

from gateway import events
from gateway.clock import SystemClock
from gateway.config import Config
from gateway.deciding import channel as to_process
from gateway.deciding.channel import ASK, DECIDED, WAKE, WELL, Order
from gateway.deciding.nursery import Nursery
from gateway.errors import Temporary
from gateway.store.claims import release_claims_of_the_dead
from gateway.store.db import Store
from gateway.store.outcomes import Outcome

ASK_SECONDS = 5.0
"""How often a process is asked whether it is well."""
SILENCE_SECONDS = 60.0
"""One that says nothing for so long is replaced; also one that does not get ready."""
LONGEST_ABSENCE_SECONDS = 150.0
"""One that was not well for so long in spite of being replaced is a reason to replace everything."""
STOP_SECONDS = 25.0
"""For what is in work when it is asked to end; what takes longer is left to the next start."""
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 15.0
"""Before the next try, if the last one did not last: doubling from the first to the longest."""

# A process is watched by the machine's own clock, also where the desk's clock stands still.
_CLOCK = SystemClock()


class Crew:
    """The processes that decide for one daemon; `set` wakes them, so it goes into `Spool.on_put`."""

    def __init__(
        self,
        config: Config,
        store: Store,
        *,
        nursery: Nursery | None = None,
        on_decided: Callable[[], None] | None = None,
        on_outcome: Callable[[Outcome], None] | None = None,
    ) -> None:
        self._nursery = nursery or Nursery()
        self._watches = [
            _Watch(
                Order(
                    config=config,
                    takes_large=number == 0,
                    tells_decisions=on_decided is not None,
                    tells_outcomes=on_outcome is not None,
                ),
                self._nursery,
                store,
                on_decided,
                on_outcome,
            )
            for number in range(config.pipeline.processes)
        ]

    def start(self) -> None:
        """Start the processes, without waiting until they are up."""
        for watch in self._watches:
            watch.start()

    def set(self) -> None:
        """There is something new to decide; never waits."""
        for watch in self._watches:
            watch.wake()

    def is_well(self) -> bool:
        """Is every process at work, or being replaced since not very long?"""
        return all(watch.is_well() for watch in self._watches)

    def pids(self) -> tuple[int, ...]:
        """The processes that are there now, for who watches them."""
        return tuple(pid for watch in self._watches if (pid := watch.pid) is not None)

    def stop(self) -> None:
        """End the processes, each after what it has in work."""
        for watch in self._watches:
            watch.begin_to_stop()
        for watch in self._watches:
            watch.wait_until_stopped()
        self._nursery.close()


class _Watch:
    """A place that one process after another takes, and the thread that sees to it."""

    def __init__(
        self,
        order: Order,
        nursery: Nursery,
        store: Store,
        on_decided: Callable[[], None] | None,
        on_outcome: Callable[[Outcome], None] | None,
    ) -> None:
        self._order = order
        self._nursery = nursery
        self._store = store
        self._on_decided = on_decided
        self._on_outcome = on_outcome
        self._guard = threading.Lock()
        self._process: _Process | None = None
        self._stopping = threading.Event()
        self._stop_began = 0.0
        self._last_well = _CLOCK.monotonic()
        self._thread = threading.Thread(target=self._keep_up, name="crew", daemon=True)

    @property
    def pid(self) -> int | None:
        process = self._process
        return process.pid if process else None

    def start(self) -> None:
        self._last_well = _CLOCK.monotonic()
        self._thread.start()

    def wake(self) -> None:
        process = self._process
        if process:
            process.say(WAKE)

    def is_well(self) -> bool:
        return self._stopping.is_set() or _CLOCK.monotonic() - self._last_well < LONGEST_ABSENCE_SECONDS

    def begin_to_stop(self) -> None:
        with self._guard:
            self._stop_began = _CLOCK.monotonic()
            self._stopping.set()
            if self._process:
                self._process.hang_up()

    def wait_until_stopped(self) -> None:
        self._thread.join()

    def _keep_up(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while not self._stopping.is_set():
            began = _CLOCK.monotonic()
            try:
                reason = self._one_life()
                if reason is None:
                    return
                events.decider_replaced(reason=reason)
                self._free_its_work()
            except Exception as error:  # without this thread nobody would see to it any more
                events.unexpected("crew", error)
            lasted = self._last_well > began
            pause = FIRST_PAUSE_SECONDS if lasted else min(pause * 2, LONGEST_PAUSE_SECONDS)
            self._stopping.wait(pause)

    def _one_life(self) -> str | None:
        """Of a process, from its start to its end; why it ended, None where it was asked to."""
        try:
            process = _Process(self._nursery)
        except OSError as error:
            return f"it does not start: {error.strerror or error}"
        try:
            with self._guard:
                self._process = process
                if self._stopping.is_set():
                    process.hang_up()
            process.order(self._order)
            reason = self._listen(process)
        finally:
            with self._guard:
                self._process = None
            process.end()
        if not self._stopping.is_set():
            return reason
        if process.is_cut:
            self._free_its_work()
        return None

    def _listen(self, process: "_Process") -> str:
        """Hear it out, until it is gone or says no longer that it is well; why that is."""
        last_sign = next_question = _CLOCK.monotonic()
        while True:
            now = _CLOCK.monotonic()
            if self._has_waited_enough(last_sign, now):
                return "it does not say that it is well"
            if now >= next_question:
                process.say(ASK)
                next_question = now + ASK_SECONDS
            try:
                said = process.hear(next_question - now)
            except TimeoutError:
                continue
            except (OSError, EOFError):
                return process.cause_of_death()
            if said == WELL:
                last_sign = self._last_well = _CLOCK.monotonic()
            elif said == DECIDED and self._on_decided:
                self._on_decided()
            elif isinstance(said, Outcome):
                self._tell(said)

    def _has_waited_enough(self, last_sign: float, now: float) -> bool:
        if self._stopping.is_set():
            return now - self._stop_began > STOP_SECONDS
        return now - last_sign > SILENCE_SECONDS

    def _tell(self, outcome: Outcome) -> None:
        if self._on_decided:
            self._on_decided()
        if self._on_outcome:
            self._on_outcome(outcome)

    def _free_its_work(self) -> None:
        with suppress(Temporary):  # then a job of the clock does it, or the end of the lease
            release_claims_of_the_dead(self._store)


class _Process:
    """One process and the socket to it."""

    def __init__(self, nursery: Nursery) -> None:
        self._channel, theirs = socket.socketpair()
        try:
            with theirs:
                self._process = nursery.fork(theirs)
        except BaseException:
            self._channel.close()
            raise
        self._guard = threading.Lock()
        self._is_over = False
        self.is_cut = False
        """It ended before it had finished or given back what it had in work."""

    @property
    def pid(self) -> int:
        return self._process.pid

    def order(self, order: Order) -> None:
        """The first thing to say."""
        self._channel.settimeout(SILENCE_SECONDS)
        with suppress(OSError):  # it is gone already, or hangs: whoever listens notices
            to_process.send(self._channel, order)

    def say(self, what: bytes) -> None:
        """Without waiting: a process that does not listen has plenty to do, or is beyond being woken."""
        with self._guard, suppress(OSError):
            if not self._is_over:
                # Not `send`: that one waits for as long as `hear` does. With a timeout, the descriptor never blocks.
                os.write(self._channel.fileno(), what)

    def hear(self, seconds: float) -> object:
        """What it says next."""
        self._channel.settimeout(max(0.001, seconds))
        return to_process.receive(self._channel)

    def hang_up(self) -> None:
        """Ask it to end after what it has in work."""
        with suppress(OSError):
            self._channel.shutdown(socket.SHUT_WR)

    def end(self) -> None:
        """See that it is gone, by force where it is not."""
        self._process.kill()
        self._process.wait()
        self.is_cut = self._process.status() != 0
        with self._guard:
            self._is_over = True
            self._channel.close()
            self._process.close()

    def cause_of_death(self) -> str:
        """What the kernel says of its end."""
        if not self._process.wait(1):
            return "it does not answer any more"
        status = self._process.status()
        if status is None:
            return "it has ended"
        return f"killed by signal {-status}" if status < 0 else f"ended with status {status}"
