"""What every private server needs: a folder others may enter, a free port, a start that is waited for, an end."""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PACKAGES = "make test-packages"


def require(command: str) -> str:
    """The path of a command; fails the test with what to type where it is missing."""
    found = shutil.which(command) or shutil.which(command, path="/usr/sbin:/sbin:/usr/lib/dovecot")
    assert found, f"{command} is not installed: `{PACKAGES}` installs what the tests need"
    return found


def free_port() -> int:
    """A port of loopback that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def open_folder() -> Iterator[Path]:
    """A scratch folder that servers which give up root can enter."""
    folder = Path(tempfile.mkdtemp(prefix="tg-", dir="/var/tmp"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def answers(port: int, host: str = "127.0.0.1") -> bool:
    """Does something listen there?"""
    with suppress(OSError), socket.create_connection((host, port), timeout=1):
        return True
    return False


def wait_until(condition: Callable[[], object], what: str, seconds: float = 30.0) -> None:
    """Wait until the condition holds; fails with `what` after that time."""
    end = time.monotonic() + seconds
    while True:
        began = time.monotonic()
        if condition():
            return
        now = time.monotonic()
        assert now < end, f"not within {seconds:g} s: {what}"
        time.sleep(max(0.02, 2 * (now - began)))  # what is waited for needs the processor more than who looks


@contextmanager
def running(
    command: list[str], *, log: Path, ready: Callable[[], object], cwd: Path | None = None, seconds: float = 30.0
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server in the foreground until the block ends; `ready` tells when it can be used."""
    with (
        log.open("ab") as output,
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=cwd) as process,
    ):
        try:
            wait_until(lambda: process.poll() is not None or ready(), f"{command[0]} is ready, see {log}", seconds)
            assert process.poll() is None, (
                f"{command[0]} ended with {process.returncode}: {log.read_text(errors='replace')[-2000:]}"
            )
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
