"""LMTP as our own mail server sees it: a reply for each recipient (RFC 2033, A-32)."""

from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from gateway.errors import Temporary
from gateway.ingest.accept import Put
from gateway.model import Incoming, Via
from tests.ingest.listeners import DESK, Gateway, connected, dialogue, listening


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    """An LMTP listener as configured by default."""
    with listening(tmp_path, lmtp={}) as running:
        yield running


def test_each_accepted_recipient_gets_a_reply_in_order(gateway: Gateway) -> None:
    """None for the one that was refused in the middle, two for one that was named twice; one entry for all."""
    dialogue(
        gateway.port,
        """
        S: 220 gateway.test LMTP
        C: LHLO mx.company.test
        S: 250-gateway.test
        S: 250-PIPELINING
        S: 250-SIZE 26214400
        S: 250-8BITMIME
        S: 250-SMTPUTF8
        S: 250 ENHANCEDSTATUSCODES
        C: MAIL FROM:<anna@customer.test>
        C: RCPT TO:<desk@support.test>
        C: RCPT TO:<nobody@support.test>
        C: RCPT TO:<postmaster@support.test>
        C: RCPT TO:<desk@support.test>
        C: DATA
        S: 250 2.1.0 OK
        S: 250 2.1.5 OK
        S: 550 5.1.1 No such address here
        S: 250 2.1.5 OK
        S: 250 2.1.5 OK
        S: 354 …
        C: hello
        C: .
        C: NOOP
        S: 250 2.0.0 kept as …
        S: 250 2.0.0 kept as …
        S: 250 2.0.0 kept as …
        S: 250 2.0.0 OK
        C: QUIT
        S: 221 2.0.0 Bye
        S: (closed)
        """,
    )

    [entry] = gateway.entries()
    assert (DESK, "postmaster@support.test") == entry.envelope.recipients
    assert Via.LMTP is entry.envelope.via
    assert entry.envelope.peer_ip is None
    assert "mx.company.test" == entry.envelope.helo


def test_a_failure_is_told_for_each_recipient_and_the_connection_goes_on(tmp_path: Path) -> None:
    """451 each, never a 5xx (A-31, A-32)."""
    faults: list[Exception] = [RuntimeError("hunter2"), Temporary("hunter2")]

    def put_of(real: Put) -> Put:
        def put(incoming: Incoming) -> "Future[str]":
            if faults:
                raise faults.pop()
            return real(incoming)

        return put

    with listening(tmp_path, lmtp={}, put=put_of) as gateway, connected(gateway.port) as peer:
        peer.begins("desk@support.test", "postmaster@support.test", hello="LHLO")
        peer.send(b"one\r\n.\r\n")
        assert ["451 4.3.0 Try again later"] * 2 == [peer.reply() for _ in range(2)]
        for text in (b"two", b"three"):
            peer.says("MAIL FROM:<>")
            peer.says("RCPT TO:<desk@support.test>")
            peer.says("RCPT TO:<postmaster@support.test>")
            peer.says("DATA")
            peer.send(text + b"\r\n.\r\n")
            replies = [peer.reply()[:3] for _ in range(2)]
            assert ["451", "451"] == replies if text == b"two" else ["250", "250"] == replies

        assert [b"three\r\n"] == [entry.raw for entry in gateway.entries()]


@pytest.mark.parametrize(("text", "reply"), [("a\0b", "550 5.6.0"), ("x" * 2000, "552 5.3.4")])
def test_a_mail_that_is_refused_is_refused_for_each_recipient(tmp_path: Path, text: str, reply: str) -> None:
    """A client that waits for two replies gets two."""
    with listening(tmp_path, lmtp={}, max_message_bytes=1500) as gateway, connected(gateway.port) as peer:
        peer.begins("desk@support.test", "postmaster@support.test", hello="LHLO")
        peer.send(f"{text}\r\n.\r\n".encode())

        assert [reply, reply] == [peer.reply()[:9] for _ in range(2)]
        assert "250 2.0.0 OK" == peer.says("NOOP")
        assert [] == gateway.entries()


def test_without_an_accepted_recipient_there_is_no_data(gateway: Gateway) -> None:
    """503 (RFC 2033 §4.2), and what would have been the mail is not taken for one."""
    with connected(gateway.port) as peer:
        assert "503 5.5.1 No recipient was accepted" == peer.begins("nobody@support.test", hello="LHLO")


@pytest.mark.parametrize("hello", ["HELO", "EHLO"])
def test_smtp_is_not_lmtp(gateway: Gateway, hello: str) -> None:
    """RFC 2033 §4.1: a client that thinks this is SMTP would not read all replies."""
    with connected(gateway.port) as peer:
        peer.reply()

        assert "500 5.5.1 This is LMTP, say LHLO" == peer.says(f"{hello} x")
        assert "503 5.5.1 Greet first" == peer.says("MAIL FROM:<>")


def test_lone_newlines_of_our_own_server_are_mended(gateway: Gateway) -> None:
    """It has taken the mail already and could only bounce it; what is kept has CRLFs throughout."""
    with connected(gateway.port) as peer:
        peer.begins(hello="LHLO")
        peer.send(b"Subject: x\n\nfirst\n.\nsecond\rthird\r\n..\r\n.\r\n")
        assert peer.reply().startswith("250 2.0.0 kept as ")

    assert b"Subject: x\r\n\r\nfirst\r\n.\r\nsecond\r\nthird\r\n.\r\n" == gateway.entries()[0].raw


def test_mail_comes_over_a_unix_socket(tmp_path: Path) -> None:
    """As Postfix hands it over; the envelope names the listener and no peer."""
    with listening(tmp_path, lmtp={"listen": [f"unix:{tmp_path}/lmtp"]}) as gateway:
        with connected(f"{tmp_path}/lmtp") as peer:
            peer.begins(hello="LHLO")
            assert "250" == peer.says(".")[:3]

        [entry] = gateway.entries()
    assert entry.envelope.peer_ip is None
    assert f"unix:{tmp_path}/lmtp" == entry.envelope.source


def test_wrong_signatures_over_lmtp_are_not_all_one_peers(gateway: Gateway) -> None:
    """The peer is our own server: only the limit for all together counts there (A-07)."""
    with connected(gateway.port) as peer:
        peer.reply()
        peer.says("LHLO x")
        peer.says("MAIL FROM:<>")
        replies = {peer.says(f"RCPT TO:<r1-{'0' * 30}@reply.test>") for _ in range(25)}

    assert {"250 2.1.5 OK"} == replies
