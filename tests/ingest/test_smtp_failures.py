"""What happens to a mail when something breaks: a hook, the store, the connection, the process (A-31, A-35, §5.3)."""

import resource
import signal
import socket
import struct
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import NoReturn

import pytest

from gateway.errors import Temporary
from gateway.ingest import listen
from gateway.ingest.accept import Door, Put
from gateway.ingest.mail_data import IN_MEMORY
from gateway.ingest.recipients import Answer, Recipients
from gateway.model import Incoming
from gateway.store.db import Store
from tests.ingest.listeners import DESK, Peer, connected, entries_of, listening, process
from tests.peers.process import wait_until

SECRET = "password=hunter2"


class Broken(Recipients):
    """Recipients that cannot be asked."""

    def __init__(self) -> None:
        """Nothing to set up."""

    def answer(self, address: str, peer_ip: str | None) -> Answer:
        """Fails."""
        raise RuntimeError(SECRET)


def fail(*_: object) -> NoReturn:
    """A hook that breaks."""
    raise RuntimeError(SECRET)


def refusing(reason: Exception) -> Callable[[Put], Put]:
    """A spool that cannot commit."""

    def wrap(_: Put) -> Put:
        def put(_: Incoming) -> "Future[str]":
            failed: Future[str] = Future()
            failed.set_exception(reason)
            return failed

        return put

    return wrap


class Held:
    """A spool that writes when it is told to."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Incoming, Future[str]]] = []
        self._put: Put | None = None

    def wrap(self, put: Put) -> Put:
        """Stand before the real one."""
        self._put = put
        return self.put

    def put(self, incoming: Incoming) -> "Future[str]":
        """Hold it back."""
        future: Future[str] = Future()
        self.waiting.append((incoming, future))
        return future

    def write(self) -> None:
        """Commit all that was held back."""
        assert self._put
        waiting, self.waiting = self.waiting, []
        for incoming, future in waiting:
            future.set_result(self._put(incoming).result(20))


def test_a_hook_that_breaks_is_answered_with_451_and_no_word_of_why(tmp_path: Path) -> None:
    """Permanent refusals of ours lose mail, and texts of exceptions hold secrets (A-31)."""
    with listening(tmp_path, recipients=lambda _: Broken()) as gateway, connected(gateway.port) as peer:
        peer.reply()
        peer.says("EHLO x")
        peer.says("MAIL FROM:<anna@customer.test>")

        assert "451 4.3.0 Try again later" == peer.says(f"RCPT TO:<{DESK}>")
        assert "250 2.0.0 OK" == peer.says("NOOP")


def test_a_question_for_room_that_breaks_is_answered_with_451(tmp_path: Path) -> None:
    """The same at MAIL."""
    with listening(tmp_path, has_room=fail) as gateway, connected(gateway.port) as peer:
        peer.reply()
        peer.says("EHLO x")

        assert "451 4.3.0 Try again later" == peer.says("MAIL FROM:<anna@customer.test>")


@pytest.mark.parametrize(
    "put",
    [
        refusing(Temporary(f"the store failed: {SECRET}")),
        refusing(RuntimeError(SECRET)),
        lambda _: fail,
    ],
    ids=["no commit", "an unforeseen end", "not even a future"],
)
def test_a_mail_that_cannot_be_kept_is_put_off(tmp_path: Path, put: Callable[[Put], Put]) -> None:
    """451, nothing of why, and the connection goes on (§5.3, cases 9 and 12)."""
    with listening(tmp_path, put=put) as gateway, connected(gateway.port) as peer:
        peer.begins()

        assert "451 4.3.0 Try again later" == peer.says("Subject: x\r\n\r\nhello\r\n.")
        assert "250 2.0.0 OK" == peer.says("NOOP")


def doors(monkeypatch: pytest.MonkeyPatch, **arguments: float) -> None:
    """Let listeners be made with other limits than ours, so that a test need not wait for them."""
    monkeypatch.setattr(listen, "Door", partial(Door, **arguments))


def test_bytes_of_mails_that_failed_are_given_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or after some failures nothing could be taken any more."""
    doors(monkeypatch, in_flight=1000)
    faults: list[Put] = [fail, refusing(Temporary("later"))(fail), fail]

    def put_of(real: Put) -> Put:
        return lambda incoming: (faults.pop() if faults else real)(incoming)

    with listening(tmp_path, put=put_of) as gateway, connected(gateway.port) as peer:
        replies = [peer.begins() and peer.says("x" * 800 + "\r\n.")]
        replies += [send(peer, "x" * 800) for _ in range(3)]

    assert ["451", "451", "451", "250"] == [reply[:3] for reply in replies]


