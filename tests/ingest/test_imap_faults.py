"""Reading a mailbox while something breaks: no mail is lost, none is taken twice, and the reader recovers by itself."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from gateway.clock import SystemClock
from gateway.errors import Temporary
from gateway.ingest import imap_retry
from gateway.ingest.imap_events import Connected, Failed, MailboxEvent, MailFailed, Took
from gateway.ingest.imap_socket import Wire
from gateway.model import Envelope, Incoming, MailboxUid, Via
from tests.cost import LATE_SECONDS
from tests.ingest.imap_desk import make_config, make_mail, open_desk, proxy, reading
from tests.peers.dovecot import Dovecot
from tests.peers.process import wait_until

pytestmark = pytest.mark.peer


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses ten times shorter than real ones."""
    monkeypatch.setattr(imap_retry, "FIRST_SECONDS", imap_retry.FIRST_SECONDS / 10)


def append(dovecot: Dovecot, user: str, *mails: bytes) -> None:
    """Put mails into the inbox as they are."""
    with dovecot.log_in(user) as person:
        for mail in mails:
            person.append("INBOX", mail)


def test_a_server_that_dies_while_it_idles_is_found_again(private_dovecot: Dovecot, tmp_path: Path) -> None:
    """It is killed, away for a moment, and started again: the mail of afterwards is taken."""
    user = private_dovecot.make_user()
    with open_desk(tmp_path) as desk, reading(desk, make_config(private_dovecot, user, tmp_path)) as told:
        private_dovecot.deliver(user, make_mail(1))
        desk.wait_for_mails(1)
        private_dovecot.kill()
        told.wait_for(Failed, 3)
        private_dovecot.start()
        private_dovecot.deliver(user, make_mail(2))
        desk.wait_for_mails(2)
        assert len(desk.mails()) == 2
        pauses = [event.retry_seconds for event in told.told(Failed)]
        assert len(pauses) < 7, "it does not knock in a hurry"
        assert all(0.05 * 2**step <= pause <= 0.1 * 2**step for step, pause in enumerate(pauses))


