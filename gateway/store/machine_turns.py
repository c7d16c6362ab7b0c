"""Whose turn is it to write, of all processes of this machine? For SQLite, which has one writer at a time.

SQLite's own waiting sleeps up to a tenth of a second between its tries, and whoever has just written comes first again.
So processes take turns on a file beside the database: who waits is served before who comes back, and who keeps mail
that a peer waits for (`first`) before who decides.

Whose turn ends rings a bell for the one who waits for it, a FIFO beside the database: no lock of the kernel wakes its
waiter and also lets him give up.

What must stay true: this is about order alone. SQLite's lock still is what keeps writers apart, so where the file
cannot be had, or is taken away, nothing goes wrong but the order; without the bell a turn begins a little later. The
kernel ends the turn of a process that dies.
"""

import fcntl
import os
import select
import stat
import struct
import threading
import time
from contextlib import suppress
from pathlib import Path

from gateway.errors import Temporary

SUFFIX = "-turn"
BELL_SUFFIX = "-bell"
SHORTEST_PAUSE = 0.0005
LONGEST_PAUSE = 0.002
"""Seconds between two looks whether it is our turn: nobody rings for whom a process that was killed held up."""

# Bytes of the file, each a lock of its own (fcntl(2), open file description locks).
_TURN = 0
_NEXT = 1
"""Held by who gets the turn when it ends: whoever comes back stands behind him."""
_FIRST = 2
"""Shared by those who wait and go first."""


class MachineTurns:
    """The turns of one process; to be used by one thread at a time, except for `is_awaited`."""

    def __init__(self, database: Path, patience: float) -> None:
        self._database = database
        self._patience = patience
        self._guard = threading.Lock()
        self._file: int | None = None
        self._bell: _Bell | None = None
        self._is_ours = False

    def take(self, *, first: bool) -> None:
        """Wait for the turn; Temporary where it does not come."""
        file = self._opened()
        if file is None:
            return
        end = time.monotonic() + self._patience
        if first:
            self._wait(file, _FIRST, fcntl.F_RDLCK, end, yields=False)
            try:
                self._wait(file, _TURN, fcntl.F_WRLCK, end, yields=False)
            finally:
                _unlock(file, _FIRST)
        else:
            self._wait(file, _NEXT, fcntl.F_WRLCK, end, yields=True)
            try:
                self._wait(file, _TURN, fcntl.F_WRLCK, end, yields=True)
            finally:
                _unlock(file, _NEXT)
        self._is_ours = True

    def give(self) -> None:
        """The turn is over."""
        if self._is_ours and self._file is not None:
            self._is_ours = False
            _unlock(self._file, _TURN)
            if self._bell and _is_held_by_others(self._file, _NEXT, places=2):  # and _FIRST
                self._bell.ring()

    @property
    def is_awaited(self) -> bool:
        """Does somebody of another process wait who goes first?"""
        return self._file is not None and _is_held_by_others(self._file, _FIRST)

    def close(self) -> None:
        """Give up the file."""
        with self._guard:
            file, self._file = self._file, None
            bell, self._bell = self._bell, None
            if file is not None:
                os.close(file)
            if bell is not None:
                bell.close()

    def _wait(self, file: int, place: int, kind: int, end: float, *, yields: bool) -> None:
        pause = SHORTEST_PAUSE
        while True:
            has_to_yield = yields and _is_held_by_others(file, _FIRST)
            # It rings for one, so nobody else may hear it: not who yields, nor who waits for a place to wait in.
            bell = self._bell if place == _TURN and not has_to_yield else None
            if bell:
                bell.silence()  # before the look at the lock: what rings after it must be heard
            if not has_to_yield and _lock(file, place, kind):
                return
            if time.monotonic() > end:
                raise Temporary(f"the store failed: another process has been writing for {self._patience:g} s")
            if bell:
                bell.wait()
            else:
                time.sleep(pause)
                pause = min(pause * 1.5, LONGEST_PAUSE)

    def _opened(self) -> int | None:
        if self._file is None:
            with self._guard, suppress(OSError):
                self._file = _open(self._beside(SUFFIX), self._database, os.O_CREAT)
                self._bell = _Bell.opened(self._beside(BELL_SUFFIX), self._database)
        return self._file

    def _beside(self, suffix: str) -> Path:
        return self._database.with_name(self._database.name + suffix)


class _Bell:
    """Wakes one who waits in another process; nothing here blocks for longer than a pause."""

    def __init__(self, fifo: int) -> None:
        self._fifo = fifo
        self._poll = select.poll()
        self._poll.register(fifo, select.POLLIN)

    @classmethod
    def opened(cls, path: Path, database: Path) -> "_Bell | None":
        """None where there cannot be one."""
        with suppress(FileExistsError):
            os.mkfifo(path, 0o600)
        fifo = _open(path, database, os.O_NONBLOCK)
        if stat.S_ISFIFO(os.fstat(fifo).st_mode):
            return cls(fifo)
        os.close(fifo)
        return None

    def ring(self) -> None:
        with suppress(BlockingIOError):  # it has been rung for long, and nobody listened
            os.write(self._fifo, b".")

    def silence(self) -> None:
        with suppress(BlockingIOError):
            os.read(self._fifo, select.PIPE_BUF)

    def wait(self) -> None:
        self._poll.poll(LONGEST_PAUSE * 1000)

    def close(self) -> None:
        os.close(self._fifo)


def _open(path: Path, database: Path, flags: int) -> int:
    owner = database.stat()
    file = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | flags, 0o600)
    if os.geteuid() == 0:  # a command of the operator's: the service must be able to open it, too
        os.fchown(file, owner.st_uid, owner.st_gid)
    return file


def _lock(file: int, place: int, kind: int) -> bool:
    try:
        fcntl.fcntl(file, fcntl.F_OFD_SETLK, _request(kind, place))
    except (BlockingIOError, PermissionError):
        return False
    return True


def _unlock(file: int, place: int) -> None:
    fcntl.fcntl(file, fcntl.F_OFD_SETLK, _request(fcntl.F_UNLCK, place))


def _is_held_by_others(file: int, place: int, places: int = 1) -> bool:
    answer = fcntl.fcntl(file, fcntl.F_OFD_GETLK, _FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, place, places, 0))
    kind: int = _FLOCK.unpack(answer)[0]
    return kind != fcntl.F_UNLCK


_FLOCK = struct.Struct("hhqqi4x")
"""struct flock where all machines have the same: type, whence, start, length, process id (0 for these locks)."""
_REQUESTS = {
    (kind, place): _FLOCK.pack(kind, os.SEEK_SET, place, 1, 0)
    for kind in (fcntl.F_RDLCK, fcntl.F_WRLCK, fcntl.F_UNLCK)
    for place in (_TURN, _NEXT, _FIRST)
}


def _request(kind: int, place: int) -> bytes:
    return _REQUESTS[kind, place]
