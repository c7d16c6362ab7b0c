"""Whose turn is it to write? SQLite has one writer at a time, and these are the writers of one process.

SQLite's own busy handler sleeps between its tries, so writers take turns here first: the next one is woken at once.
Whoever keeps a mail that a peer waits for comes before whoever decides what becomes of mail (`first`): otherwise the
doors would slow down to the speed of deciding.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """First come, first served, but for those who go first."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._is_taken = False
        self._first: deque[threading.Lock] = deque()
        self._others: deque[threading.Lock] = deque()

    @contextmanager
    def take(self, *, first: bool) -> Iterator[None]:
        """Wait for the turn, and have it for the length of the block."""
        self._wait(self._first if first else self._others)
        try:
            yield
        finally:
            self._pass_on()

    @property
    def is_awaited(self) -> bool:
        """Does somebody who goes first wait? Whoever could go on for longer ends soon then."""
        return bool(self._first)

    def _wait(self, queue: deque[threading.Lock]) -> None:
        with self._guard:
            if not self._is_taken:
                self._is_taken = True
                return
            turn = threading.Lock()
            turn.acquire()
            queue.append(turn)
        turn.acquire()  # released by the one who has the turn now

    def _pass_on(self) -> None:
        with self._guard:
            queue = self._first or self._others
            if queue:
                queue.popleft().release()
            else:
                self._is_taken = False
