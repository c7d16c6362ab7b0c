"""How much memory does `serve` take when large mails come all at once?

Mails of 25 MB, nearly all of it one attachment, on a connection each, over LMTP. Looked at twenty times a second, by
the kernel's own book: of the main process what is resident (VmHWM of proc(5): the most at any time), of all processes
together their proportional share (Pss: a page that several of them share is counted once), because they are the same
program and have much in common.
"""

import base64
import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from scripts.bench_feed import Prepared, feed, prepare
from scripts.bench_gateway import Serving, make_site, serving, wait_for
from scripts.bench_outcomes import Outcomes

MEGABYTE = 1024 * 1024
DOOR_ONLY = ("smtp", "lmtp")
LOOK_SECONDS = 0.05
TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Megabytes; `seconds` from the first byte to the last outcome (to the last 250 where nothing is decided)."""

    roles: str
    mails: int
    idle: float
    """Of the main process, before; then its most."""
    peak: float
    all_idle: float
    """Of all processes together, before; then their most at one moment."""
    all_peak: float
    seconds: float


@dataclass(slots=True)
class _Look:
    """The most that all processes took together, so far."""

    most: float = 0.0
    is_over: threading.Event = field(default_factory=threading.Event)

    def go_on(self, served: Serving) -> None:
        """Look until it is over."""
        while not self.is_over.wait(LOOK_SECONDS):
            self.most = max(self.most, together(served))


def write_large_mails(folder: Path, *, mails: int, megabytes: int) -> list[Path]:
    """Files of so many mails of that size, none like another."""
    folder.mkdir(parents=True)
    paths = [folder / f"{number}.eml" for number in range(mails)]
    for number, path in enumerate(paths):
        path.write_bytes(_large_mail(number, megabytes * MEGABYTE))
    return paths


def measure_memory(folder: Path, large: Sequence[Path], *, roles: Sequence[str] = (), processes: int = 0) -> Memory:
    """Feed these mails at once, to a `serve` with these roles (all of them where none are given)."""
    site = make_site(folder, signed=False, processes=processes)
    prepared = [prepare(path, "desk@support.test") for path in large]
    with serving(site, roles=roles) as served, Outcomes(site) as outcomes:
        idle, all_idle = _of_process(served.process.pid, "status", "VmRSS"), together(served)
        with _looking(served) as look:
            began, ended = _feed_all(site.lmtp_port, prepared)
            if tuple(roles) != DOOR_ONLY:
                ended = wait_for(len(large), outcomes.count, "mails decided")
        peak = _of_process(served.process.pid, "status", "VmHWM")
    return Memory(
        roles=", ".join(roles) or "all",
        mails=len(large),
        idle=idle,
        peak=peak,
        all_idle=all_idle,
        all_peak=max(look.most, all_idle),
        seconds=ended - began,
    )


def _feed_all(port: int, mails: Sequence[Prepared]) -> tuple[float, float]:
    """Offer them all at once, and again what is told to come later: on a slow disk they may wait too long."""
    began, left = time.monotonic(), list(mails)
    for _ in range(TRIES):
        fed = feed(port, left, lmtp=True, connections=len(left))
        left = [mail for mail in left if mail.name not in fed.accepted]
        if not left:
            return began, fed.ended
    raise AssertionError(f"{len(left)} mails were not accepted: {fed.refused[:3]}")


def together(served: Serving) -> float:
    """Megabytes that all processes share now; one that is just ending counts nothing."""
    found = 0.0
    with suppress(OSError):
        for pid in served.pids():
            found += _of_process(pid, "smaps_rollup", "Pss")
    return found


@contextmanager
def _looking(served: Serving) -> Iterator[_Look]:
    look = _Look()
    thread = threading.Thread(target=look.go_on, args=(served,))
    thread.start()
    try:
        yield look
    finally:
        look.is_over.set()
        thread.join()


def _large_mail(number: int, size: int) -> bytes:
    header = (
        f"From: owner{number}@shop{number}.test\r\nTo: desk@support.test\r\nSubject: a large file\r\n"
        f"Message-ID: <large.{number}@shop{number}.test>\r\nMIME-Version: 1.0\r\n"
        "Date: Mon, 2 Nov 2026 08:00:00 +0000\r\n"
        'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nsee the file\r\n'
        "--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
        'Content-Disposition: attachment; filename="large.bin"\r\n\r\n'
    ).encode()
    end = b"--b--\r\n"
    lines = (size - len(header) - len(end)) // 78
    content = random.Random(number).randbytes(lines * 57)  # noqa: S311  only so that no two files are the same
    return header + base64.encodebytes(content).replace(b"\n", b"\r\n") + end


def _of_process(pid: int, file: str, key: str) -> float:
    lines = Path(f"/proc/{pid}/{file}").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{key}:"))
