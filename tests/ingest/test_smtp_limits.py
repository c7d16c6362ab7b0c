"""What one peer may take from us (A-33): recipients, connections, mails, errors, time."""

import ast
import asyncio
import inspect
import time
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP

from gateway.clock import FixedClock
from gateway.ingest import protocol
from gateway.ingest.limits import Peers, Window, address_of, group_of
from tests.ingest.listeners import DESK, connected, dialogue, listening
from tests.peers.process import wait_until

NOW = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)


def test_more_recipients_than_allowed_are_put_off(tmp_path: Path) -> None:
    """452 4.5.3: the sender sends the mail to the others again; for those accepted it goes on."""
    with listening(tmp_path, smtp={"max_recipients": 2}) as gateway:
        dialogue(
            gateway.port,
            """
            S: 220 …
            C: HELO x
            S: 250 …
            C: MAIL FROM:<anna@customer.test>
            S: 250 …
            C: RCPT TO:<desk@support.test>
            S: 250 2.1.5 OK
            C: RCPT TO:<postmaster>
            S: 250 2.1.5 OK
            C: RCPT TO:<postmaster@reply.test>
            S: 452 4.5.3 …
            C: DATA
            S: 354 …
            C: .
            S: 250 2.0.0 kept as …
            """,
        )
        assert 2 == len(gateway.entries()[0].envelope.recipients)


@pytest.mark.parametrize("limit", ["max_connections", "max_connections_per_peer"])
def test_one_connection_too_many_is_told_to_come_back(tmp_path: Path, limit: str) -> None:
    """421, and a place that becomes free is given away again."""
    with listening(tmp_path, smtp={limit: 2}) as gateway, ExitStack() as stack:
        peers = [stack.enter_context(connected(gateway.port)) for _ in range(2)]
        assert ["220", "220"] == [peer.reply()[:3] for peer in peers]
        dialogue(gateway.port, "S: 421 4.7.0 Not now, try again later\nS: (closed)")
        assert "221 2.0.0 Bye" == peers[0].says("QUIT")
        assert "" == peers[0].reply()
        dialogue(gateway.port, "S: 220 gateway.test ESMTP")


def test_more_mails_than_allowed_within_a_minute_are_put_off(tmp_path: Path) -> None:
    """451 4.7.1 at MAIL, before the bytes are sent; a minute later they are welcome."""
    clock = FixedClock(NOW)
    limits = {"max_mails_per_peer_per_minute": 2}
    with listening(tmp_path, smtp=limits, clock=clock) as gateway, connected(gateway.port) as peer:
        peer.reply()
        peer.says("EHLO x")
        replies = []
        for _ in range(3):
            replies.append(peer.says("MAIL FROM:<anna@customer.test>"))
            peer.says("RSET")
        clock.seconds += 60
        replies.append(peer.says("MAIL FROM:<anna@customer.test>"))

    assert ["250 2.1.0", "250 2.1.0", "451 4.7.1", "250 2.1.0"] == [reply[:9] for reply in replies]


def test_after_too_many_errors_the_connection_is_closed(tmp_path: Path) -> None:
    """Who guesses addresses does not get far."""
    with listening(tmp_path, smtp={"max_errors": 3}) as gateway:
        dialogue(
            gateway.port,
            """
            S: 220 …
            C: HELO x
            C: MAIL FROM:<anna@customer.test>
            C: RCPT TO:<a@support.test>
            C: RCPT TO:<b@support.test>
            C: RCPT TO:<c@support.test>
            C: RCPT TO:<d@support.test>
            S: 250 …
            S: 250 …
            S: 550 …
            S: 550 …
            S: 550 …
            S: 421 4.7.0 Too many errors
            S: (closed)
            """,
        )


def test_a_mail_that_is_taken_pays_for_earlier_errors(tmp_path: Path) -> None:
    """A server that keeps its connection for a day makes a hundred errors in the end."""
    with listening(tmp_path, smtp={"max_errors": 3}) as gateway, connected(gateway.port) as peer:
        peer.begins("a@support.test", "b@support.test", DESK)
        assert "250" == peer.says(".")[:3]
        peer.says("MAIL FROM:<anna@customer.test>")
        peer.says("RCPT TO:<c@support.test>")

        assert "250 2.1.5 OK" == peer.says(f"RCPT TO:<{DESK}>")


def test_commands_that_lead_nowhere_become_errors(tmp_path: Path) -> None:
    """NOOP every second would hold a place for ever."""
    with listening(tmp_path, smtp={"max_errors": 5}) as gateway, connected(gateway.port) as peer:
        peer.reply()
        replies = [peer.says("NOOP") for _ in range(10)]

        assert ["250 2.0.0 OK"] * 10 == replies
        assert "421 4.7.0 Too many errors" == peer.reply()
        assert "" == peer.reply()


def test_a_command_line_that_is_too_long_is_refused_and_forgotten(tmp_path: Path) -> None:
    """However long it is; the next one is read as a command of its own."""
    with listening(tmp_path) as gateway, connected(gateway.port) as peer:
        peer.reply()
        peer.send(b"NOOP " + b"x" * 1_000_000 + b"\r\n")
        assert "500 5.5.2 Line too long" == peer.reply()

        assert "250 2.0.0 OK" == peer.says("NOOP")


def test_a_peer_that_says_nothing_is_let_go(tmp_path: Path) -> None:
    """`command_timeout_seconds`; a byte now and then is not a command."""
    with listening(tmp_path, smtp={"command_timeout_seconds": 0.3}) as gateway, connected(gateway.port) as peer:
        peer.reply()
        peer.send(b"NOO")

        assert "421 4.4.2 Waited too long" == peer.reply()
        assert "" == peer.reply()


