"""Who reads a mail without being hurt by it? A pool of processes with limits, one mail in each at a time (threat A-36).

`read` always answers: a mail that kills its process, or takes too long, comes back as its header-only scan, with the
reason in `unparsed`, and a new process takes the place of the dead one. Only where no process can be had at all, or the
pool is stopped, there is no answer: that is nobody's fault but ours, and Temporary.

Processes are started as commands, never by fork: this program has threads. Their memory limit counts what a mail adds
to the program's own size. What a mail that took its process over may answer does no harm: see `answer`.
"""

import io
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import gateway
from gateway.clock import SystemClock
from gateway.errors import Temporary
from gateway.mail import answer, headers
from gateway.mail.message import Message
from gateway.mail.worker import BUFFER, LENGTH, OUT_OF_MEMORY, READY

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

START_SECONDS = 60.0
"""Longest wait for a new process to say that it is ready."""
TOGETHER = 256 * 1024
"""Bytes of a mail that is sent with its length in one go: a process that wakes for eight bytes only waits again."""
MAX_ANSWER = 512 * 1024 * 1024
"""Bytes of an answer; a mail of 25 MB gives about 25 MB."""

# A process is waited for by the machine's own clock, also where the desk's clock stands still.
_CLOCK = SystemClock()


class _Failed(Exception):
    """The process did not answer; says why in words for `unparsed`."""


class _Incoming(io.RawIOBase):
    """What comes over a channel until the deadline, as a file."""

    def __init__(self, channel: socket.socket, deadline: float) -> None:
        self._channel = channel
        self._deadline = deadline
        self._size = 0
        self.has_ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        self._channel.settimeout(max(0.001, self._deadline - _CLOCK.monotonic()))
        count = self._channel.recv_into(buffer)
        self._size += count
        self.has_ended = not count
        if self._size > MAX_ANSWER:
            raise _Failed("its answer is too large")
        return count


class _Worker:
    """One process and the socket to it."""

    def __init__(self, memory_bytes: int, cpu_seconds: int) -> None:
        self._cpu_seconds = cpu_seconds
        self._channel, theirs = socket.socketpair()
        root = str(Path(gateway.__file__).parent.parent)
        command = [sys.executable, "-P", "-m", "gateway.mail.worker", str(memory_bytes), str(cpu_seconds)]
        try:
            with theirs:
                self._process = subprocess.Popen(
                    command,
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    # Nothing of our environment is a reading process's business; its own group keeps Ctrl-C from it.
                    env={
                        "PYTHONPATH": os.pathsep.join((root, *filter(None, sys.path))),
                        "LANG": "C.UTF-8",
                        # What a large mail took is given back to the system, not kept for the next (mallopt(3)).
                        "MALLOC_MMAP_THRESHOLD_": str(256 * 1024),
                    },
                    start_new_session=True,
                )
        except BaseException:
            self._channel.close()
            raise
        self._is_ready = False

    @property
    def pid(self) -> int:
        pid: int = self._process.pid
        return pid

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def wait_ready(self, deadline: float) -> None:
        """Wait until the process can read; Temporary if it cannot be started."""
        if self._is_ready:
            return
        with suppress(OSError, EOFError):
            self._is_ready = self._receive(len(READY), deadline) == READY
        if not self._is_ready:
            raise Temporary("a process that reads mail does not start")

    def read(self, raw: bytes, deadline: float) -> Message:
        """The process's answer; raises _Failed when there is none."""
        incoming = _Incoming(self._channel, deadline)
        try:
            self._channel.settimeout(max(0.001, deadline - _CLOCK.monotonic()))
            head = LENGTH.pack(len(raw))
            if len(raw) <= TOGETHER:
                self._channel.sendall(head + raw)
            else:
                self._channel.sendall(head)
                self._channel.sendall(raw)
            # Built as it comes in, so that a large file is in memory once and not twice.
            return answer.read(io.BufferedReader(incoming, BUFFER))
        except TimeoutError as error:
            raise _Failed("it took too long") from error
        except _Failed:
            raise
        except OSError as error:
            raise _Failed(self._cause_of_death()) from error
        except Exception as error:  # what a process that was taken over answers may fail in any way
            raise _Failed(self._cause_of_death() if incoming.has_ended else "its answer cannot be read") from error

    def end(self) -> None:
        """Kill the process, whatever it does."""
        self._channel.close()
        self._process.kill()
        self._process.wait()

    def _receive(self, size: int, deadline: float) -> bytearray:
        data = bytearray(size)
        view = memoryview(data)
        while view:
            self._channel.settimeout(max(0.001, deadline - _CLOCK.monotonic()))
            count = self._channel.recv_into(view)
            if not count:
                raise EOFError
            view = view[count:]
        return data

    def _cause_of_death(self) -> str:
        try:
            status = self._process.wait(1)
        except subprocess.TimeoutExpired:
            return "its process does not answer any more"
        if status == OUT_OF_MEMORY:
            return "it needs more memory than one mail may take"
        if status == -signal.SIGXCPU:
            return f"it took more than {self._cpu_seconds} seconds of processor time"
        return (
            f"its process was killed by signal {-status}" if status < 0 else f"its process ended with status {status}"
        )


