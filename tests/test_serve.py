"""`serve` as operators run it: it starts quickly, takes mail, drains, and says in one sentence what is wrong."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deciding.test_crew import deciders_of
from tests.peers.process import wait_until
from tests.service import Installation, send

MAIL = b"From: joe@elsewhere.test\r\nTo: support@desk.test\r\nSubject: hello\r\nMessage-ID: <%d@x>\r\n\r\nhi\r\n"


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    """A fresh installation on SQLite."""
    return Installation(tmp_path).write()


def test_it_starts_takes_mail_and_drains(installation: Installation) -> None:
    """From nothing to a ticket, and exit 0 on SIGTERM with everything decided and sent."""
    with installation.serving() as served:
        send(installation.smtp_port, MAIL % 1)
        audit = installation.wait_decided(1)

    assert (audit["received"], audit["tickets_opened"], audit["even"]) == (1, 1, True)
    assert [event["action"] for event in served.events("mail_decided")] == ["open_unconfirmed"]
    assert served.events("stopped")


BEHIND_THE_DOORS = (
    *("dns", "gateway.behind", "gateway.pipeline", "gateway.tickets", "jinja2", "lxml", "mailparser"),
    *("gateway.store.schema.whole", "sqlalchemy.dialects.postgresql"),  # nor what another database needs
)


def test_the_doors_wait_for_nothing_that_is_behind_them() -> None:
    """What opens them loads neither what reads and decides mail nor what writes it: that takes longer than all else."""
    program = f"import sys, gateway.daemon; print(*(each for each in {BEHIND_THE_DOORS} if each in sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert "" == done.stdout.strip()


def test_mail_accepted_before_a_power_cut_is_decided_after_it(installation: Installation) -> None:
    """250, kill -9, start: the ticket is there."""
    with installation.serving("--roles", "smtp", drains=False) as served:
        send(installation.smtp_port, MAIL % 1)
        served.kill()

    assert installation.json("audit")["pending"] == 1
    with installation.serving():
        assert installation.wait_decided(1)["tickets_opened"] == 1


def test_two_processes_may_divide_the_roles(installation: Installation) -> None:
    """One takes mail, another decides it."""
    with installation.serving("--roles", "smtp"):
        other = installation.start("--roles", "decide,deliver,clock")
        try:
            send(installation.smtp_port, MAIL % 1)
            audit = installation.wait_decided(1)
        finally:
            other.stop()

    assert (audit["tickets_opened"], other.process.returncode) == (1, 0)


def test_a_process_that_decides_may_die(installation: Installation) -> None:
    """The doors do not notice, the mail is decided by the next one, and the log tells."""
    installation.extra = "[pipeline]\nprocesses = 2"
    installation.write_config()
    with installation.serving() as served:
        wait_until(lambda: len(deciders_of(served.process.pid)) == 2, "those that decide are there")
        for pid in deciders_of(served.process.pid):
            os.kill(pid, signal.SIGKILL)
        send(installation.smtp_port, MAIL % 1)
        audit = installation.wait_decided(1)

    assert (audit["tickets_opened"], audit["even"]) == (1, True)
    assert {"killed by signal 9"} == {event["reason"] for event in served.events("decider_replaced")}


def refusal(installation: Installation, *arguments: str) -> str:
    """What `serve` says when it refuses to start: one line, exit code 2, no traceback."""
    done = installation.run("serve", *arguments, expect=2)
    said = done.stderr.decode().strip()
    assert "Traceback" not in said
    return said


def test_a_port_that_is_taken_is_named(installation: Installation) -> None:
    """The key, the address, and what to do."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", installation.smtp_port))
        taken.listen()
        said = refusal(installation)

    assert f"[ingest.smtp] listen: cannot listen at 127.0.0.1:{installation.smtp_port}" in said
    assert "something else listens there already" in said


def test_a_wrong_key_is_named_with_the_right_one(installation: Installation) -> None:
    """The file, the key, a suggestion."""
    installation.extra = "[pipeline]\nworker = 3"
    installation.write_config()

    said = refusal(installation)
    assert said.endswith(f"{installation.config_file}: pipeline.worker: there is no such key; did you mean workers?")


