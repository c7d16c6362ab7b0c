"""SMTP as a peer sees it, command by command."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from gateway.model import Via
from gateway.tokens import Purpose
from tests.ingest.listeners import DESK, KEYS, Gateway, connected, dialogue, listening


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    """An SMTP listener as configured by default."""
    with listening(tmp_path) as running:
        yield running


@pytest.fixture(scope="module")
def shared_gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """The same, for dialogues that keep no mail."""
    with listening(tmp_path_factory.mktemp("gateway")) as running:
        yield running


def test_a_mail_is_kept_with_its_envelope_and_its_bytes_unchanged(gateway: Gateway) -> None:
    """The id in the reply is that of the entry."""
    dialogue(
        gateway.port,
        """
        S: 220 gateway.test ESMTP
        C: EHLO mail.customer.test
        S: 250-gateway.test
        S: 250-PIPELINING
        S: 250-SIZE 26214400
        S: 250-8BITMIME
        S: 250-SMTPUTF8
        S: 250 ENHANCEDSTATUSCODES
        C: MAIL FROM:<anna@customer.test> SIZE=100 BODY=8BITMIME
        S: 250 2.1.0 OK
        C: RCPT TO:<desk@support.test>
        S: 250 2.1.5 OK
        C: DATA
        S: 354 End with CR LF . CR LF
        C: Subject: Καλημέρα
        C:
        C: ..one dot too many is taken off
        C: .
        S: 250 2.0.0 kept as …
        C: QUIT
        S: 221 2.0.0 Bye
        S: (closed)
        """,
    )

    [entry] = gateway.entries()
    assert entry.raw == "Subject: Καλημέρα\r\n\r\n.one dot too many is taken off\r\n".encode()
    assert entry.envelope.via is Via.SMTP
    assert entry.envelope.mail_from == "anna@customer.test"
    assert entry.envelope.recipients == (DESK,)
    assert entry.envelope.peer_ip == "127.0.0.1"
    assert entry.envelope.helo == "mail.customer.test"
    assert entry.envelope.tls is False
    assert entry.envelope.source == f"127.0.0.1:{gateway.port}"


def test_the_reply_names_the_entry(gateway: Gateway) -> None:
    """So that a sender's log and ours can be laid side by side."""
    with connected(gateway.port) as peer:
        peer.begins()
        reply = peer.says("\r\n.")

    assert reply == f"250 2.0.0 kept as {gateway.entries()[0].id}"


def test_commands_may_come_all_at_once(gateway: Gateway) -> None:
    """PIPELINING (RFC 2920): replies come in order, and a connection takes more than one mail."""
    dialogue(
        gateway.port,
        """
        S: 220 gateway.test ESMTP
        C: HELO mail.customer.test
        C: MAIL FROM:<>
        C: RCPT TO:<nobody@support.test>
        C: RCPT TO:<desk@support.test>
        C: DATA
        S: 250 gateway.test
        S: 250 2.1.0 OK
        S: 550 5.1.1 No such address here
        S: 250 2.1.5 OK
        S: 354 …
        C: first
        C: .
        C: MAIL FROM:<anna@customer.test>
        C: RCPT TO:<DESK@Support.Test>
        C: DATA
        S: 250 2.0.0 kept as …
        S: 250 2.1.0 OK
        S: 250 2.1.5 OK
        S: 354 …
        C: second
        C: .
        C: QUIT
        S: 250 2.0.0 kept as …
        S: 221 2.0.0 Bye
        S: (closed)
        """,
    )

    assert [("", b"first\r\n"), ("anna@customer.test", b"second\r\n")] == [
        (entry.envelope.mail_from, entry.raw) for entry in gateway.entries()
    ]


def test_what_a_stranger_could_use_is_not_offered(shared_gateway: Gateway) -> None:
    """No VRFY, EXPN, HELP or AUTH (A-33)."""
    dialogue(
        shared_gateway.port,
        """
        S: 220 gateway.test ESMTP
        C: EHLO x
        S: 250-…
        S: 250-…
        S: 250-…
        S: 250-…
        S: 250-…
        S: 250 ENHANCEDSTATUSCODES
        C: VRFY desk
        S: 502 5.5.1 Not offered here
        C: EXPN desk
        S: 502 5.5.1 Not offered here
        C: HELP
        S: 502 5.5.1 Not offered here
        C: AUTH PLAIN AGEAYg==
        S: 502 5.5.1 Not offered here
        C: STARTTLS
        S: 503 5.5.1 TLS is not available
        C: LHLO x
        S: 500 5.5.1 No such command
        C: BDAT 3 LAST
        S: 500 5.5.1 No such command
        """,
    )


