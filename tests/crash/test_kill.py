"""`kill -9` at any moment: nothing is lost, nothing happens twice (I1, I3; faults 1 to 6 of the threat model).

The suite runs a short form. `make torture` sets TORTURE=1 and runs the long one: 500 mails, ten kills.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.crash.ledger import (
    assert_nothing_lost_or_twice,
    install,
    ledger,
    moments,
    progress,
    some_mails,
    wait_decided,
)
from tests.service import PROGRAM, SUPPORT, Installation, environment

IS_LONG = os.environ.get("TORTURE") == "1"
MAILS, KILLS = (500, 10) if IS_LONG else (40, 3)
SERVED_MAILS, SERVED_KILLS = (500, 5) if IS_LONG else (120, 2)
SEED = int(os.environ.get("TORTURE_SEED", time.time_ns() % 100_000))
FEEDER = (sys.executable, "-m", "scripts.bench_feed", "--connections", "8", "--recipient", SUPPORT)
ROOT = Path(__file__).parent.parent.parent
pytestmark = pytest.mark.timeout(1200 if IS_LONG else 120)


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    """A desk with customers."""
    return install(Installation(tmp_path))


def test_an_import_killed_again_and_again_does_everything_once(installation: Installation) -> None:
    """Run again after each kill, it ends with one outcome for each mail, one ticket for each thread."""
    mails, digests = some_mails(installation, MAILS, SEED)
    for moment in moments(SEED, KILLS, MAILS):
        start_and_kill_import(installation, progress(installation) + moment)
    installation.run("import", "--rcpt", SUPPORT, str(installation.folder / "mails"))

    assert_nothing_lost_or_twice(ledger(installation), mails, digests)
    assert installation.json("audit")["even"], f"seed {SEED}"


def test_serve_killed_while_mail_comes_in_keeps_every_mail_that_it_acknowledged(installation: Installation) -> None:
    """What was answered 250 stands in the spool: once, or once more where a 250 was cut off and it was sent again.

    That cannot be helped (RFC 1047); the second copy is known as a duplicate.
    """
    mails, digests = some_mails(installation, SERVED_MAILS, SEED)
    names = [f"{number:06d}.eml" for number in range(SERVED_MAILS)]
    accepted: set[str] = set()
    for times, moment in enumerate(moments(SEED + 1, SERVED_KILLS, SERVED_MAILS), 1):
        accepted |= feed_and_kill(installation, progress(installation) + moment)
        kept = ledger(installation).kept
        copies = {kept[digests[names.index(name)]] for name in accepted}
        assert copies <= set(range(1, times + 1)), f"seed {SEED}"
    with installation.serving():
        fed = feed(installation)
        assert fed.wait() == 0
        accepted |= taken(installation, fed)
        wait_decided(installation, SERVED_MAILS)

    assert accepted == set(names)
    assert_nothing_lost_or_twice(ledger(installation), mails, digests)


def start_and_kill_import(installation: Installation, moment: int) -> None:
    """Import, and kill it a little after it has come as far as that; it may be done before."""
    with subprocess.Popen(
        [
            *PROGRAM,
            "--config",
            str(installation.config_file),
            "import",
            "--rcpt",
            SUPPORT,
            installation.folder / "mails",
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment(),
    ) as process:
        while process.poll() is None and progress(installation) < moment:
            time.sleep(0.002)
        time.sleep(Random(SEED + moment).random() * 0.02)
        process.send_signal(signal.SIGKILL)


def feed_and_kill(installation: Installation, moment: int) -> set[str]:
    """Feed all mails that were not accepted yet and kill `serve` meanwhile; the names of those it acknowledged."""
    with installation.serving(drains=False) as served:
        fed = feed(installation)
        while fed.poll() is None and progress(installation) < moment:
            time.sleep(0.002)
        served.kill()
        fed.wait()
    return taken(installation, fed)


def feed(installation: Installation) -> "subprocess.Popen[bytes]":
    """Offer every mail in `mails` by SMTP on eight connections; it may be cut off."""
    with (installation.folder / "fed.json").open("wb") as output:
        return subprocess.Popen(
            [*FEEDER, "--keep-going", str(installation.smtp_port), installation.folder / "mails"],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
        )


def taken(installation: Installation, fed: "subprocess.Popen[bytes]") -> set[str]:
    """The names of the mails that were acknowledged; these are not offered again."""
    assert fed.poll() is not None
    found: dict[str, Any] = json.loads((installation.folder / "fed.json").read_text() or '{"accepted": []}')
    for name in found["accepted"]:
        (installation.folder / "mails" / name).unlink()
    return set(found["accepted"])
