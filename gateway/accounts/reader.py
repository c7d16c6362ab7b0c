"""What does a source tell now? It is read whole by a process of its own, into a file that has no name.

Whatever the source does, this ends: by the deadline, by the caller's wish, or with what the process says of itself.
Nothing is known of the accounts before all of them are read.
"""

import json
import os
import selectors
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

import gateway
from gateway.accounts.reading import Message, Task
from gateway.accounts.sources import Source
from gateway.clock import SystemClock
from gateway.errors import Temporary

TICK_SECONDS = 0.5
# Waited for by the machine's own clock, also where the desk's clock stands still.
_CLOCK = SystemClock()


class SourceFailed(Temporary):
    """The source could not be read, or what it tells cannot be true; `reason` says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Where an account stands among the lines, and what is known of it without reading it."""

    id: str
    digest: str
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything that a source told; usable while the block of `read_source` lasts."""

    told: Message
    file: BinaryIO

    def lines(self) -> Iterator[Line]:
        """Every account, in the source's order."""
        self.file.seek(0)
        offset = 0
        for line in self.file:
            digest, account_id, _ = line.split(b"\t", 2)
            yield Line(id=json.loads(account_id), digest=digest.decode(), offset=offset)
            offset += len(line)

    def line_at(self, offset: int) -> bytes:
        """The account that stands there, as `lines.line_of` wrote it."""
        self.file.seek(offset)
        return self.file.readline().split(b"\t", 2)[2]


@contextmanager
def read_source(source: Source, *, version: str, scratch: Path, tick: Callable[[int], None]) -> Iterator[Snapshot]:
    """Read a source; `version` is what is known of it. The snapshot is empty where nothing changed (`told.ended`).

    `tick` is called at least twice a second with the number of accounts read so far, and may raise to end it. Raises
    SourceFailed with the reason in words where the source could not be read whole.
    """
    with tempfile.TemporaryFile(dir=scratch) as file:
        task = Task(source=source.name, settings=source.settings.model_dump_json(), version=version)
        told = _run(task, file, source.settings.timeout_seconds, tick)
        if told.ended == "failed":
            raise SourceFailed(told.error)
        yield Snapshot(told=told, file=file)


def _run(task: Task, file: BinaryIO, seconds: float, tick: Callable[[int], None]) -> Message:
    deadline = _CLOCK.monotonic() + seconds
    process = _started(file)
    try:
        assert process.stdin
        assert process.stdout
        with suppress(BrokenPipeError), process.stdin as stdin:
            stdin.write(json.dumps(asdict(task)).encode())
        accounts = 0
        for message in _messages(process.stdout, deadline):
            if _CLOCK.monotonic() > deadline:
                raise SourceFailed(f"it was not read whole within {seconds:g} seconds ([accounts] timeout_seconds)")
            if message and message.ended:
                return message
            accounts = message.accounts if message else accounts
            tick(accounts)
        raise SourceFailed(f"the process that reads it ended with status {process.wait(10)}")
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def _started(file: BinaryIO) -> subprocess.Popen[bytes]:
    root = str(Path(gateway.__file__).parent.parent)
    # The operator's environment stays: proxies, certificates and the password files of databases are named in it.
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((root, *filter(None, sys.path)))}
    try:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "gateway.accounts.reading", str(file.fileno())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=(file.fileno(),),
            env=environment,
            start_new_session=True,  # Ctrl-C is for us
        )
    except OSError as error:
        raise SourceFailed(f"the process that reads it does not start: {error.strerror}") from error


def _messages(stdout: object, deadline: float) -> Iterator[Message | None]:
    """What the process says, None where it says nothing for a while; ends with the process."""
    assert hasattr(stdout, "fileno")
    descriptor = stdout.fileno()
    rest = b""
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while True:
            if not selector.select(max(0.0, min(TICK_SECONDS, deadline - _CLOCK.monotonic()))):
                yield None
                continue
            chunk = os.read(descriptor, 65536)
            if not chunk:
                return
            *lines, rest = (rest + chunk).split(b"\n")
            yield from (Message(**json.loads(line)) for line in lines)