def test_commands_out_of_order_are_refused_and_change_nothing(gateway: Gateway) -> None:
    """RFC 5321 §4.1.4."""
    dialogue(
        gateway.port,
        """
        S: 220 gateway.test ESMTP
        C: MAIL FROM:<anna@customer.test>
        S: 503 5.5.1 Greet first
        C: HELO
        S: 501 5.5.4 Say your host name
        C: HELO x
        S: 250 gateway.test
        C: RCPT TO:<desk@support.test>
        S: 503 5.5.1 MAIL first
        C: DATA
        S: 503 5.5.1 No recipient was accepted
        C: MAIL FROM:<anna@customer.test>
        S: 250 2.1.0 OK
        C: MAIL FROM:<bert@customer.test>
        S: 503 5.5.1 There is a sender already
        C: RSET
        S: 250 2.0.0 OK
        C: RCPT TO:<desk@support.test>
        S: 503 5.5.1 MAIL first
        C: MAIL FROM:<carl@customer.test>
        S: 250 2.1.0 OK
        C: RCPT TO:<desk@support.test>
        S: 250 2.1.5 OK
        C: HELO y
        S: 250 gateway.test
        C: DATA
        S: 503 5.5.1 No recipient was accepted
        C: NOOP
        S: 250 2.0.0 OK
        """,
    )

    assert [] == gateway.entries()


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("MAIL FROM:anna@customer.test", "501 5.1.7"),
        ("MAIL FROM:<anna b@customer.test>", "501 5.1.7"),
        ("MAIL FROM:<anna>", "501 5.1.7"),
        ("MAIL FROM:<anna..b@customer.test>", "501 5.1.7"),
        ("MAIL FROM:<anna@customer.test", "501 5.1.7"),
        ("MAIL TO:<anna@customer.test>", "501 5.1.7"),
        ("MAIL", "501 5.1.7"),
        ("MAIL FROM:<anna@customer.test>SIZE=1", "501 5.1.7"),
        ("MAIL FROM:<a\x00b@customer.test>", "501 5.1.7"),
        ("MAIL FROM:<anna@customer.test> SIZE=26214401", "552 5.3.4"),
        ("MAIL FROM:<anna@customer.test> SIZE=99999999999999999999", "552 5.3.4"),
        ("MAIL FROM:<anna@customer.test> SIZE=-1", "501 5.5.4"),
        ("MAIL FROM:<anna@customer.test> SIZE", "501 5.5.4"),
        ("MAIL FROM:<anna@customer.test> BODY=BINARYMIME", "501 5.5.4"),
        ("MAIL FROM:<anna@customer.test> SMTPUTF8=yes", "501 5.5.4"),
        ("MAIL FROM:<anna@customer.test> RET=HDRS", "555 5.5.4"),
        ("MAIL FROM:<anna@customer.test> size=26214400 body=7bit smtputf8", "250 2.1.0"),
        ("mail from: <anna@customer.test>", "250 2.1.0"),
        ("MAIL FROM:<@relay.test,@other.test:anna@customer.test>", "250 2.1.0"),
        ("MAIL FROM:<άννα@πελάτης.test> SMTPUTF8", "250 2.1.0"),
        ('MAIL FROM:<"anna b"@[IPv6:2001:db8::1]>', "250 2.1.0"),
    ],
)
def test_a_sender_must_be_written_as_rfc_5321_says(shared_gateway: Gateway, command: str, reply: str) -> None:
    """Refused while the sender still listens, with a code that says what is wrong."""
    with connected(shared_gateway.port) as peer:
        peer.reply()
        peer.says("EHLO x")

        assert reply == peer.says(command)[:9]


