"""The worker: from the row to the next server, through refusals, outages, crashes and stops."""

import asyncio
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path

import dkim
import pytest

from gateway.clock import FixedClock, SystemClock
from gateway.config import parse
from gateway.mail.message import Address
from gateway.outbox.enqueue import enqueue
from gateway.outbox.maildir import MaildirTransport
from gateway.outbox.outgoing import OutgoingAttachment
from gateway.outbox.record import MAYBE_TWICE, Failure
from gateway.outbox.setup import make_deliverer
from gateway.outbox.transport import Attempt, Letter, Result
from gateway.store import tickets
from gateway.store.db import Store, Tx
from gateway.store.schema.whole import Base
from tests.outbox.sending import (
    ANSWER,
    NOTICE,
    NOW,
    RECEIPT,
    RENDERER,
    Failures,
    delivering,
    dkim_record,
    mail,
    make_rsa_key,
    queue,
    rows,
    smtp,
    states,
    until,
)
from tests.peers.postfix import Postfix, Sink
from tests.peers.postgresql import PostgreSql
from tests.stores import sqlite_store

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Store]:
    """An empty store in a file."""
    opened = sqlite_store(tmp_path / "outbox.db")
    yield opened
    opened.close()


def message_ids(sink: Sink) -> list[str]:
    """Of what a server took, in order of their numbers."""
    return sorted(str(message_from_bytes(mail.data)["Message-ID"]) for mail in sink.mails())


def test_a_mail_goes_from_the_outbox_to_a_real_server_signed(sqlite: Store, smarthost: Postfix, tmp_path: Path) -> None:
    """By the configuration alone: rendered, built, signed, delivered by Postfix, and a receiver finds it genuine."""
    key = make_rsa_key(tmp_path)
    config = parse(
        {
            "gateway": {"support_addresses": ["support@example.com"], "reply_domain": "reply.example"},
            "outbox": {
                "destination": f"smtp://127.0.0.1:{smarthost.port}",
                "dkim_domain": "example.com",
                "dkim_selector": "s1",
                "dkim_key_file": str(key),
            },
        },
        "test",
    )
    with sqlite.transaction() as tx:
        tickets.insert_blob(tx, "d", b"\x89PNG")
        picture = OutgoingAttachment(sha256="d", filename="εικόνα.png", content_type="image/png", inline=True)
        recipient = Address(address="signed@shop.example", name="Μαρία")
        enqueue(tx, replace(ANSWER, recipient=recipient, attachments=(picture,)), NOW)

    def arrived() -> list[bytes]:
        return [each for each in smarthost.mails() if b"<signed@shop.example>" in each]

    async def run() -> None:
        deliverer = make_deliverer(config, store=sqlite, clock=SystemClock(), renderer=RENDERER, on_failed=Failures())
        await deliverer.start()
        await until(arrived, "Postfix delivered the mail")
        await deliverer.stop()

    asyncio.run(run())
    (row,) = rows(sqlite)
    (raw,) = arrived()
    zone = {b"s1._domainkey.example.com.": dkim_record(key)}

    assert ("sent", 250, 1) == (row.state, row.last_code, row.tries)
    assert row.last_text is not None
    assert row.last_text.startswith("250 2.0.0 Ok: queued as ")
    assert dkim.verify(raw, dnsfunc=lambda name, timeout=5: zone.get(name, b""))
    message = message_from_bytes(raw)
    assert "<b1-30k0003rj00xtxew5812fz4p88wv4n@reply.example>" == message["Return-Path"]
    assert '"Support" <support@example.com>' == message["From"]


def test_the_default_destination_is_a_maildir_in_the_state_directory(sqlite: Store, tmp_path: Path) -> None:
    """What was just installed writes its mail where it can be looked at, and sends nothing."""
    data = {
        "gateway": {
            "support_addresses": ["support@example.com"],
            "reply_domain": "reply.example",
            "state_directory": str(tmp_path),
        }
    }
    queue(sqlite, mail(1), mail(2, RECEIPT))

    async def run() -> None:
        deliverer = make_deliverer(
            parse(data, "test"), store=sqlite, clock=FixedClock(NOW), renderer=RENDERER, on_failed=Failures()
        )
        await deliverer.start()
        await until(lambda: states(sqlite) == ["sent", "sent"], "both are written")
        await deliverer.stop()

    asyncio.run(run())
    assert 2 == len(list((tmp_path / "outbound" / "new").iterdir()))


def test_many_mails_share_the_kept_connections(sqlite: Store, sink: Sink) -> None:
    """Sixty mails over two connections, each once."""
    sink.start()
    queue(sqlite, *(mail(number) for number in range(60)))

    async def run() -> None:
        async with delivering(sqlite, FixedClock(NOW), lambda: smtp(sink.port), connections=2):
            await until(lambda: set(states(sqlite)) == {"sent"}, "all are sent")

    asyncio.run(run())
    assert sorted(f"<m1-{number}@reply.example>" for number in range(60)) == message_ids(sink)
    assert 2 == sink.connections()