def send(peer: Peer, text: str) -> str:
    """One more mail on the same connection; gives its last reply."""
    peer.says("MAIL FROM:<anna@customer.test>")
    peer.says(f"RCPT TO:<{DESK}>")
    peer.says("DATA")
    return peer.says(text + "\r\n.")


def test_mails_wait_on_disk_while_there_is_no_memory_for_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second is handed over when the first is committed, and both are taken."""
    doors(monkeypatch, in_flight=1000)
    held = Held()
    with (
        listening(tmp_path, put=held.wrap) as gateway,
        connected(gateway.port) as first,
        connected(gateway.port) as second,
    ):
        for peer in (first, second):
            peer.begins()
            peer.send(b"x" * 800 + b"\r\n.\r\n")
        wait_until(lambda: held.waiting, "the first mail is handed over")
        time.sleep(0.1)
        assert 1 == len(held.waiting)
        held.write()
        wait_until(lambda: held.waiting, "the second mail is handed over")
        held.write()

        assert ["250", "250"] == [peer.reply()[:3] for peer in (first, second)]
        assert 2 == len(gateway.entries())


def test_a_commit_that_takes_too_long_is_answered_and_may_still_land(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """451 in time (§5.3, case 13); what lands later is found to be a duplicate when the sender tries again."""
    doors(monkeypatch, patience=0.2)
    held = Held()
    with listening(tmp_path, put=held.wrap) as gateway, connected(gateway.port) as peer:
        peer.begins()
        assert "451 4.4.5 Busy, try again later" == peer.says("hello\r\n.")
        assert "250 2.0.0 OK" == peer.says("NOOP")
        held.write()

        assert [b"hello\r\n"] == [entry.raw for entry in gateway.entries()]


@pytest.mark.parametrize("cut", ["close", "reset"])
def test_a_client_that_drops_after_the_dot_does_not_cancel_the_commit(tmp_path: Path, cut: str) -> None:
    """Committed exactly once, although nobody hears of it (A-35)."""
    held = Held()
    with listening(tmp_path, put=held.wrap) as gateway:
        with connected(gateway.port) as peer:
            peer.begins()
            peer.send(b"hello\r\n.\r\n")
            wait_until(lambda: held.waiting, "the mail is handed over")
            if cut == "reset":
                peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if cut == "reset":
            wait_until(lambda: not gateway.listeners.connections, "the session is over")
        held.write()
        wait_until(lambda: not gateway.listeners.connections, "the session is over")

        assert [b"hello\r\n"] == [entry.raw for entry in gateway.entries()]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (b"MAIL FROM:<a@customer.test>\r\nRCPT TO:<desk@support.test>\r\nDATA\r\n", 0),
        (b"MAIL FROM:<a@customer.test>\r\nRCPT TO:<desk@support.test>\r\nDATA\r\nhello", 0),
        (b"MAIL FROM:<a@customer.test>\r\nRCPT TO:<desk@support.test>\r\nDATA\r\nhello\r\n.", 0),
        (b"MAIL FROM:<a@customer.test>\r\nRCPT TO:<desk@support.test>\r\nDATA\r\nhello\r\n.\r", 0),
        (b"MAIL FROM:<a@customer.test>\r\nRCPT TO:<desk@support.test>\r\nDATA\r\nhello\r\n.\r\n", 1),
    ],
)
def test_a_mail_is_kept_from_its_last_byte_on_and_not_before(tmp_path: Path, sent: bytes, kept: int) -> None:
    """A client that closes at each of these points; half a mail is no mail."""
    with listening(tmp_path) as gateway:
        with connected(gateway.port) as peer:
            peer.says("EHLO x")
            peer.send(sent)
            peer.socket.shutdown(socket.SHUT_WR)
            while peer.reply():
                pass

        assert kept == len(gateway.entries())


def test_a_client_that_only_stops_sending_gets_its_answer(tmp_path: Path) -> None:
    """Half a connection is enough to say 250."""
    held = Held()
    with listening(tmp_path, put=held.wrap) as gateway, connected(gateway.port) as peer:
        peer.begins()
        peer.send(b"hello\r\n.\r\n")
        peer.socket.shutdown(socket.SHUT_WR)
        wait_until(lambda: held.waiting, "the mail is handed over")
        held.write()

        assert peer.reply().startswith("250 2.0.0 kept as ")
        assert "" == peer.reply()


def test_stopping_tells_who_is_idle_and_lets_finish_who_is_sending(tmp_path: Path) -> None:
    """421 4.3.2 for the one, 250 and then 421 for the other, nobody new (§5.3, case 33)."""
    with (
        listening(tmp_path) as gateway,
        connected(gateway.port) as idle,
        connected(gateway.port) as sending,
    ):
        idle.reply()
        sending.begins()
        stopped = gateway.submit(gateway.listeners.drain(20))
        assert "421 4.3.2 Shutting down, try again later" == idle.reply()
        assert "" == idle.reply()
        with pytest.raises(ConnectionRefusedError), connected(gateway.port):
            pass
        assert not stopped.done()
        assert sending.says("hello\r\n.").startswith("250 2.0.0 kept as ")
        assert "421 4.3.2 Shutting down, try again later" == sending.reply()
        assert "" == sending.reply()
        stopped.result(20)

        assert [b"hello\r\n"] == [entry.raw for entry in gateway.entries()]


def test_stopping_does_not_wait_for_ever_for_who_is_sending(tmp_path: Path) -> None:
    """After the time it was given: 421."""
    with listening(tmp_path) as gateway, connected(gateway.port) as sending:
        sending.begins()
        gateway.submit(gateway.listeners.drain(0.1)).result(20)

        assert "421 4.3.2 Shutting down, try again later" == sending.reply()
        assert [] == gateway.entries()


def test_stopping_waits_for_commits(tmp_path: Path) -> None:
    """Also for those whose client is gone."""
    held = Held()
    with listening(tmp_path, put=held.wrap) as gateway:
        with connected(gateway.port) as peer:
            peer.begins()
            peer.send(b"hello\r\n.\r\n")
            wait_until(lambda: held.waiting, "the mail is handed over")
        stopped = gateway.submit(gateway.listeners.drain(0.1))
        time.sleep(0.3)
        assert not stopped.done()
        held.write()
        stopped.result(20)

        assert 1 == len(gateway.entries())


def test_killed_at_any_moment_there_is_never_a_250_without_a_mail(tmp_path: Path) -> None:
    """Kill -9 in the middle of one mail and right after the 250 of another (§5.3, cases 1 and 4)."""
    with process(tmp_path) as (running, port), connected(port) as half, connected(port) as whole:
        half.begins()
        half.send(b"half a ma")
        whole.begins()
        reply = whole.says("whole\r\n.")
        running.send_signal(signal.SIGKILL)
        running.wait(20)
        assert "" == half.reply()

    store = Store(f"sqlite:///{tmp_path}/store.db")
    try:
        assert [(reply.split()[-1], b"whole\r\n")] == [(entry.id, entry.raw) for entry in entries_of(store)]
    finally:
        store.close()


def test_a_disk_that_cannot_be_written_puts_mail_off_and_recovers_alone(tmp_path: Path) -> None:
    """Writes fail for real, by a limit on the size of files (§5.3, cases 9 and 10)."""
    with process(tmp_path) as (running, port), connected(port) as peer:
        assert "250" == (peer.begins() and peer.says("first\r\n."))[:3]
        resource.prlimit(running.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
        assert "451 4.3.0 Try again later" == send(peer, "in the store")
        assert "452 4.3.1 Insufficient storage, try again later" == send(peer, "x" * (IN_MEMORY + 1))
        resource.prlimit(running.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert "250" == send(peer, "last")[:3]


def test_terminated_with_sessions_open_it_ends_in_order(tmp_path: Path) -> None:
    """SIGTERM: 421, exit code 0."""
    with process(tmp_path) as (running, port), ExitStack() as stack:
        peers = [stack.enter_context(connected(port)) for _ in range(20)]
        assert {"220 gateway.test ESMTP"} == {peer.reply() for peer in peers}
        running.terminate()

        assert {"421 4.3.2 Shutting down, try again later"} == {peer.reply() for peer in peers}
        assert 0 == running.wait(20)
