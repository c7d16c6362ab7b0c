"""Deciding goes on: through faults, through a store that is away, through a clock that is set back."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.clock import FixedClock
from gateway.errors import Temporary
from gateway.mail.reader import Reader
from gateway.model import Entry, Envelope, Incoming, Via
from gateway.pipeline import worker as worker_module
from gateway.pipeline.process import process
from gateway.pipeline.worker import Workers, WorkLimits
from gateway.store import spool
from gateway.store.db import Store
from gateway.store.outcomes import balance
from tests.cost import LATE_SECONDS
from tests.desk import STRANGER, SUPPORT, TestDesk, open_desk
from tests.peers.process import wait_until


@pytest.fixture
def desk(store: Store, clock: FixedClock, tmp_path: Path, reader: Reader) -> Iterator[TestDesk]:
    """A desk on an empty store, with one mail in the spool."""
    with open_desk(store, clock, tmp_path, reader) as opened:
        envelope = Envelope(via=Via.LMTP, received_at=clock.now(), recipients=(SUPPORT,), mail_from=STRANGER)
        opened.spool.put(Incoming(envelope=envelope, raw=opened.post.mail(STRANGER, SUPPORT))).result(10)
        yield opened


@pytest.fixture
def workers(desk: TestDesk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workers]:
    """One worker that looks often."""
    monkeypatch.setattr(worker_module, "POLL_SECONDS", 0.05)
    made = Workers(desk.gateway, WorkLimits(workers=1, lease=timedelta(minutes=10), max_tries=3))
    yield made
    made.stop()


def pending(desk: TestDesk) -> int:
    """How many mails wait."""
    with desk.store.reading() as tx:
        counted = balance(tx)
    assert counted.is_even
    return counted.pending


def fails_once(real: Any, error: Exception) -> Any:
    """The function, after one error."""
    errors = [error]

    def function(*arguments: Any, **options: Any) -> Any:
        if errors:
            raise errors.pop()
        return real(*arguments, **options)

    return function


@pytest.mark.parametrize("error", [RuntimeError("no idea"), Temporary("the store is away")])
def test_a_claim_that_fails_ends_nothing(
    desk: TestDesk, workers: Workers, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Whatever it is: the next one works."""
    monkeypatch.setattr(spool, "claim", fails_once(spool.claim, error))

    workers.start()

    wait_until(lambda: pending(desk) == 0, "the mail is decided")