def test_a_greylisted_mail_is_sent_when_its_time_has_come(sqlite: Store, sink: Sink) -> None:
    """450: after about five minutes, not before; then it is taken."""
    clock = FixedClock(NOW)
    queue(sqlite, ANSWER)

    async def run() -> None:
        async with delivering(sqlite, clock, lambda: smtp(sink.port)) as deliverer:
            sink.start("-r", "RCPT")
            await until(lambda: rows(sqlite)[0].last_code == 450, "the server refused for now")
            sink.stop()
            sink.start()
            clock.at = NOW + timedelta(minutes=3)
            deliverer.wake()
            await asyncio.sleep(0.3)
            assert ["queued"] == states(sqlite)
            clock.at = NOW + timedelta(minutes=7)
            await until(lambda: states(sqlite) == ["sent"], "the mail is sent")

    asyncio.run(run())
    (row,) = rows(sqlite)
    assert (2, NOW + timedelta(minutes=7)) == (row.tries, row.done_at)
    assert ["<m1-0@reply.example>"] == message_ids(sink)


def test_a_refusal_for_good_becomes_word_to_the_desk(sqlite: Store, smarthost: Postfix) -> None:
    """550: the row is failed, the callback runs in the same transaction, and what it enqueues leaves at once."""
    queue(sqlite, mail(1, to="nobody@shop.example"), mail(2))
    failures = Failures()

    def tell(tx: Tx, failure: Failure) -> None:
        failures(tx, failure)
        enqueue(tx, mail(3, NOTICE), failure.at)

    async def run() -> None:
        async with delivering(sqlite, FixedClock(NOW), lambda: smtp(smarthost.port), on_failed=tell):
            await until(lambda: states(sqlite) == ["failed", "sent", "sent"], "the agent is told")

    asyncio.run(run())
    (failure,) = failures.seen
    assert (550, "<m1-1@reply.example>", False, NOW) == (
        failure.code,
        failure.outgoing.message_id,
        failure.outgoing.is_for_the_desk,
        failure.at,
    )
    assert "550 5.1.1 <nobody@shop.example>: Recipient address rejected: no such user here" == failure.reason


def test_an_outage_of_the_smarthost_delays_no_mail_longer_than_the_outage(sqlite: Store, sink: Sink) -> None:
    """Twenty mails wait without using up their tries; once it is back all are sent, with the clock standing still."""
    queue(sqlite, *(mail(number) for number in range(20)))

    async def run() -> None:
        async with delivering(sqlite, FixedClock(NOW), lambda: smtp(sink.port), connections=4):
            await until(lambda: any(row.last_text for row in rows(sqlite)), "the outage is noticed")
            await asyncio.sleep(0.5)
            assert {"queued"} == set(states(sqlite))
            # Few are tried in vain: the connections at work, then one at a time.
            assert sum(row.last_text is not None for row in rows(sqlite)) < 12
            sink.start()
            await until(lambda: set(states(sqlite)) == {"sent"}, "all are sent")

    asyncio.run(run())
    assert {1} == {row.tries for row in rows(sqlite)}
    assert 20 == len(message_ids(sink))


def test_bad_mails_do_not_hold_up_good_ones(sqlite: Store, sink: Sink) -> None:
    """An address that cannot be, a row that cannot be read, a file that is gone fail; a broken template waits."""
    sink.start()
    gone = OutgoingAttachment(sha256="gone", filename="a.pdf", content_type="application/pdf")
    queue(
        sqlite,
        mail(1, to="μαρία@shop.example"),
        mail(2),
        replace(mail(3), attachments=(gone,)),
        replace(mail(4), template="nothing"),
        mail(5),
    )
    with sqlite.transaction() as tx:
        tx.exec_driver_sql("UPDATE outbox SET outgoing = 'x' WHERE id = 2")
    failures = Failures()
    expected = ["failed", "failed", "failed", "queued", "sent"]

    async def run() -> None:
        async with delivering(sqlite, FixedClock(NOW), lambda: smtp(sink.port), on_failed=failures):
            await until(lambda: states(sqlite) == expected and rows(sqlite)[3].last_text, "all were tried")

    asyncio.run(run())
    texts = [row.last_text or "" for row in rows(sqlite)]
    for text, says in zip(
        texts,
        (
            "mail cannot be sent to this address",
            "this row of the outbox cannot be read",
            "a file of this mail is no longer kept: a.pdf",
            "there is no template en/nothing.md",
            "250 ",
        ),
        strict=True,
    ):
        assert says in text
    # Two are composed at the same time: which of them is done first is nobody's business.
    assert ["<m1-1@reply.example>", "<m1-3@reply.example>"] == sorted(
        each.outgoing.message_id for each in failures.seen
    )


