"""A private SpamAssassin: Debian's spamd on loopback, with local tests only."""

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.clock import SystemClock
from gateway.config import Spam
from gateway.spam.spamd import Spamd
from tests.peers.process import answers, free_port, open_folder, require, running, wait_until

CHILDREN = 2
SITE = Path("/etc/spamassassin")
BAYES = """\
use_bayes 1
bayes_auto_learn 0
bayes_path {folder}/bayes/bayes
bayes_min_ham_num 5
bayes_min_spam_num 5
bayes_file_mode 0770
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningSpamd:
    """A running spamd, over TCP and by its unix socket."""

    port: int
    socket: Path
    pid: int
    host: str = "127.0.0.1"

    def freeze(self) -> None:
        """Stop it and its children where they stand: connections are accepted, nothing is answered."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let them go on."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it and its children as a power cut would."""
        self._signal(signal.SIGKILL)
        wait_until(lambda: not answers(self.port), "the killed spamd is gone")

    def _signal(self, number: int) -> None:
        for pid in (self.pid, *children(self.pid)):
            with suppress(ProcessLookupError):
                os.kill(pid, number)


@pytest.fixture(scope="session")
def spamd() -> Iterator[RunningSpamd]:
    """A spamd that judges by rules; Bayes from 5 + 5 learned mails on. Leave it running: others use it too."""
    with running_spamd() as server:
        yield server


@contextmanager
def running_spamd(port: int | None = None, *, processes: int = CHILDREN) -> Iterator[RunningSpamd]:
    """Run a spamd until the block ends; for tests that freeze or end it. `processes` scan at once."""
    command = require("spamd")
    with open_folder() as folder:
        chosen = port or free_port()
        _configure(folder)
        arguments = ["-L", "-x", "--allow-tell", "-u", "debian-spamd", "-H", str(folder / "home")]
        arguments += [f"--siteconfigpath={folder}/etc", "-s", str(folder / "spamd.log")]
        arguments += ["-i", f"127.0.0.1:{chosen}", "-i", str(folder / "spamd.sock"), "--socketmode=0666"]
        arguments += ["-m", str(processes), f"--min-children={processes}"]
        probe = Spamd(Spam(port=chosen, timeout_seconds=2), SystemClock())
        with running([command, *arguments], log=folder / "output", ready=lambda: not probe.ping()) as process:
            yield RunningSpamd(port=chosen, socket=folder / "spamd.sock", pid=process.pid)


def children(pid: int) -> list[int]:
    """The living children of a process."""
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in listed.read_text().split()] if listed.exists() else []


def _configure(folder: Path) -> None:
    shutil.copytree(SITE, folder / "etc")
    (folder / "etc" / "zz_bayes.cf").write_text(BAYES.format(folder=folder))
    for name in ("bayes", "home"):
        (folder / name).mkdir()
        shutil.chown(folder / name, "debian-spamd", "debian-spamd")
