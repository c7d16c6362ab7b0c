"""Whose turn is it to write, of all processes of this machine? For SQLite, which has one writer at a time.

SQLite's own waiting sleeps up to a tenth of a second between its tries, and whoever has just written comes first again.
So processes take turns on a file beside the database: who waits is served before who comes back, and who keeps mail
that a peer waits for (`first`) before who decides.

What must stay true: this is about order alone. SQLite's lock still is what keeps writers apart, so where the file
cannot be had, or is taken away, nothing goes wrong but the order. The kernel ends the turn of a process that dies.
"""

import fcntl
import os
import struct
import threading
import time
from contextlib import suppress
from pathlib import Path

from gateway.errors import Temporary

SUFFIX = "-turn"
SHORTEST_PAUSE = 0.0005
LONGEST_PAUSE = 0.002
"""Seconds between two looks whether it is our turn: no lock of the kernel waits for so long and no longer."""

# Bytes of the file, each a lock of its own (fcntl(2), open file description locks).
_TURN = 0
_NEXT = 1
"""Held by who gets the turn when it ends: whoever comes back stands behind him."""
_FIRST = 2
"""Shared by those who wait and go first."""


class MachineTurns:
    """The turns of one process; to be used by one thread at a time, except for `is_awaited`."""

    def __init__(self, database: Path, patience: float) -> None:
        self._path = database.with_name(database.name + SUFFIX)
        self._database = database
        self._patience = patience
        self._guard = threading.Lock()
        self._file: int | None = None
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

    @property
    def is_awaited(self) -> bool:
        """Does somebody of another process wait who goes first?"""
        return self._file is not None and _is_held_by_others(self._file, _FIRST)

    def close(self) -> None:
        """Give up the file."""
        with self._guard:
            file, self._file = self._file, None
            if file is not None:
                os.close(file)

    def _wait(self, file: int, place: int, kind: int, end: float, *, yields: bool) -> None:
        pause = SHORTEST_PAUSE
        while (yields and _is_held_by_others(file, _FIRST)) or not _lock(file, place, kind):
            if time.monotonic() > end:
                raise Temporary(f"the store failed: another process has been writing for {self._patience:g} s")
            time.sleep(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE)

    def _opened(self) -> int | None:
        if self._file is None:
            with self._guard, suppress(OSError):
                self._file = _open(self._path, self._database)
        return self._file


def _open(path: Path, database: Path) -> int:
    owner = database.stat()
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
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


def _is_held_by_others(file: int, place: int) -> bool:
    answer = fcntl.fcntl(file, fcntl.F_OFD_GETLK, _request(fcntl.F_WRLCK, place))
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
