"""Is it worth asking? A circuit breaker: after some failures in a row nobody waits for a dead server any more.

closed ── FAILURES in a row ──► open ── OPEN_SECONDS later ──► one trial ── success ──► closed
                                  ▲                                │
                                  └──────────── failure ───────────┘
"""

import threading

from gateway.clock import Clock

FAILURES = 5
OPEN_SECONDS = 60.0


class Breaker:
    """Counts failures of one server; usable from any thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._failures = 0
        self._open_until = 0.0
        self._trial = False

    def seconds_closed_to_all(self) -> float:
        """For how long nothing may be asked: 0.0 where something may."""
        with self._guard:
            return self._wait()

    def admit(self) -> bool:
        """May this caller ask now? If so, it must tell `succeeded`, `failed` or `undecided` then."""
        with self._guard:
            if self._failures < FAILURES:
                return True
            if self._wait() > 0 or self._trial:
                return False
            self._trial = True
            return True

    def succeeded(self) -> None:
        """An answer came: ask on."""
        with self._guard:
            self._failures, self._trial = 0, False

    def failed(self) -> None:
        """No usable answer came."""
        with self._guard:
            self._failures, self._trial = self._failures + 1, False
            if self._failures >= FAILURES:
                self._open_until = self._clock.monotonic() + OPEN_SECONDS

    def undecided(self) -> None:
        """The caller gave up for reasons of his own: nothing is learned, and another may try."""
        with self._guard:
            self._trial = False

    def _wait(self) -> float:
        if self._failures < FAILURES:
            return 0.0
        return max(0.0, self._open_until - self._clock.monotonic())