def test_a_mail_in_work_while_the_store_is_away_is_soon_tried_again(
    desk: TestDesk, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not only when its claim ends, ten minutes later."""
    given_back = threading.Event()
    real = spool.give_back

    def give_back(*arguments: Any, **options: Any) -> None:
        real(*arguments, **options)
        given_back.set()

    monkeypatch.setattr(worker_module, "process", fails_once(process, Temporary("the store is away")))
    monkeypatch.setattr(spool, "give_back", fails_once(give_back, Temporary("it is still away")))
    workers.start()
    assert given_back.wait(30)
    desk.clock.at += timedelta(seconds=30)

    wait_until(lambda: pending(desk) == 0, "the mail is decided")


def test_stopping_does_not_wait_for_a_store_that_stays_away(
    desk: TestDesk, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could not be given back waits for the end of its claim."""

    def away(*arguments: Any, **options: Any) -> None:
        raise Temporary("away")

    reached = threading.Event()

    def in_work(gateway: object, entry: Entry) -> None:
        reached.set()
        raise Temporary("away")

    monkeypatch.setattr(worker_module, "process", in_work)
    monkeypatch.setattr(spool, "give_back", away)
    workers.start()
    assert reached.wait(30)
    began = time.monotonic()
    workers.stop()

    assert time.monotonic() - began < LATE_SECONDS
    assert pending(desk) == 1


def test_a_clock_that_is_set_back_holds_nothing_up(desk: TestDesk, workers: Workers) -> None:
    """Mail that came in "tomorrow" is decided now."""
    desk.clock.at -= timedelta(days=1)

    workers.run_until_idle()
    workers.start()

    assert pending(desk) == 0


def test_a_mail_that_is_to_be_tried_again_later_waits(desk: TestDesk, workers: Workers) -> None:
    """A quarter of an hour is no sign of a wrong clock."""
    (entry,) = spool.claim(desk.store, limit=1, now=desk.clock.now(), lease=timedelta(minutes=10))
    later = desk.clock.now() + worker_module.LONGEST_RETRY
    with desk.store.transaction() as tx:
        spool.give_back(tx, entry.id, error="", next_try_at=later)

    workers.run_until_idle()
    workers.start()

    assert pending(desk) == 1


class Gate:
    """Stands in for `process`: a mail of more than a megabyte waits in it until it is opened."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.inside: list[Entry] = []
        self.most = 0

    def __call__(self, gateway: Any, entry: Entry) -> Any:
        """Wait, if it is large, then go on as usual."""
        if len(entry.raw) > spool.LARGE:
            self.inside.append(entry)
            self.most = max(self.most, len(self.inside))
            assert self.opened.wait(30)
            self.inside.remove(entry)
        return process(gateway, entry)


def put_mail(desk: TestDesk, text: str) -> None:
    """One more mail in the spool."""
    envelope = Envelope(via=Via.LMTP, received_at=desk.clock.now(), recipients=(SUPPORT,), mail_from=STRANGER)
    raw = desk.post.mail(STRANGER, SUPPORT, text=text)
    desk.spool.put(Incoming(envelope=envelope, raw=raw)).result(10)


def test_a_large_mail_in_work_is_alone_and_holds_up_no_small_one(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In work a mail takes several times its size; the other large ones wait for it, and come right after it."""
    gate = Gate()
    monkeypatch.setattr(worker_module, "process", gate)
    monkeypatch.setattr(worker_module, "POLL_SECONDS", 20.0)
    workers = Workers(desk.gateway, WorkLimits(workers=3, lease=timedelta(minutes=10), max_tries=3))
    for number in range(3):
        put_mail(desk, f"{number}" + "large\r\n" * 200_000)
    workers.start()
    wait_until(lambda: len(gate.inside) == 1 and pending(desk) == 3, "the small one is decided, one large one waits")
    put_mail(desk, "small")
    workers.wake.set()
    wait_until(lambda: pending(desk) == 3, "the new small one is decided, too")
    gate.opened.set()

    wait_until(lambda: pending(desk) == 0, "all are decided", 15)
    assert gate.most == 1
    workers.stop()


def test_who_takes_no_large_mail_leaves_it_to_another(desk: TestDesk) -> None:
    """Of a machine's processes one takes them: they share its memory."""
    put_mail(desk, "large\r\n" * 200_000)
    limits = WorkLimits(workers=1, lease=timedelta(minutes=10), max_tries=3)
    small, all_sizes = (Workers(desk.gateway, replace(limits, takes_large=takes)) for takes in (False, True))

    small.run_until_idle()
    assert pending(desk) == 1
    all_sizes.run_until_idle()
    assert pending(desk) == 0
    small.stop()
    all_sizes.stop()


def test_everything_due_is_decided_before_it_is_idle(desk: TestDesk) -> None:
    """Also large mails, of which only one is in work at a time."""
    workers = Workers(desk.gateway, WorkLimits(workers=2, lease=timedelta(minutes=10), max_tries=3))
    for number in range(3):
        put_mail(desk, f"{number}" + "large\r\n" * 200_000)

    workers.run_until_idle()

    assert pending(desk) == 0
    workers.stop()


def test_a_mail_in_work_for_too_long_shows(desk: TestDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Longer than its claim lasts and than anything it may wait for: something hangs."""
    gate = Gate()
    monkeypatch.setattr(worker_module, "process", gate)
    monkeypatch.setattr(worker_module, "LONGEST_WORK_SECONDS", 0.3)
    workers = Workers(desk.gateway, WorkLimits(workers=1, lease=timedelta(seconds=0.2), max_tries=3))
    assert not workers.is_going(), "not yet"
    put_mail(desk, "large\r\n" * 200_000)
    workers.start()
    wait_until(lambda: gate.inside, "it is in work")
    assert workers.is_going()
    wait_until(lambda: not workers.is_going(), "it has been in work for too long")
    gate.opened.set()

    wait_until(workers.is_going, "it is over")
    workers.stop()
    assert not workers.is_going()