def test_a_peer_that_stops_in_the_middle_of_a_mail_is_let_go(tmp_path: Path) -> None:
    """`block_timeout_seconds`; nothing is kept."""
    with listening(tmp_path, smtp={"block_timeout_seconds": 0.3}) as gateway:
        with connected(gateway.port) as peer:
            peer.begins()
            peer.send(b"Subject: half\r\n")

            assert "421 4.4.2 Waited too long" == peer.reply()
            assert "" == peer.reply()
        assert [] == gateway.entries()


def test_a_mail_that_trickles_in_is_given_up(tmp_path: Path) -> None:
    """`data_timeout_seconds`, however busy the peer looks."""
    with listening(tmp_path, smtp={"block_timeout_seconds": 5, "data_timeout_seconds": 0.5}) as gateway:
        with connected(gateway.port) as peer:
            peer.begins()
            peer.socket.settimeout(0.05)
            heard = b""
            for _ in range(100):
                try:
                    heard = peer.socket.recv(100)
                    break
                except TimeoutError:
                    peer.send(b"x")

        assert b"421 4.4.2 Waited too long\r\n" == heard
        assert [] == gateway.entries()


def test_a_session_that_is_never_silent_outlives_its_timeout(tmp_path: Path) -> None:
    """The wait is counted from one command to the next."""
    with listening(tmp_path, smtp={"command_timeout_seconds": 2}) as gateway, connected(gateway.port) as peer:
        peer.reply()
        for _ in range(5):
            time.sleep(0.5)
            assert "250 2.0.0 OK" == peer.says("NOOP")


def test_a_peer_that_does_not_read_its_replies_cannot_make_us_hold_them(tmp_path: Path) -> None:
    """We stop reading; when it is let go its place is free although it never took what we said."""
    limits = {"command_timeout_seconds": 0.5, "max_connections": 1, "max_errors": 10**9}
    with listening(tmp_path, smtp=limits) as gateway, connected(gateway.port) as peer:
        peer.socket.settimeout(0.3)
        sent = 0
        with suppress(TimeoutError, ConnectionError):
            while sent < 200_000_000:
                sent += peer.socket.send(b"NOOP\r\n" * 10_000)
        assert sent < 100_000_000

        wait_until(lambda: not gateway.listeners.connections, "the peer is let go")
        dialogue(gateway.port, "S: 220 gateway.test ESMTP")


def test_what_comes_while_we_wait_for_a_reader_is_not_overlooked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A peer that reads late and has nothing more to say still gets its last answer."""
    flush = protocol.Connection.flush

    async def slow(connection: protocol.Connection) -> None:
        await flush(connection)
        await asyncio.sleep(0.1)

    monkeypatch.setattr(protocol.Connection, "flush", slow)
    with listening(tmp_path) as gateway, connected(gateway.port) as peer:
        peer.socket.settimeout(30)
        peer.send(b"NOOP\r\n")
        assert "220 gateway.test ESMTP" == peer.reply()
        assert "250 2.0.0 OK" == peer.reply()


def test_without_room_on_the_disk_no_mail_is_begun(tmp_path: Path) -> None:
    """452 4.3.1 at MAIL; it recovers alone (§5.3, case 9)."""
    room = [False, True]
    with listening(tmp_path, has_room=lambda: room.pop(0)) as gateway, connected(gateway.port) as peer:
        peer.reply()
        peer.says("EHLO x")

        assert "452 4.3.1 Insufficient storage, try again later" == peer.says("MAIL FROM:<anna@customer.test>")
        assert "250 2.1.0 OK" == peer.says("MAIL FROM:<anna@customer.test>")


@pytest.mark.parametrize(
    ("host", "address", "group"),
    [
        ("192.0.2.7", "192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::1", "fe80::"),
    ],
)
def test_peers_are_told_apart_by_what_one_subscriber_has(host: str, address: str, group: str) -> None:
    """One IPv4 address, or one /64 of IPv6."""
    assert address == address_of(host)
    assert group == group_of(address_of(host))


def test_a_window_forgets_when_its_time_is_over() -> None:
    """All at once, so that it never holds more than one span."""
    clock = FixedClock(NOW)
    window = Window(clock, 10)
    window.add("a")
    window.add("b")
    clock.seconds = 9.9
    assert (1, 0, 2) == (window.count("a"), window.count("c"), window.total())
    clock.seconds = 10

    assert (0, 0) == (window.count("a"), window.total())


def test_peers_that_left_are_forgotten() -> None:
    """Or the table would grow with every address that ever came."""
    peers = Peers(FixedClock(NOW), connections=2, connections_per_peer=1, mails_per_minute=1)
    assert ("", "max_connections_per_peer is reached", "") == (peers.enter("a"), peers.enter("a"), peers.enter("b"))
    assert "max_connections is reached" == peers.enter("c")
    peers.leave("a")
    assert "" == peers.enter("a")
    peers.close()

    assert "shutting down" == peers.enter("d")


def test_no_attribute_of_ours_takes_the_name_of_one_of_the_library() -> None:
    """We extend classes of aiosmtpd and asyncio: a name used twice (`_paused`) once switched off our back pressure."""
    written = {
        node.attr
        for node in ast.walk(ast.parse(inspect.getsource(protocol)))
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and ast.unparse(node.value) == "self"
    }
    loop = asyncio.new_event_loop()
    try:
        theirs = set(vars(SMTP(None, hostname="x", loop=loop)))
    finally:
        loop.close()

    meant = {"_timeout_handle", "envelope", "session", "transport"}
    assert set() == (written & theirs) - meant