@pytest.mark.parametrize(
    ("recipient", "reply"),
    [
        ("TO:<desk@support.test>", "250 2.1.5"),
        ("to: <Desk@SUPPORT.test>", "250 2.1.5"),
        ("TO:<postmaster@support.test>", "250 2.1.5"),
        ("TO:<postmaster@reply.test>", "250 2.1.5"),
        ("TO:<Postmaster>", "250 2.1.5"),
        ("TO:<desk>", "501 5.1.3"),
        ("TO:<>", "501 5.1.3"),
        ("TO:desk@support.test", "501 5.1.3"),
        ("TO:<desk@support.test> NOTIFY=NEVER", "555 5.5.4"),
        ("TO:<desk@elsewhere.test>", "550 5.1.1"),
        ("TO:<desk+x@support.test>", "550 5.1.1"),
        ("TO:<r1-30k0003rj00xtxg21y83sn6g0pvjkk@reply.test>", "250 2.1.5"),
        ("TO:<R1-30K0003RJ00XTXG21Y83SN6G0PVJKK@REPLY.TEST>", "250 2.1.5"),
        ("TO:<r1-30k0003rj00xtxg21y83sn6g0pvjk0@reply.test>", "250 2.1.5"),
        ("TO:<r1-30k0003rj00xtxg21y83sn6g0pvjkk@support.test>", "550 5.1.1"),
        ("TO:<m1-30k0003rj00xtxty1pfsk8yze3xw7c@reply.test>", "550 5.1.1"),
    ],
)
def test_only_our_own_recipients_are_taken(shared_gateway: Gateway, recipient: str, reply: str) -> None:
    """Support addresses, postmaster, and whatever looks like a signed reply address, signed rightly or not (A-07)."""
    with connected(shared_gateway.port) as peer:
        peer.reply()
        peer.says("EHLO x")
        peer.says("MAIL FROM:<anna@customer.test>")

        assert reply == peer.says(f"RCPT {recipient}")[:9]


def test_all_recipients_of_a_mail_stand_in_one_entry(gateway: Gateway) -> None:
    """Each once, in their order, postmaster with a domain."""
    with connected(gateway.port) as peer:
        peer.begins("Postmaster", "desk@support.test", "nobody@support.test", "desk@support.test")
        peer.says("\r\n.")

    [entry] = gateway.entries()
    assert ("postmaster@support.test", "desk@support.test") == entry.envelope.recipients


def test_an_address_in_another_script_is_kept_as_it_is(gateway: Gateway) -> None:
    """SMTPUTF8 (RFC 6531)."""
    with connected(gateway.port) as peer:
        peer.begins(sender="άννα@πελάτης.test")
        peer.says("\r\n.")

    assert "άννα@πελάτης.test" == gateway.entries()[0].envelope.mail_from


def test_a_command_that_is_no_utf_8_is_refused(shared_gateway: Gateway) -> None:
    """It could not be stored, and the mail would be put off for ever."""
    with connected(shared_gateway.port) as peer:
        peer.reply()
        peer.says("EHLO x")
        peer.send(b"MAIL FROM:<anna\xe1@customer.test>\r\n")

        assert "500 5.5.2 Not UTF-8" == peer.reply()
        assert "250 2.0.0 OK" == peer.says("NOOP")


def test_a_browser_cannot_be_made_to_send_mail(shared_gateway: Gateway) -> None:
    """What follows the request line is not taken for commands."""
    dialogue(
        shared_gateway.port,
        """
        S: 220 gateway.test ESMTP
        C: POST / HTTP/1.1
        C: Host: gateway.test
        C:
        C: HELO x
        S: 500 5.5.1 This is not HTTP
        S: (closed)
        """,
    )


def test_wrong_signatures_are_put_off_after_twenty_and_right_ones_are_not(gateway: Gateway) -> None:
    """A-07 on the wire."""
    right = KEYS.issue(Purpose.REPLY, ticket_ref=123456, address="anna@customer.test", day=date(2026, 9, 1))
    wrong = right[:-1] + ("0" if right[-1] != "0" else "1")
    with connected(gateway.port) as peer:
        peer.reply()
        peer.says("EHLO x")
        peer.says("MAIL FROM:<anna@customer.test>")
        replies = [peer.says(f"RCPT TO:<{wrong}@reply.test>") for _ in range(21)]

        assert ["250 2.1.5 OK"] * 20 + ["451 4.7.1 Try again later"] == replies
        assert "250 2.1.5 OK" == peer.says(f"RCPT TO:<{right}@reply.test>")
        assert "250 2.1.5 OK" == peer.says(f"RCPT TO:<{DESK}>")
