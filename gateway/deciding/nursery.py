"""The daemon's side: where the processes that decide come from, so that they share the memory of what is loaded.

A process that is forked has the pages of the other one until one of them writes into them: Python, the libraries and
the program, which are most of it. The daemon has threads and must not fork, so it has a nursery, a process that does
nothing else (`gateway.deciding.tending`): forked from `serve` before its first thread starts, it shares the pages of
the daemon itself, too.

What must stay true: a nursery that is dead, or does not answer, is replaced when it is next asked for a process, and
the processes it made live on. The one that replaces it is executed, and shares nothing with the daemon.
"""

import gc
import os
import select
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import gateway
from gateway.deciding import tending
from gateway.deciding.tending import FORK, PACKET, UNKNOWN

PROGRAM = "gateway.deciding.tending"
ANSWER_SECONDS = 30.0
"""For an answer: the first one comes when the nursery has loaded everything."""


class Nursery:
    """Usable from any thread. Without a process at first: the first one that is asked for starts it."""

    def __init__(self, process: "_Process | None" = None) -> None:
        self._process = process
        self._is_closed = False
        self._guard = threading.Lock()

    def fork(self, channel: socket.socket) -> "Child":
        """A new process that decides, with this end of a socket as its standard input; OSError if there is none."""
        with self._guard:
            pid = self._forked(channel.fileno())
        if pid < 0:
            raise OSError(-pid, os.strerror(-pid))
        return Child(pid, self)

    def status(self, pid: int) -> int | None:
        """How that process ended (`os.waitstatus_to_exitcode`), None where nobody knows. Its id is free afterwards."""
        with self._guard:
            try:
                answer = self._process.ask(b"%d" % pid) if self._process else UNKNOWN
            except OSError:
                self._end_process()
                return None
        return None if answer == UNKNOWN else int(answer)

    def close(self) -> None:
        """End it; there will be no other one."""
        with self._guard:
            self._is_closed = True
            self._end_process()

    def _forked(self, channel: int) -> int:
        if self._process:
            with suppress(OSError):
                return int(self._process.ask(FORK, [channel]))
            self._end_process()
        if self._is_closed:
            raise ConnectionAbortedError
        self._process = _executed()
        try:
            return int(self._process.ask(FORK, [channel]))
        except OSError:
            self._end_process()
            raise

    def _end_process(self) -> None:
        if self._process:
            self._process.end()
            self._process = None


class Child:
    """A process that decides. `close` when it has ended."""

    def __init__(self, pid: int, nursery: Nursery) -> None:
        self.pid = pid
        self._nursery = nursery
        self._status: int | None = None
        # Not its id alone: should the nursery die, others bury the process, and its id may become another's.
        self._handle = os.pidfd_open(pid)

    def kill(self) -> None:
        """End it by force; no harm where it has ended."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def wait(self, seconds: float | None = None) -> bool:
        """Has it ended, at the latest after so many seconds?"""
        poll = select.poll()
        poll.register(self._handle, select.POLLIN)
        return bool(poll.poll(None if seconds is None else seconds * 1000))

    def status(self) -> int | None:
        """Of one that has ended: how (`os.waitstatus_to_exitcode`), None where nobody knows."""
        if self._status is None:
            self._status = self._nursery.status(self.pid)
        return self._status

    def close(self) -> None:
        """Forget it."""
        os.close(self._handle)


@dataclass(frozen=True, slots=True)
class _Process:
    """The nursery's process, and the socket to it."""

    pid: int
    channel: socket.socket

    def ask(self, question: bytes, sockets: Sequence[int] = ()) -> bytes:
        """Its answer; OSError if it is gone, or does not answer in time."""
        self.channel.settimeout(ANSWER_SECONDS)
        socket.send_fds(self.channel, [question], sockets)
        answer = self.channel.recv(PACKET)
        if not answer:
            raise ConnectionResetError("the nursery is gone")
        return answer

    def end(self) -> None:
        """By force: it has nothing to lose."""
        self.channel.close()
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def forked_nursery() -> Nursery:
    """A nursery that shares the memory of this process, which must have no other thread.

    Should a library have started one, the nursery is executed when it is first needed: safe, but it takes more memory.
    """
    if len(list(Path("/proc/self/task").iterdir())) > 1:
        return Nursery()
    gc.freeze()  # else the collection of garbage would write into all values, and nothing would be shared for long
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        pid = os.fork()
        if not pid:
            ours.close()
            os.dup2(theirs.fileno(), 0)
            os.setsid()
            tending.tend_and_exit()
    return Nursery(_Process(pid, ours))


def _executed() -> _Process:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    root = str(Path(gateway.__file__).parent.parent)
    with theirs:
        try:
            pid = os.posix_spawn(
                sys.executable,
                [sys.executable, "-P", "-m", PROGRAM],
                {**os.environ, "PYTHONPATH": os.pathsep.join((root, *filter(None, sys.path)))},
                file_actions=[(os.POSIX_SPAWN_DUP2, theirs.fileno(), 0)],
                setsid=True,
            )
        except BaseException:
            ours.close()
            raise
    return _Process(pid, ours)
