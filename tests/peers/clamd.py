"""A private ClamAV: Debian's clamd on loopback, with two hand-made signatures, because none are to be had offline."""

import hashlib
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.clock import SystemClock
from gateway.config import Antivirus
from gateway.spam.clamd import Clamd
from tests.peers.process import answers, free_port, open_folder, require, running, wait_until

MAX_STREAM = 2 * 1024 * 1024
"""The largest mail that this clamd takes."""
CONFIG = """\
DatabaseDirectory {folder}/db
LogFile {folder}/clamd.log
LocalSocket {folder}/clamd.sock
LocalSocketMode 666
TCPSocket {port}
TCPAddr 127.0.0.1
User clamav
OfficialDatabaseOnly no
ScanMail yes
StreamMaxLength {limit}
Foreground yes
"""


def eicar() -> bytes:
    """The test file of all virus scanners, put together here so that no scanner takes this file for it."""
    return rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningClamd:
    """A running clamd, over TCP and by its unix socket."""

    port: int
    socket: Path
    pid: int
    host: str = "127.0.0.1"

    def freeze(self) -> None:
        """Stop it where it stands: connections are accepted, nothing is answered."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        os.kill(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """End it as a power cut would."""
        os.kill(self.pid, signal.SIGKILL)
        wait_until(lambda: not answers(self.port), "the killed clamd is gone")


@pytest.fixture(scope="session")
def clamd() -> Iterator[RunningClamd]:
    """A clamd that knows the EICAR file. Leave it running: others use it too."""
    with running_clamd() as server:
        yield server


@contextmanager
def running_clamd(port: int | None = None) -> Iterator[RunningClamd]:
    """Run a clamd until the block ends; for tests that freeze or end it."""
    command = require("clamd")
    with open_folder() as folder:
        chosen = port or free_port()
        database = folder / "db"
        database.mkdir()
        (database / "test.ndb").write_text(f"Test.EICAR.NDB:0:*:{eicar().hex()}\n")
        bad = b"a file that is bad by its digest\n"
        (database / "test.hdb").write_text(f"{hashlib.md5(bad).hexdigest()}:{len(bad)}:Test.Hash.HDB\n")
        (folder / "clamd.conf").write_text(CONFIG.format(folder=folder, port=chosen, limit=MAX_STREAM))
        for path in (folder, *folder.rglob("*")):
            shutil.chown(path, "clamav", "clamav")
        probe = Clamd(Antivirus(engine="clamd", port=chosen, timeout_seconds=2), SystemClock())
        arguments = [command, "-c", str(folder / "clamd.conf")]
        with running(arguments, log=folder / "output", ready=lambda: not probe.ping()) as process:
            yield RunningClamd(port=chosen, socket=folder / "clamd.sock", pid=process.pid)
