"""The real program as a process: a configuration in a folder, `serve` as a child, the commands beside it."""

import json
import os
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.config import load
from gateway.errors import Temporary
from gateway.store.db import Store
from gateway.store.migrate import upgrade
from gateway.store.outcomes import balance
from tests.peers.process import answers, free_port, wait_until
from tests.stores import write_migrated

PROGRAM = (sys.executable, "-m", "gateway")
SUPPORT = "support@desk.test"


@dataclass(slots=True)
class Installation:
    """A folder with a configuration, keys and a store."""

    folder: Path
    smtp_port: int = field(default_factory=free_port)
    lmtp_port: int = field(default_factory=free_port)
    extra: str = ""
    gateway: str = ""
    """More lines of [gateway]."""
    smtp: str = ""
    """More lines of [ingest.smtp]."""
    spam: str = 'engine = "none"'
    outbox: str = 'destination = "maildir:outbound"'
    store: str = "sqlite"
    desk: str = ""
    """More lines of [desk]."""
    zone: str = ""
    dns: str = ""
    """What [dns] says; without it, a zone file with `zone` in it."""

    @property
    def config_file(self) -> Path:
        """The configuration."""
        return self.folder / "config.toml"

    @property
    def state(self) -> Path:
        """The state directory."""
        return self.folder / "state"

    def write(self) -> "Installation":
        """Write the configuration, keys and an up-to-date store."""
        self.write_config()
        keys = self.state / "keys"
        keys.mkdir(parents=True, exist_ok=True)
        if not (keys / "0").exists():
            (keys / "0").touch(mode=0o600)
            (keys / "0").write_bytes(bytes(range(32)))
        # As `db upgrade` does, without a process of its own: hundreds of tests begin here.
        file = self.state / "ticket-gateway.db"
        if self.store == "sqlite" and not file.exists():
            write_migrated(file)
            return self
        store = Store(load(self.config_file).store_url)
        upgrade(store)
        store.close()
        return self

    def write_config(self) -> None:
        """Write the configuration alone."""
        (self.folder / "zone").write_text(self.zone or "$TTL 300\n")
        # One process that decides: it starts faster, and what needs several of them says so.
        pipeline = "" if "[pipeline]" in self.extra else "[pipeline]\nprocesses = 1"
        undo = "" if "undo_seconds" in self.desk else "undo_seconds = 0"  # most tests await an answer at once
        self.config_file.write_text(
            f"""\
[gateway]
support_addresses = ["{SUPPORT}"]
reply_domain = "reply.desk.test"
state_directory = "{self.state}"
{self.gateway}
[store]
url = "{self.store}"
[ingest.smtp]
listen = ["127.0.0.1:{self.smtp_port}"]
{self.smtp}
[ingest.lmtp]
listen = ["127.0.0.1:{self.lmtp_port}"]
[spam]
{self.spam}
[outbox]
{self.outbox}
[dns]
{self.dns or f'zone_file = "{self.folder}/zone"'}
[log]
format = "json"
[desk]
{undo}
{self.desk}
{pipeline}
{self.extra}
"""
        )

    def run(self, *arguments: str, stdin: bytes = b"", expect: int = 0) -> subprocess.CompletedProcess[bytes]:
        """Run a command to its end; its exit code must be the expected one."""
        done = subprocess.run(
            [*PROGRAM, "--config", str(self.config_file), *arguments],
            input=stdin,
            capture_output=True,
            check=False,
            timeout=100,
            env=environment(),
        )
        assert done.returncode == expect, (
            f"{arguments}: exit {done.returncode}\n{done.stdout!r}\n{done.stderr.decode()}"
        )
        return done

    def json(self, *arguments: str, expect: int = 0) -> Any:
        """The JSON document that a command prints."""
        return json.loads(self.run(*arguments, "--json", expect=expect).stdout)

    @contextmanager
    def serving(self, *arguments: str, drains: bool = True) -> Iterator["Serving"]:
        """`serve` until the block ends; then it must drain and exit with 0, unless the block kills it."""
        served = self.start(*arguments)
        try:
            wait_until(lambda: served.process.poll() is not None or answers(self.smtp_port), "serve listens")
            assert served.process.poll() is None, served.log()
            yield served
        finally:
            served.stop()
        assert not drains or served.process.returncode == 0, served.log()

    def start(self, *arguments: str, passes: Sequence[int] = ()) -> "Serving":
        """Start `serve` and do not wait; with these descriptors, where it is to have some."""
        log = self.folder / f"serve-{time.monotonic_ns()}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*PROGRAM, "--config", str(self.config_file), "serve", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment(),
                pass_fds=passes,
            )
        return Serving(process, log)

    def wait_decided(self, count: int, seconds: float = 60) -> dict[str, Any]:
        """Wait until that many mails have their outcome; the audit."""
        # To start the command again and again would take the processor from what is waited for.
        with closing(Store(load(self.config_file).store_url)) as store:

            def done() -> bool:
                with suppress(Temporary), store.reading() as tx:
                    found = balance(tx)
                    return found.received >= count and found.pending == 0
                return False

            wait_until(done, f"{count} mails are decided", seconds)
        audit: dict[str, Any] = self.json("audit")
        return audit


@dataclass(frozen=True, slots=True)
class Serving:
    """A running `serve`."""

    process: "subprocess.Popen[bytes]"
    log_file: Path

    def stop(self) -> None:
        """Ask it to drain, and wait."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def kill(self) -> None:
        """Power cut."""
        self.process.kill()
        self.process.wait()

    def log(self) -> str:
        """What it logged."""
        return self.log_file.read_text(errors="replace")

    def events(self, name: str) -> list[dict[str, Any]]:
        """The logged events of that name."""
        lines = [json.loads(line) for line in self.log().splitlines() if line.startswith("{")]
        return [line for line in lines if line.get("event") == name]


def environment() -> dict[str, str]:
    """The environment for the program: no setting of the person who runs the tests leaks in."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("TICKET_GATEWAY", "STATE_"))}


def send(port: int, raw: bytes, *, author: str = "joe@elsewhere.test", rcpt: Sequence[str] = (SUPPORT,)) -> None:
    """Send a mail by SMTP."""
    with smtplib.SMTP("127.0.0.1", port, timeout=30) as smtp:
        smtp.sendmail(author, list(rcpt), raw)
