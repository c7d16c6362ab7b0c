"""A private spamd for the demonstration, where SpamAssassin is installed; without it mail is shown as unscanned."""

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

START_SECONDS = 30.0


@contextmanager
def private_spamd(folder: Path) -> Iterator[int | None]:
    """The port of a spamd that lives as long as the block; None where there is none to start."""
    program = shutil.which("spamd") or shutil.which("spamd", path="/usr/sbin")
    if program is None:
        yield None
        return
    home = folder / "spamd"
    home.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    command = [program, "-L", "-x", "-i", "127.0.0.1", "-p", str(port), "-m", "2", "--min-children=1", "-H", str(home)]
    command += ["--allow-tell"]  # so that it learns from what agents answer
    if os.geteuid() == 0:
        command += [f"--username={_unprivileged()}"]
        shutil.chown(home, _unprivileged())
    with (
        (home / "log").open("ab") as log,
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True) as process,
    ):
        try:
            yield port if _answers(port, process) else None
        finally:
            process.terminate()


def _answers(port: int, process: "subprocess.Popen[bytes]") -> bool:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return True
    return False


def _unprivileged() -> str:
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "debian-spamd" if "debian-spamd" in names else "nobody"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
