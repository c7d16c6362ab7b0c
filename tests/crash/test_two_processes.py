"""Two processes on one PostgreSQL share the work, and none of it is done twice."""

import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.crash.ledger import assert_nothing_lost_or_twice, install, ledger, some_mails, wait_decided
from tests.crash.test_kill import FEEDER, ROOT
from tests.service import Installation

MAILS = 600
"""Enough that the second, which has to look for itself, finds some left."""


def test_two_processes_share_the_mails_and_decide_none_twice(tmp_path: Path, make_database: Callable[[], str]) -> None:
    """All mail comes in at one of them; both decide some, and together each exactly once."""
    store = make_database()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    one, two = (Installation(tmp_path / name, store=store) for name in ("one", "two"))
    install(one)
    install(two)
    mails, digests = some_mails(one, MAILS, seed=5)
    with one.serving() as first, two.serving() as second:
        feed(one, one.smtp_port)
        wait_decided(one, MAILS)

    by_first, by_second = ([event["entry"] for event in each.events("mail_decided")] for each in (first, second))
    assert min(len(by_first), len(by_second)) > 0
    assert (len(by_first) + len(by_second), len({*by_first, *by_second})) == (MAILS, MAILS)
    assert_nothing_lost_or_twice(ledger(one), mails, digests)


def feed(installation: Installation, port: int) -> None:
    """Offer every mail; all are accepted."""
    subprocess.run(
        [*FEEDER, str(port), installation.folder / "mails"],
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
    )