def test_a_connection_cut_inside_a_mail_leaves_nothing_behind(
    dovecot: Dovecot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice, at different places; no part of a mail gets into the spool, then every mail is taken once."""
    monkeypatch.setattr(imap_retry, "MAIL_FIRST_SECONDS", 0.1)
    user = dovecot.make_user()
    mails = [make_mail(number, size=20_000) for number in range(8)]
    append(dovecot, user, *mails)
    cuts = [30_000, 90_000]
    passed = [0]

    def cut(data: bytes) -> bytes | None:
        passed[0] += len(data)
        if cuts and passed[0] > cuts[0]:
            cuts.pop(0)
            return None
        return data

    with open_desk(tmp_path) as desk, proxy(dovecot.imap_port, cut) as port:
        with reading(desk, make_config(dovecot, user, tmp_path, port=port, poll_seconds=0.2)) as told:
            desk.wait_for_mails(8)
            assert cuts == []
            assert len(told.told(Failed)) == 2
        assert sorted(mails) == sorted(desk.mails())


def test_a_frozen_server_is_given_up_and_left_within_seconds(private_dovecot: Dovecot, tmp_path: Path) -> None:
    """Its connections stay open and silent; the reader can be stopped meanwhile, and goes on when the server does."""
    user = private_dovecot.make_user()
    with open_desk(tmp_path) as desk:
        config = make_config(private_dovecot, user, tmp_path, timeout_seconds=0.5, poll_seconds=0.3)
        with reading(desk, config) as told:
            told.wait_for(Connected)
            private_dovecot.freeze()
            try:
                assert "no answer within 0.5 s" in told.wait_for(Failed).why
            finally:
                private_dovecot.thaw()
            private_dovecot.deliver(user, make_mail(1))
            desk.wait_for_mails(1)
        patient = make_config(private_dovecot, user, tmp_path, timeout_seconds=60, poll_seconds=0.3)
        with reading(desk, patient) as told:
            told.wait_for(Connected)
            private_dovecot.freeze()
            time.sleep(0.2)
            try:
                assert told.reader.stop(timeout_seconds=LATE_SECONDS)
            finally:
                private_dovecot.thaw()


def test_news_in_one_packet_with_the_answer_to_idle_is_not_missed(dovecot: Dovecot, tmp_path: Path) -> None:
    """A mail comes between SEARCH and IDLE: the server tells of it at once, and never again."""
    user = dovecot.make_user()
    first = threading.Event()

    def answer_with_news(data: bytes) -> bytes:
        if data.startswith(b"+ idling") and not first.is_set():
            first.set()
            append(dovecot, user, make_mail(1))
            return b"+ idling\r\n* 1 EXISTS\r\n"
        return b"" if data.startswith(b"* ") and b"EXISTS\r\n* 1 RECENT" in data and len(data) < 40 else data

    with (
        open_desk(tmp_path) as desk,
        proxy(dovecot.imap_port, answer_with_news) as port,
        reading(desk, make_config(dovecot, user, tmp_path, port=port)),
    ):
        desk.wait_for_mails(1)


@pytest.mark.parametrize("moment", [b"RFC822.SIZE", b"BODY[]", b"COPYUID"])
def test_news_in_the_answer_to_another_command_is_not_missed(dovecot: Dovecot, tmp_path: Path, moment: bytes) -> None:
    """A mail comes while we work on the one before: the server tells of it then, and IDLE does not tell again."""
    user = dovecot.make_user()
    append(dovecot, user, make_mail(1))
    come = threading.Event()

    def deliver_at_the_moment(data: bytes) -> bytes:
        if moment in data and not come.is_set():
            come.set()
            append(dovecot, user, make_mail(2))
        return data

    with (
        open_desk(tmp_path) as desk,
        proxy(dovecot.imap_port, deliver_at_the_moment) as port,
        reading(desk, make_config(dovecot, user, tmp_path, port=port)),
    ):
        desk.wait_for_mails(2)


@contextmanager
def listening(behaviour: str) -> Iterator[int]:
    """The port of a server that says hello and then drips, or floods one line without an end."""
    stop = threading.Event()

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"* OK ready\r\n")
            while not stop.wait(0.05 if behaviour == "drips" else 0):
                try:
                    connection.sendall(b"x" if behaviour == "drips" else b"x" * 1_000_000)
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            stop.set()
            thread.join()


@pytest.mark.parametrize(("behaviour", "words"), [("drips", "too long"), ("floods", "a line of more than")])
def test_a_server_that_never_ends_its_answer_is_given_up(behaviour: str, words: str) -> None:
    """It is never silent, so only the limits of a whole answer and of a line help."""
    wire = Wire(timeout_seconds=0.5, clock=SystemClock(), alive=lambda: None)
    with listening(behaviour) as port:
        began = time.monotonic()
        wire.connect("127.0.0.1", port, None)
        assert wire.read_line() == b"* OK ready\r\n"
        with pytest.raises((Temporary, TimeoutError), match=words):
            wire.read_line()
        wire.close()
        assert time.monotonic() - began < LATE_SECONDS


def test_a_connection_interrupted_before_it_is_there_is_not_made(dovecot: Dovecot) -> None:
    """`stop` may come while the reader is still on its way to the server."""
    wire = Wire(timeout_seconds=5, clock=SystemClock(), alive=lambda: None)
    wire.interrupt()
    with pytest.raises(Temporary, match="shutting down"):
        wire.connect("127.0.0.1", dovecot.imap_port, None)
    wire.close()


@pytest.mark.parametrize("harm", ["unreadable", "shorter than its index says"])
def test_a_mail_that_makes_the_server_hang_up_does_not_hold_up_the_others(
    private_dovecot: Dovecot, tmp_path: Path, harm: str
) -> None:
    """Dovecot ends the connection over such a mail; it is found out, reported, and left for later."""
    user = private_dovecot.make_user()
    mails = [make_mail(number) for number in range(5)]
    append(private_dovecot, user, *mails)
    folder = private_dovecot.folder / "mail" / user.partition("@")[0]
    stored = [*folder.glob("cur/*"), *folder.glob("new/*")]
    victim = next(path for path in stored if b"Subject: mail 2\n" in path.read_bytes())
    if harm == "unreadable":
        os.chown(victim, 0, 0)
        victim.chmod(0o600)
    else:
        victim.write_bytes(victim.read_bytes()[:50])
    with open_desk(tmp_path) as desk, reading(desk, make_config(private_dovecot, user, tmp_path)) as told:
        wait_until(lambda: len(desk.mails()) >= 4, "the others are taken")
        assert [mails[number] for number in (0, 1, 3, 4)] == desk.mails()
        failure = told.wait_for(MailFailed)
        assert (failure.uid, failure.retry_seconds) == (3, 10)


CHILD = """
import sys, time
from pathlib import Path
from gateway.config import Imap
from tests.ingest.imap_desk import open_desk, reading
with open_desk(Path(sys.argv[1])) as desk, reading(desk, Imap.model_validate_json(sys.argv[2])):
    time.sleep(60)
"""


def test_a_reader_killed_anywhere_loses_nothing_and_takes_nothing_twice(dovecot: Dovecot, tmp_path: Path) -> None:
    """Kill -9 while it works through 300 mails in batches of 3; the next one finishes what was begun."""
    user = dovecot.make_user()
    mails = [make_mail(number) for number in range(300)]
    with dovecot.log_in(user) as person:
        person.multiappend("INBOX", mails)
    config = make_config(dovecot, user, tmp_path, batch=3)
    command = [sys.executable, "-c", CHILD, str(tmp_path), config.model_dump_json()]
    with open_desk(tmp_path) as desk:
        with subprocess.Popen(command, cwd=Path(__file__).parents[2]) as child:
            wait_until(lambda: len(desk.mails()) >= 60, "some mails are taken")
            child.kill()
        assert len(desk.mails()) < 300, "it was killed too late to prove anything"
        with reading(desk, config):
            desk.wait_for_mails(300)
        assert sorted(mails) == sorted(desk.mails())
    with dovecot.log_in(user) as person:
        person.select_folder("Processed")
        moved = person.fetch(person.search(), ["BODY.PEEK[]"])
        assert set(mails) == {item[b"BODY[]"] for item in moved.values()}
        assert person.folder_status("INBOX", ["MESSAGES"])[b"MESSAGES"] == 0


@pytest.mark.parametrize("what_is_left", [b"BODY[] NIL", b'BODY[] ""'])
def test_a_mail_expunged_just_now_is_no_failure_and_no_empty_mail(
    dovecot: Dovecot, tmp_path: Path, what_is_left: bytes
) -> None:
    """A person expunges it between our SEARCH and our FETCH; servers answer with nothing, or with an empty string."""
    user = dovecot.make_user()
    append(dovecot, user, make_mail(1), make_mail(2), make_mail(3))
    left = []

    def expunge_at_sizes(data: bytes) -> bytes:
        if b"RFC822.SIZE" in data and b"UID 2 " in data:
            with dovecot.log_in(user) as person:
                person.select_folder("INBOX")
                person.delete_messages([2])
                person.expunge()
        left.extend([what_is_left] * data.count(b"BODY[] NIL"))
        return data.replace(b"BODY[] NIL", what_is_left)

    with open_desk(tmp_path) as desk, proxy(dovecot.imap_port, expunge_at_sizes) as port:
        config = make_config(dovecot, user, tmp_path, port=port, poll_seconds=0.1, idle=False)
        with reading(desk, config) as told:
            desk.wait_for_mails(2)
            time.sleep(0.2)
            assert [type(event) for event in told.events] == [Connected, Took]
        assert [make_mail(1), make_mail(3)] == desk.mails()
    assert left == [what_is_left]


def test_a_mail_that_another_process_takes_in_the_same_moment_is_taken_once(dovecot: Dovecot, tmp_path: Path) -> None:
    """While we fetch it: that we cannot keep it then is no failure; the mail beside it is kept, both are moved."""
    user = dovecot.make_user()
    append(dovecot, user, make_mail(1), make_mail(2))
    with dovecot.log_in(user) as person:
        uidvalidity = person.folder_status("INBOX", ["UIDVALIDITY"])[b"UIDVALIDITY"]
    envelope = Envelope(via=Via.IMAP, received_at=SystemClock().now())
    taken = threading.Event()

    with open_desk(tmp_path) as desk:

        def take(data: bytes) -> bytes:
            if b"BODY[]" in data and not taken.is_set():
                taken.set()
                uid = MailboxUid(mailbox="support", uidvalidity=uidvalidity, uid=1)
                desk.spool.put(Incoming(envelope=envelope, raw=make_mail(1)), uid).result(5)
            return data

        with proxy(dovecot.imap_port, take) as port:
            config = make_config(dovecot, user, tmp_path, port=port, poll_seconds=0.1, idle=False)
            with reading(desk, config) as told:
                desk.wait_for_mails(2)
                assert [(type(event), getattr(event, "mails", 0)) for event in told.events] == [
                    (Connected, 0),
                    (Took, 1),
                ]
        assert [make_mail(1), make_mail(2)] == desk.mails()


def test_while_the_spool_is_stopped_mail_stays_in_the_mailbox(dovecot: Dovecot, tmp_path: Path) -> None:
    """Nothing is moved; when the spool runs again everything is taken, once, and no mail is held against."""
    user = dovecot.make_user()
    mails = [make_mail(number) for number in range(3)]
    append(dovecot, user, *mails)
    with open_desk(tmp_path) as desk:
        desk.spool.stop()
        with reading(desk, make_config(dovecot, user, tmp_path, batch=2)) as told:
            assert "shutting down" in told.wait_for(Failed, 3).why
            with dovecot.log_in(user) as person:
                assert person.folder_status("INBOX", ["MESSAGES"])[b"MESSAGES"] == 3
            desk.spool.start()
            desk.wait_for_mails(3)
            assert told.told(MailFailed) == []
        assert sorted(mails) == sorted(desk.mails())


def test_while_the_database_cannot_commit_mail_stays_in_the_mailbox(dovecot: Dovecot, tmp_path: Path) -> None:
    """Every insert fails, as on a full disk; the reader waits, then takes all."""
    user = dovecot.make_user()
    append(dovecot, user, make_mail(1), make_mail(2))
    with open_desk(tmp_path) as desk:
        with desk.store.transaction() as tx:
            tx.execute(text("CREATE TRIGGER full BEFORE INSERT ON raw BEGIN SELECT RAISE(ABORT, 'disk full'); END"))
        with reading(desk, make_config(dovecot, user, tmp_path)) as told:
            assert "disk full" in told.wait_for(Failed).why
            with dovecot.log_in(user) as person:
                assert person.folder_status("INBOX", ["MESSAGES"])[b"MESSAGES"] == 2
            assert desk.mails() == []
            with desk.store.transaction() as tx:
                tx.execute(text("DROP TRIGGER full"))
            desk.wait_for_mails(2)


def test_one_mail_that_cannot_be_kept_does_not_hold_up_the_others(dovecot: Dovecot, tmp_path: Path) -> None:
    """It stays in the mailbox and is reported by its UID."""
    user = dovecot.make_user()
    append(dovecot, user, make_mail(1), make_mail(2), make_mail(3))
    with open_desk(tmp_path) as desk:
        with desk.store.transaction() as tx:
            tx.execute(
                text(
                    "CREATE TRIGGER odd BEFORE INSERT ON mailbox_message WHEN NEW.uid = 2"
                    " BEGIN SELECT RAISE(ABORT, 'odd'); END"
                )
            )
        with reading(desk, make_config(dovecot, user, tmp_path, poll_seconds=0.1, idle=False)) as told:
            desk.wait_for_mails(2)
            failure = told.wait_for(MailFailed)
            assert (failure.uid, failure.retry_seconds) == (2, 10)
            time.sleep(0.2)
            assert len(told.told(MailFailed)) == 1
        assert [make_mail(1), make_mail(3)] == desk.mails()


def test_a_database_that_is_locked_for_a_while_only_makes_the_reader_wait(dovecot: Dovecot, tmp_path: Path) -> None:
    """No failure is told, the thread is not stuck, and the mail comes in when the lock is gone."""
    user = dovecot.make_user()
    append(dovecot, user, make_mail(1))
    with (
        open_desk(tmp_path) as desk,
        open_desk(tmp_path) as other,
        ExitStack() as lock,
        reading(desk, make_config(dovecot, user, tmp_path)) as told,
    ):
        lock.enter_context(other.store.transaction())
        told.wait_for(Connected)
        time.sleep(0.2)
        assert desk.mails() == []
        assert not told.reader.is_stuck
        lock.close()
        desk.wait_for_mails(1)
        assert told.told(Failed) == []


def test_whoever_listens_to_events_cannot_stop_the_mail(dovecot: Dovecot, tmp_path: Path) -> None:
    """A report that raises is the listener's fault."""
    user = dovecot.make_user()
    append(dovecot, user, make_mail(1))

    class Deaf(list[MailboxEvent]):
        def append(self, _event: MailboxEvent) -> None:
            raise RuntimeError("no ears")

    with open_desk(tmp_path) as desk, reading(desk, make_config(dovecot, user, tmp_path), events=Deaf()):
        desk.wait_for_mails(1)