def test_an_unknown_role_is_named(installation: Installation) -> None:
    """With the ones there are."""
    assert "there are smtp, lmtp, imap, decide, deliver, clock" in refusal(installation, "--roles", "smtp,magic")


def test_a_missing_key_is_told_with_the_remedy(installation: Installation) -> None:
    """No token key: nothing starts, and the sentence says what makes one."""
    (installation.state / "keys" / "0").unlink()

    assert "ticket-gateway key rotate" in refusal(installation)


def test_a_store_without_tables_is_refused(installation: Installation) -> None:
    """A new database: the command that makes it is named."""
    (installation.state / "ticket-gateway.db").unlink()

    assert "ticket-gateway db upgrade" in refusal(installation)


def test_a_newer_schema_is_refused(installation: Installation) -> None:
    """A database that a newer program has upgraded is left alone."""
    with sqlite3.connect(installation.state / "ticket-gateway.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()

    assert "newer" in refusal(installation)


def test_a_store_that_is_away_ends_in_451_and_heals(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """PostgreSQL stops and comes back: 451 in between, nothing that was said to be kept is missing."""
    private = request.getfixturevalue("private_postgresql")
    installation = Installation(tmp_path, store=private.make_database()).write()
    with installation.serving() as served:
        send(installation.smtp_port, MAIL % 1)
        installation.wait_decided(1)
        private.stop()
        with pytest.raises(Exception, match="451"):
            send(installation.smtp_port, MAIL % 2)
        wait_until(lambda: served.events("store_failed"), "the log tells that the store is away")
        private.start()
        send(installation.smtp_port, MAIL % 2)
        audit = installation.wait_decided(2)

    assert (audit["tickets_opened"], audit["even"]) == (2, True)


def test_a_full_disk_is_temporary_and_heals(tmp_path: Path) -> None:
    """In a file system of six megabytes: a mail that does not fit is 451, a smaller one after cleaning up is kept."""
    script = tmp_path / "full.py"
    script.write_text(FULL_DISK)
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = f"mount -t tmpfs -o size=6m tmpfs {disk} && exec {sys.executable} {script} {disk}"
    unshare = ["unshare", "--mount", "--map-root-user", "sh", "-c", mount]
    done = subprocess.run(unshare, capture_output=True, text=True, check=False, cwd=Path(__file__).parent.parent)

    assert done.returncode == 0, done.stdout + done.stderr


FULL_DISK = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from gateway.clock import FixedClock
from gateway.errors import Temporary
from gateway.model import Envelope, Incoming, Via
from gateway.store.db import Store
from gateway.store.schema.whole import Base
from gateway.store.spool import Spool

folder = Path(sys.argv[1])
clock = FixedClock(datetime(2026, 9, 1, tzinfo=UTC))
store = Store(f"sqlite:///{folder}/store.db")
Base.metadata.create_all(store.engine)
spool = Spool(store, clock)
spool.start()
envelope = Envelope(via=Via.SMTP, received_at=clock.now())
kept = spool.put(Incoming(envelope=envelope, raw=b"x" * 100_000)).result(10)
ballast = folder / "ballast"
with ballast.open("wb", buffering=0) as file:
    try:
        while True:
            file.write(b"x" * 65536)
    except OSError:
        pass
try:
    spool.put(Incoming(envelope=envelope, raw=b"y" * 1_000_000)).result(10)
    sys.exit("a mail was said to be kept on a full disk")
except Temporary as error:
    assert "full" in error.reason, error.reason
ballast.unlink()
spool.put(Incoming(envelope=envelope, raw=b"z" * 100_000)).result(10)
spool.stop()
store.close()
"""


def test_sighup_reads_the_certificates_again(installation: Installation) -> None:
    """A reload does not end the program, and says that it was done."""
    with installation.serving() as served:
        served.process.send_signal(signal.SIGHUP)
        wait_until(lambda: served.events("reloaded"), "the reload is told")
        send(installation.smtp_port, MAIL % 1)
        assert installation.wait_decided(1)["tickets_opened"] == 1
