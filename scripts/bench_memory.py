"""How much memory does `serve` take when large mails come all at once?

Mails of 25 MB, nearly all of it one attachment, on a connection each, over LMTP. Memory is the most that was resident
at any time by the kernel's own book (VmHWM of proc(5)), of the process itself and of each that reads mail for it.
"""

import base64
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.bench_feed import feed, prepare
from scripts.bench_gateway import make_site, serving, wait_for
from scripts.bench_outcomes import Outcomes

MEGABYTE = 1024 * 1024
DOOR_ONLY = ("smtp", "lmtp")


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Megabytes; `seconds` from the first byte to the last outcome (to the last 250 where nothing is decided)."""

    roles: str
    mails: int
    idle: float
    peak: float
    reader_peak: float
    """Of the processes that read mail, the largest."""
    seconds: float


def measure_memory(folder: Path, *, mails: int, megabytes: int, roles: Sequence[str] = ()) -> Memory:
    """Feed so many mails of that size at once, to a `serve` with these roles (all of them where none are given)."""
    large = folder / "large"
    large.mkdir(parents=True)
    for number in range(mails):
        (large / f"{number}.eml").write_bytes(_large_mail(number, megabytes * MEGABYTE))
    site = make_site(folder / "site", signed=False)
    prepared = [prepare(path, "desk@support.test") for path in sorted(large.iterdir())]
    with serving(site, roles=roles) as served, Outcomes(site) as outcomes:
        time.sleep(1)
        idle = _resident(served.process.pid, "VmRSS")
        fed = feed(site.lmtp_port, prepared, lmtp=True, connections=mails)
        assert len(fed.accepted) == mails, fed.refused
        ended = wait_for(mails, outcomes.count, "mails decided") if tuple(roles) != DOOR_ONLY else fed.ended
        readers = [_resident(pid, "VmHWM") for pid in served.pids()[1:]]
        peak = _resident(served.process.pid, "VmHWM")
    return Memory(
        roles=", ".join(roles) or "all",
        mails=mails,
        idle=idle,
        peak=peak,
        reader_peak=max(readers, default=0.0),
        seconds=ended - fed.began,
    )


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


def _resident(pid: int, key: str) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{key}:"))
