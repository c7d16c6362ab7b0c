"""A gateway of one's own to measure or to kill: its folder, its commands and its `serve`, as an operator starts them."""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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

    def run(self, *arguments: str) -> str:
        """Run a command that must succeed; what it printed."""
        done = subprocess.run(
            self.command(*arguments), capture_output=True, text=True, cwd=ROOT, stdin=subprocess.DEVNULL, check=False
        )
        assert done.returncode == 0, f"{' '.join(arguments)} ended with {done.returncode}: {done.stderr[-2000:]}"
        return done.stdout

    def audit(self) -> dict[str, Any]:
        """What `audit` finds; it must find that everything adds up."""
        found: dict[str, Any] = json.loads(self.run("audit", "--json"))
        return found


def make_site(folder: Path, *, store: str = "sqlite", zone_text: str | None = None, with_accounts: bool = True) -> Site:
    """A new gateway: no spam engine, DNS from a file, mail out into a Maildir, everything else as shipped.

    Its accounts and its zone are those of the benchmark's mails, unless other DNS is given.
    """
    folder.mkdir(parents=True, exist_ok=True)
    site = Site(folder=folder, smtp_port=free_port(), lmtp_port=free_port())
    site.config.write_text(
        _CONFIG.format(
            recipient=RECIPIENT, agent=AGENT, folder=folder, store=store, smtp=site.smtp_port, lmtp=site.lmtp_port
        )
    )
    (folder / "zone").write_text(zone() if zone_text is None else zone_text)
    key = folder / "keys" / "0"
    key.parent.mkdir(mode=0o700)
    key.touch(mode=0o600)
    key.write_bytes(secrets.token_bytes(32))
    site.run("db", "upgrade")
    if with_accounts:
        (folder / "accounts.jsonl").write_text(accounts())
        site.run("account", "import", str(folder / "accounts.jsonl"))
    return site


class Serving:
    """A `serve` that runs; `log` is what it wrote on standard error."""

    def __init__(self, site: Site, *, roles: Sequence[str] = (), log: Path | None = None) -> None:
        self.log = log or site.folder / "log"
        command = site.command("serve", *(["--roles", ",".join(roles)] if roles else []))
        before = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=ROOT, start_new_session=True
            )
        wait_until(lambda: self._has_started(before), f"serve has started, see {self.log}", 60)

    def stop(self) -> None:
        """End it in order."""
        self.process.terminate()
        assert self.process.wait(90) == 0, self._tail()

    def kill(self) -> None:
        """End it, and the processes that read mail for it, as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def events(self, name: str) -> list[dict[str, Any]]:
        """The events of that name in its log."""
        needle = f'"event": "{name}"'
        with self.log.open(encoding="utf-8") as lines:
            return [json.loads(line) for line in lines if needle in line and line.endswith("\n")]

    def _has_started(self, before: int) -> bool:
        assert self.process.poll() is None, f"serve ended with {self.process.returncode}: {self._tail()}"
        return b'"event": "started"' in self.log.read_bytes()[before:]

    def _tail(self) -> str:
        return self.log.read_text(errors="replace")[-3000:]


@contextmanager
def serving(site: Site, *, roles: Sequence[str] = ()) -> Iterator[Serving]:
    """A `serve` until the block ends, stopped in order; killed where the block fails."""
    running = Serving(site, roles=roles)
    try:
        yield running
        running.stop()
    finally:
        if running.process.poll() is None:
            running.kill()


def wait_for(count: int, seen: "Any", what: str, seconds: float = 600.0) -> float:
    """When `seen()` reached `count` (CLOCK_MONOTONIC, to within 20 ms)."""
    end = time.monotonic() + seconds
    while (found := seen()) < count:
        assert time.monotonic() < end, f"{found} of {count} {what} after {seconds:g} s"
        time.sleep(0.02)
    return time.monotonic()