class Reader:
    """Reads mails in `workers` processes; usable from any thread.

    `memory_bytes` is what one mail may take, `cpu_seconds` the processor time and `wall_seconds` the time for one mail.
    """

    def __init__(self, workers: int, memory_bytes: int, cpu_seconds: int, wall_seconds: float) -> None:
        self._count = workers
        self._memory_bytes = memory_bytes
        self._cpu_seconds = cpu_seconds
        self._wall_seconds = wall_seconds
        # The last used first: its pages are warm. None stands for a process that could not be started.
        self._idle: list[_Worker | None] = []
        # One for each in the list, put there after it: who takes one finds a place filled. (A LifoQueue is all Python.)
        self._free: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._guard = threading.Lock()
        self._running = False

    def start(self, *, ahead: bool = True) -> None:
        """Start the processes, without waiting until they are up; not `ahead`, each with the first mail for it."""
        with self._guard:
            self._running = True
        for _ in range(self._count):
            self._put_back(self._started() if ahead else None)

    def stop(self) -> None:
        """End the processes, each after the mail that it reads."""
        with self._guard:
            was_running, self._running = self._running, False
        for _ in range(self._count if was_running else 0):
            self._free.get()
            worker = self._idle.pop()
            if worker:
                worker.end()

    def read(self, raw: bytes) -> Message:
        """Take a mail apart; blocks until a process is free. Raises Temporary where there is none to be had."""
        worker = self._taken()
        replacement: _Worker | None = None
        try:
            if worker is None or not worker.is_alive:
                if worker:
                    worker.end()
                worker = _Worker(self._memory_bytes, self._cpu_seconds)
            worker.wait_ready(_CLOCK.monotonic() + START_SECONDS)
            message = worker.read(raw, _CLOCK.monotonic() + self._wall_seconds)
            replacement = worker
        except _Failed as failed:
            return headers.scan(raw, f"the mail could not be read: {failed}")
        except OSError as error:
            raise Temporary(f"a process that reads mail does not start: {error.strerror}") from error
        finally:
            if worker and replacement is None:
                worker.end()
                replacement = self._started()
            self._put_back(replacement)
        return message

    def pids(self) -> tuple[int, ...]:
        """The processes that wait for mail, for who watches them."""
        return tuple(worker.pid for worker in self._idle.copy() if worker)

    def _taken(self) -> _Worker | None:
        while True:
            if not self._running:
                raise Temporary("the gateway is shutting down")
            with suppress(queue.Empty):
                self._free.get(timeout=1)
                return self._idle.pop()

    def _put_back(self, worker: _Worker | None) -> None:
        self._idle.append(worker)
        self._free.put(None)

    def _started(self) -> _Worker | None:
        """A new process, None if it cannot be had now: the next mail tries again."""
        if not self._running:
            return None
        with suppress(OSError):
            return _Worker(self._memory_bytes, self._cpu_seconds)
        return None