def test_a_mail_is_given_up_after_five_days(sqlite: Store, sink: Sink) -> None:
    """With the server's last words and how long it was tried."""
    sink.start("-r", "RCPT")
    clock = FixedClock(NOW)
    failures = Failures()
    queue(sqlite, ANSWER)

    async def run() -> None:
        async with delivering(sqlite, clock, lambda: smtp(sink.port), on_failed=failures) as deliverer:
            await until(lambda: rows(sqlite)[0].last_text, "it was tried")
            clock.at = NOW + timedelta(days=5)
            deliverer.wake()
            await until(lambda: states(sqlite) == ["failed"], "it is given up")

    asyncio.run(run())
    (failure,) = failures.seen
    assert failure.reason.startswith("450 ")
    assert failure.reason.endswith("; it was tried for 5 days, 2 times")


class Once:
    """A way out that stands for two processes: what it is given is counted."""

    def __init__(self, sent: list[int]) -> None:
        self._sent = sent

    async def send(self, letter: Letter) -> Attempt:
        """Take it, in a moment."""
        await asyncio.sleep(0.002)
        self._sent.append(letter.outbox_id)
        return Attempt(result=Result.SENT, text="250 ok", code=250)

    async def close(self) -> None:
        """Nothing is kept."""


def test_several_processes_share_the_work(store: Store) -> None:
    """Three on one store: every mail leaves exactly once, on either database."""
    queue(store, *(mail(number) for number in range(45)))
    sent: list[list[int]] = [[], [], []]

    async def run() -> None:
        others = [Store(store.engine.url.render_as_string(hide_password=False)) for _ in range(2)]
        async with (
            delivering(store, FixedClock(NOW), lambda: Once(sent[0])),
            delivering(others[0], FixedClock(NOW), lambda: Once(sent[1])),
            delivering(others[1], FixedClock(NOW), lambda: Once(sent[2])),
        ):
            await until(lambda: set(states(store)) == {"sent"}, "all are sent", seconds=40)
        for other in others:
            other.close()

    asyncio.run(run())
    assert [row.id for row in rows(store)] == sorted(sent[0] + sent[1] + sent[2])
    assert all(len(each) < 45 for each in sent)


def test_a_wake_from_another_thread_sends_at_once(sqlite: Store, tmp_path: Path) -> None:
    """The thread that decides tells the worker after its commit; it does not wait for the next look."""

    async def run() -> float:
        async with delivering(sqlite, FixedClock(NOW), lambda: MaildirTransport(tmp_path / "m")) as deliverer:
            deliverer._poll = 60.0
            await asyncio.sleep(0.2)
            started = asyncio.get_running_loop().time()

            def decide() -> None:
                queue(sqlite, ANSWER)
                deliverer.wake()

            thread = threading.Thread(target=decide)
            thread.start()
            await until(lambda: states(sqlite) == ["sent"], "the mail is written")
            thread.join()
            return asyncio.get_running_loop().time() - started

    assert asyncio.run(run()) < 5


class Slow:
    """A way out that takes its time and tells when it began."""

    def __init__(self, began: asyncio.Event, seconds: float) -> None:
        self._began, self._seconds = began, seconds

    async def send(self, letter: Letter) -> Attempt:
        """Take it, after that time."""
        self._began.set()
        await asyncio.sleep(self._seconds)
        return Attempt(result=Result.SENT, text="250 ok", code=250)

    async def close(self) -> None:
        """Nothing is kept."""


def test_a_stop_finishes_what_is_under_way_and_gives_back_the_rest(sqlite: Store) -> None:
    """One connection, four claimed: the one in work is sent, three are as if they had not been claimed."""
    queue(sqlite, *(mail(number) for number in range(6)))

    async def run() -> None:
        began = asyncio.Event()
        async with delivering(sqlite, FixedClock(NOW), lambda: Slow(began, 0.4), connections=1):
            await began.wait()

    asyncio.run(run())
    assert ["sent"] + ["queued"] * 5 == states(sqlite)
    assert [1, 0, 0, 0, 0, 0] == [row.tries for row in rows(sqlite)]
    with sqlite.reading() as tx:
        assert [0] == list(tx.exec_driver_sql("SELECT count(*) FROM outbox WHERE claimed_by IS NOT NULL").scalars())


