"""A gateway of one's own to measure: its folder, its commands, and its `serve` as an operator starts it."""

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.accounts.files import read_accounts
from gateway.clock import SystemClock
from gateway.config import load
from gateway.store import migrate
from gateway.store.accounts import put_accounts
from gateway.store.db import Store
from scripts.bench_mails import AGENT, RECIPIENT, accounts, zone
from tests.peers.process import free_port, wait_until

ROOT = Path(__file__).parent.parent
_CONFIG = """
[gateway]
support_addresses = ["{recipient}"]
reply_domain = "r.support.test"
state_directory = "{folder}"

[store]
url = "{store}"

[ingest.smtp]
listen = ["127.0.0.1:{smtp}"]
max_connections_per_peer = 50
max_mails_per_peer_per_minute = 1_000_000

[ingest.lmtp]
listen = ["127.0.0.1:{lmtp}"]

[spam]
engine = "none"

[outbox]
destination = "maildir:outbound"

[desk]
undo_seconds = 0

[dns]
zone_file = "{folder}/zone"

[[agents]]
name = "Agent"
address = "{agent}"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A gateway's folder, and its two ports."""

    folder: Path
    smtp_port: int
    lmtp_port: int

    @property
    def config(self) -> Path:
        """Its configuration."""
        return self.folder / "config.toml"

    @property
    def outbound(self) -> Path:
        """Where the mail it sends arrives."""
        return self.folder / "outbound" / "new"

    def command(self, *arguments: str) -> list[str]:
        """A command of this gateway."""
        return [sys.executable, "-m", "gateway", "--config", str(self.config), *arguments]

    def run(self, *arguments: str, expect: Sequence[int] = (0,)) -> str:
        """Run a command to its end; what it printed."""
        done = subprocess.run(
            self.command(*arguments), capture_output=True, text=True, cwd=ROOT, stdin=subprocess.DEVNULL, check=False
        )
        assert done.returncode in expect, f"{arguments} ended with {done.returncode}: {done.stderr[-2000:]}"
        return done.stdout

    def audit(self) -> dict[str, Any]:
        """What `audit` finds; it must find that everything adds up."""
        found: dict[str, Any] = json.loads(self.run("audit", "--json"))
        return found


def make_site(
    folder: Path, *, recipient: str = RECIPIENT, store: str = "sqlite", signed: bool = True, processes: int = 0
) -> Site:
    """A new gateway: no spam engine, DNS from a file, mail out into a Maildir, everything else as shipped.

    Authors of the benchmark's mails are on file. With `signed`, DNS has their keys and says that what they write is
    signed; without, DNS knows nothing. `processes` decide; 0 stands for as many as are shipped.
    """
    folder.mkdir(parents=True, exist_ok=True)
    site = Site(folder=folder, smtp_port=free_port(), lmtp_port=free_port())
    text = _CONFIG.format(
        recipient=recipient, agent=AGENT, folder=folder, store=store, smtp=site.smtp_port, lmtp=site.lmtp_port
    )
    site.config.write_text(text + (f"\n[pipeline]\nprocesses = {processes}\n" if processes else ""))
    (folder / "zone").write_text(zone() if signed else "$TTL 300\n")
    key = folder / "keys" / "0"
    key.parent.mkdir(mode=0o700)
    key.touch(mode=0o600)
    key.write_bytes(secrets.token_bytes(32))
    (folder / "accounts.jsonl").write_text(accounts())
    opened = Store(load(site.config).store_url)
    migrate.upgrade(opened)
    with opened.transaction() as tx:
        put_accounts(tx, read_accounts(folder / "accounts.jsonl"), SystemClock().now())
    opened.close()
    return site


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """A `serve` that runs; `log` is what it wrote on standard error."""

    process: "subprocess.Popen[bytes]"
    log: Path
    start_seconds: float
    """Until it was ready."""

    def cpu_seconds(self) -> float:
        """Processor time that it has used, with the processes that decide and read mail for it."""
        return sum(_cpu_seconds(pid) for pid in self.pids())

    def wait_until_idle(self) -> None:
        """Until all its processes are up: it takes mail before those that decide are ready."""
        end = time.monotonic() + 30
        before, now = -1.0, self.cpu_seconds()
        while now - before > 0.02 and time.monotonic() < end:
            time.sleep(0.5)
            before, now = now, self.cpu_seconds()

    def pids(self) -> list[int]:
        """Its own process, then those that decide, then those that read mail for them."""
        found = [self.process.pid]
        for pid in found:
            found += _children(pid)
        return found


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()  # proc(5): 14 and 15 of the whole line
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(site: Site, *, roles: Sequence[str] = ()) -> Iterator[Serving]:
    """A `serve` until the block ends, stopped in order."""
    log = site.folder / "log"
    began = time.monotonic()
    with log.open("wb") as out:
        process = subprocess.Popen(
            site.command("serve", *(["--roles", ",".join(roles)] if roles else [])),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd=ROOT,
        )
    try:
        wait_until(lambda: process.poll() is not None or b'"event": "started"' in log.read_bytes(), "serve starts", 60)
        assert process.poll() is None, log.read_text(errors="replace")[-3000:]
        served = Serving(process=process, log=log, start_seconds=time.monotonic() - began)
        served.wait_until_idle()
        yield served
        process.terminate()
        assert process.wait(90) == 0, log.read_text(errors="replace")[-3000:]
    finally:
        process.kill()
        process.wait()


def wait_for(count: int, seen: Callable[[], int], what: str, seconds: float = 600.0) -> float:
    """When `seen()` reached `count` (CLOCK_MONOTONIC, to within 20 ms)."""
    end = time.monotonic() + seconds
    while (found := seen()) < count:
        assert time.monotonic() < end, f"{found} of {count} {what} after {seconds:g} s"
        time.sleep(0.02)
    return time.monotonic()
