"""Mail that came while spamd was dead, hanging or talking garbage: what people see, and what is made up for later.

The real spamd, or a server of ours that misbehaves in its place.
"""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from gateway.clock import FixedClock, SystemClock
from gateway.config import Antivirus, Spam
from gateway.jobs.rescan import SpamRescan, VirusRescan
from gateway.jobs.spam_engine import SpamEngineWatch
from gateway.mail.reader import Reader
from gateway.model import Envelope, Via
from gateway.pipeline.scanning import known_from
from gateway.spam.clamd import Clamd
from gateway.spam.engine import Engine
from gateway.spam.spamd import Spamd
from gateway.store.unscanned import ScannerKind, count_unscanned, note_scanned, unscanned
from tests.desk import AGENT, CUSTOMER, SUPPORT, TestDesk, open_desk
from tests.peers.clamd import RunningClamd, eicar
from tests.peers.process import free_port
from tests.peers.spamd import RunningSpamd
from tests.spam.mails import GTUBE
from tests.stores import sqlite_store

Talk = Callable[[socket.socket], None]


@contextmanager
def fault(talk: Talk) -> Iterator[int]:
    """A server at the place of spamd that does this with every connection; its port."""
    open_ones: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                open_ones.append(connection)
                talk(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            server.close()
            thread.join()
            for connection in open_ones:
                connection.close()


def hang(connection: socket.socket) -> None:
    """Accept and say nothing."""


def talk_garbage(connection: socket.socket) -> None:
    """Answer what is no answer."""
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    connection.shutdown(socket.SHUT_WR)


def claim_nan(connection: socket.socket) -> None:
    """Answer with a score that is no number."""
    connection.recv(65536)
    connection.sendall(b"SPAMD/1.1 0 EX_OK\r\nContent-length: 2\r\nSpam: False ; nan / 5.0\r\n\r\n\r\n")
    connection.shutdown(socket.SHUT_WR)


def choke_on_poison(connection: socket.socket) -> None:
    """Judge every mail but one, as a server whose rules never end on it."""
    asked = b"".join(iter(lambda: connection.recv(65536), b""))
    if asked.startswith(b"PING"):
        connection.sendall(b"SPAMD/1.5 0 PONG\r\n")
    elif b"poison" not in asked:
        connection.sendall(b"SPAMD/1.1 0 EX_OK\r\nContent-length: 2\r\nSpam: False ; 1.0 / 5.0\r\n\r\n\r\n")
    connection.shutdown(socket.SHUT_WR)


@contextmanager
def dead() -> Iterator[int]:
    """Nobody listens."""
    yield free_port()


FAULTS = {
    "dead": dead,
    "hanging": partial(fault, hang),
    "garbage": partial(fault, talk_garbage),
    "no number": partial(fault, claim_nan),
}


@pytest.fixture
def desk_with(clock: FixedClock, tmp_path: Path, reader: Reader) -> Iterator[Callable[[Engine], TestDesk]]:
    """A desk with that engine."""
    store = sqlite_store(tmp_path / "rescan.db")
    opened = []

    def open_with(engine: Engine) -> TestDesk:
        manager = open_desk(store, clock, tmp_path, reader, engine)
        opened.append(manager)
        return manager.__enter__()

    yield open_with
    for manager in opened:
        manager.__exit__(None, None, None)
    store.close()


def engine_at(port: int, seconds: float = 0.3) -> Spamd:
    """An engine that asks there."""
    return Spamd(Spam(port=port, timeout_seconds=seconds), SystemClock())


def rescan_of(desk: TestDesk, engine: Engine) -> SpamRescan:
    """The job, with that engine."""
    known = partial(known_from, trust=desk.gateway.trust)
    return SpamRescan(desk.store, desk.clock, engine, desk.gateway.desk, known)


def waiting(desk: TestDesk) -> int:
    """How many mails the engine is still to see."""
    with desk.store.reading() as tx:
        return count_unscanned(tx)


def test_a_mail_that_is_never_answered_keeps_no_other_waiting(desk_with: Callable[[Engine], TestDesk]) -> None:
    """It is the oldest, and tried again and again; the others are seen in the next turn."""
    desk = desk_with(engine_at(free_port()))
    for text in ("poison", "nobody can pay", "hello"):
        desk.take(desk.post.mail(CUSTOMER, SUPPORT, text, subject=text))
        desk.clock.at += timedelta(minutes=1)
    with fault(choke_on_poison) as port:
        job = rescan_of(desk, engine_at(port, 5.0))

        assert [0, 2, 0] == [job.run(), job.run(), job.run()]
    assert 1 == waiting(desk)


@pytest.mark.parametrize("kind", FAULTS)
def test_without_an_answer_mail_goes_on_marked_and_is_scanned_later(
    kind: str, desk_with: Callable[[Engine], TestDesk], spamd: RunningSpamd
) -> None:
    """A ticket with a badge; while the engine is away nothing changes; then its word is in the story, once."""
    with FAULTS[kind]() as port:  # type: ignore[operator]  # each is a context manager
        broken = engine_at(port)
        desk = desk_with(broken)
        outcome = desk.take(desk.post.mail(CUSTOMER, SUPPORT, "nobody can pay"))
        assert 0 == rescan_of(desk, broken).run()
    assert ("open", 1) == (outcome.action, waiting(desk))
    assert dict(desk.outbox("notification")[0].values)["spam"].startswith("unscanned: ")

    assert 1 == rescan_of(desk, engine_at(spamd.port, 20)).run()
    assert 0 == waiting(desk)
    assert 1 == desk.story(outcome).count("rescanned")
    assert [] == desk.outbox("late_scan")
    assert 0 == rescan_of(desk, engine_at(spamd.port, 20)).run()


def test_spam_that_was_seen_late_is_told_and_nothing_is_taken_back(
    desk_with: Callable[[Engine], TestDesk], spamd: RunningSpamd
) -> None:
    """The ticket stays as it is; its agents get one mail with the score."""
    with dead() as port:
        desk = desk_with(engine_at(port))
        outcome = desk.take(desk.post.mail(CUSTOMER, SUPPORT, GTUBE))
    before = desk.ticket(outcome)
    sent = len(desk.outbox())

    rescan_of(desk, engine_at(spamd.port, 20)).run()
    (told,) = desk.outbox("late_scan")
    assert (AGENT, outcome.ticket_id) == (told.recipient.address, told.ticket_id)
    assert "at or above the threshold" in dict(told.values)["reason"]
    assert (before, sent + 1) == (desk.ticket(outcome), len(desk.outbox()))


def test_what_is_held_stays_held_and_is_not_scanned_again(
    desk_with: Callable[[Engine], TestDesk], spamd: RunningSpamd
) -> None:
    """Held for another reason, unscanned: a person decides about it."""
    with dead() as port:
        desk = desk_with(engine_at(port))
        outcome = desk.take(desk.post.mail(CUSTOMER, SUPPORT, signed=False))

    assert ("hold", 0) == (outcome.action, waiting(desk))


def test_an_engine_that_dies_again_keeps_the_rest_waiting(
    desk_with: Callable[[Engine], TestDesk], spamd: RunningSpamd
) -> None:
    """What it did not see waits on; nothing is lost and nothing is told twice."""
    with dead() as port:
        desk = desk_with(engine_at(port))
        for number in range(3):
            desk.take(desk.post.mail(CUSTOMER, SUPPORT, f"number {number}", subject=f"{number}"))

    class Dying(Spamd):
        """It answers once."""

        seen = 0

        def scan(self, *arguments: object, **named: object):  # type: ignore[no-untyped-def]
            self.seen += 1
            return super().scan(*arguments) if self.seen == 1 else engine_at(free_port()).scan(b"")  # type: ignore[arg-type]

    assert 1 == rescan_of(desk, Dying(Spam(port=spamd.port), SystemClock())).run()
    assert 2 == waiting(desk)
    assert 2 == rescan_of(desk, engine_at(spamd.port, 20)).run()


def test_a_virus_that_is_found_late_is_told(
    desk_with: Callable[[Engine], TestDesk], clamd: RunningClamd, spamd: RunningSpamd
) -> None:
    """ClamAV was away when two mails came: the clean one gets a line in its story, the other one's agents a warning."""
    desk = desk_with(engine_at(spamd.port, 20))
    away = Clamd(Antivirus(engine="clamd", port=free_port(), timeout_seconds=0.3), SystemClock())
    desk.gateway = replace(desk.gateway, scanner=away)
    bad = desk.take(desk.post.mail(CUSTOMER, SUPPORT, "see the file", attachment=eicar()))
    clean = desk.take(desk.post.mail(CUSTOMER, SUPPORT, "nobody can pay", subject="another"))
    assert ("open", "open", 2) == (bad.action, clean.action, waiting(desk))
    assert 0 == VirusRescan(desk.store, desk.clock, away, desk.gateway.desk).run()

    back = Clamd(Antivirus(engine="clamd", port=clamd.port, timeout_seconds=20), SystemClock())
    assert 2 == VirusRescan(desk.store, desk.clock, back, desk.gateway.desk).run()
    assert [1, 1, 0] == [*(desk.story(each).count("rescanned") for each in (bad, clean)), waiting(desk)]
    (told,) = desk.outbox("late_virus")
    assert (AGENT, bad.ticket_id) == (told.recipient.address, told.ticket_id)
    assert "there is a virus in it: Test.EICAR.NDB.UNOFFICIAL" == dict(told.values)["reason"]


def test_the_alarm_is_given_once_and_its_end_too(spamd: RunningSpamd, caplog: pytest.LogCaptureFixture) -> None:
    """Dead for many looks, then back: one line each."""
    engine = Spamd(Spam(port=spamd.port, timeout_seconds=20), SystemClock())
    broken = engine_at(free_port())

    class Switched:
        """The engine that is asked changes."""

        now: Engine = broken

        def ping(self) -> str:
            """Ask the one of the moment."""
            return self.now.ping()

    switched = Switched()
    watch = SpamEngineWatch(switched)  # type: ignore[arg-type]  # it only pings
    caplog.set_level("INFO", "ticket-gateway")
    for now in (broken, broken, broken, engine, engine, broken):
        switched.now = now
        watch.look()

    said = [record.message for record in caplog.records if record.message.startswith("spam_engine")]
    assert ["spam_engine_down", "spam_engine_up", "spam_engine_down"] == said


def test_two_processes_tell_it_once(desk_with: Callable[[Engine], TestDesk]) -> None:
    """Whoever notes it first tells it."""
    with dead() as port:
        desk = desk_with(engine_at(port))
        desk.take(desk.post.mail(CUSTOMER, SUPPORT))
    with desk.store.transaction() as tx:
        (entry_id,) = unscanned(tx, ScannerKind.SPAM, limit=10)
        assert [True, False] == [note_scanned(tx, entry_id, ScannerKind.SPAM) for _ in range(2)]


def test_the_engine_is_told_what_we_know(clock: FixedClock) -> None:
    """From the envelope, and from what was found when the mail was decided."""
    from gateway.authn.trust import NO_TRUST

    envelope = Envelope(
        via=Via.SMTP,
        received_at=clock.now(),
        recipients=(SUPPORT,),
        mail_from=CUSTOMER,
        peer_ip="192.0.2.1",
        helo="mx.bread.test",
    )
    found = '{"authentication": {"spf": "pass", "spf_domain": "bread.test", "dmarc": "pass", "dkim": []}}'
    known = known_from(envelope, found, NO_TRUST)

    assert ("192.0.2.1", "mx.bread.test", CUSTOMER, (SUPPORT,)) == (
        known.peer_ip,
        known.helo,
        known.mail_from,
        known.recipients,
    )
    assert ("pass", "bread.test", "pass") == (known.spf, known.spf_domain, known.dmarc)