def test_a_stop_does_not_wait_longer_than_it_was_given(sqlite: Store) -> None:
    """What is cut keeps its claim, for it may have left; after the lease it is tried again and marked."""
    queue(sqlite, ANSWER)
    clock = FixedClock(NOW)

    async def cut() -> None:
        began = asyncio.Event()
        async with delivering(sqlite, clock, lambda: Slow(began, 60), connections=1) as deliverer:
            await began.wait()
            await deliverer.stop(0.1)

    async def again() -> None:
        async with delivering(sqlite, clock, lambda: Slow(asyncio.Event(), 0)):
            await until(lambda: states(sqlite) == ["sent"], "it is sent")

    asyncio.run(cut())
    assert ["queued"] == states(sqlite)
    clock.at = NOW + timedelta(minutes=16)
    asyncio.run(again())
    assert f"250 ok{MAYBE_TWICE}" == rows(sqlite)[0].last_text


KILLED = """
import asyncio, os, signal, sys
from gateway.clock import FixedClock
from gateway.store.db import Store
from tests.outbox.sending import NOW, delivering, smtp

class Killed:
    def __init__(self):
        self.inner = smtp(int(sys.argv[2]))
    async def send(self, letter):
        await self.inner.send(letter)
        os.kill(os.getpid(), signal.SIGKILL)

async def main():
    async with delivering(Store(sys.argv[1]), FixedClock(NOW), Killed):
        await asyncio.sleep(60)

asyncio.run(main())
"""


def test_kill_9_after_the_servers_250_sends_again_with_the_same_message_id(sqlite: Store, sink: Sink) -> None:
    """At least once: the mail is there twice under one Message-ID, and the row says that it may be (fault 7)."""
    sink.start()
    queue(sqlite, ANSWER)
    url = sqlite.engine.url.render_as_string()
    killed = subprocess.run([sys.executable, "-c", KILLED, url, str(sink.port)], cwd=ROOT, check=False, timeout=60)

    assert -signal.SIGKILL == killed.returncode
    assert (["queued"], 1) == (states(sqlite), len(sink.mails()))

    async def run() -> None:
        async with delivering(sqlite, FixedClock(NOW + timedelta(minutes=15)), lambda: smtp(sink.port)):
            await until(lambda: states(sqlite) == ["sent"], "it is sent again")

    asyncio.run(run())
    first, second = sink.mails()
    assert first.data == second.data
    assert ["<m1-0@reply.example>"] * 2 == message_ids(sink)
    assert (rows(sqlite)[0].last_text or "").endswith(MAYBE_TWICE)


def test_a_store_that_goes_away_after_the_servers_250_is_waited_for(private_postgresql: PostgreSql) -> None:
    """The result is written when it is back: one mail, sent once."""
    store = Store(private_postgresql.make_database())
    Base.metadata.create_all(store.engine)
    queue(store, ANSWER)
    sent: list[int] = []

    class Outage(Once):
        async def send(self, letter: Letter) -> Attempt:
            attempt = await super().send(letter)
            await asyncio.to_thread(private_postgresql.crash)
            return attempt

    async def run() -> None:
        async with delivering(store, FixedClock(NOW), lambda: Outage(sent), connections=1):
            await until(lambda: sent, "it is sent")
            await asyncio.sleep(0.5)
            await asyncio.to_thread(private_postgresql.start)
            await until(lambda: states(store) == ["sent"], "the result is written")

    asyncio.run(run())
    assert 1 == len(sent)
    store.close()


def test_a_failure_that_cannot_be_recorded_does_not_stop_the_others(sqlite: Store, smarthost: Postfix) -> None:
    """A fault in the callback: that mail stays queued, those beside it are recorded."""
    queue(sqlite, mail(1, to="nobody@shop.example"), mail(2), mail(3))

    def broken(tx: Tx, failure: Failure) -> None:
        raise RuntimeError

    async def run() -> None:
        async with delivering(sqlite, FixedClock(NOW), lambda: smtp(smarthost.port), on_failed=broken):
            await until(lambda: states(sqlite) == ["queued", "sent", "sent"], "the others are sent")

    asyncio.run(run())


class Faulty:
    """A way out with a fault of its own."""

    def __init__(self) -> None:
        self.tries = 0

    async def send(self, letter: Letter) -> Attempt:
        """Fail as nobody foresaw, the first time."""
        self.tries += 1
        if self.tries == 1:
            raise ZeroDivisionError
        return Attempt(result=Result.SENT, text="250 ok", code=250)

    async def close(self) -> None:
        """Nothing is kept."""


def test_a_fault_of_ours_loses_neither_the_mail_nor_the_worker(sqlite: Store) -> None:
    """Unknown means temporary."""
    queue(sqlite, mail(1), mail(2))

    async def run() -> None:
        async with delivering(sqlite, FixedClock(NOW), Faulty, connections=1):
            await until(lambda: states(sqlite) == ["queued", "sent"], "the second is sent")

    asyncio.run(run())
    assert "unexpected: ZeroDivisionError" == rows(sqlite)[0].last_text
