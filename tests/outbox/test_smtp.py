"""The way out over SMTP, against real servers: good ones, strict ones and bad ones."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.errors import ConfigError
from gateway.outbox.smtp import SmtpTransport, load_smarthost
from gateway.outbox.transport import Attempt, Letter, Result
from tests.outbox.sending import letter, smtp, smtp_config
from tests.peers.postfix import PASSWORD, USER, Postfix, Sink
from tests.peers.process import free_port, wait_until


def send(transport: SmtpTransport, *letters: Letter) -> list[Attempt]:
    """Send these over one transport, one after the other."""

    async def run() -> list[Attempt]:
        try:
            return [await transport.send(each) for each in letters]
        finally:
            await transport.close()

    return asyncio.run(run())


def password_file(folder: Path, password: str) -> Path:
    """Where an operator keeps a password, with the line end that his editor made."""
    path = folder / "password"
    path.write_text(f"{password}\n")
    return path


def test_a_mail_arrives_octet_for_octet(smarthost: Postfix) -> None:
    """Lines that are dots and begin with dots as well; Postfix calls it taken, and so do we."""
    sent = letter(101, to="octets@shop.example")
    (attempt,) = send(smtp(smarthost.port), sent)

    def arrived() -> list[bytes]:
        return [mail for mail in smarthost.mails() if b"To: octets@shop.example" in mail]

    wait_until(arrived, "Postfix delivered the mail")
    assert (Result.SENT, 250) == (attempt.result, attempt.code)
    assert attempt.text.startswith("250 2.0.0 Ok: queued as ")
    assert sent.data.partition(b"\r\n\r\n")[2].replace(b"\r\n", b"\n") == arrived()[0].partition(b"\n\n")[2]


def test_mails_share_one_connection_and_bear_their_envelope(sink: Sink) -> None:
    """Ten mails, one connection; delivery reports are asked for where there is somebody to send them to (RFC 3461)."""
    sink.start()
    letters = [letter(number, to=f"c+{number}@shop.example") for number in range(9)]
    attempts = send(smtp(sink.port), *letters, letter(9, mail_from=""))
    mails = sink.mails()
    by_recipient = {mail.recipient: mail for mail in mails}

    assert [Result.SENT] * 10 == [attempt.result for attempt in attempts]
    assert (10, 1) == (len(mails), sink.connections())
    assert "RET=HDRS ENVID=tg4" in by_recipient["c+4@shop.example"].mail_options
    assert "NOTIFY=FAILURE,DELAY ORCPT=rfc822;c+2B4@shop.example" == by_recipient["c+4@shop.example"].recipient_options
    assert ("", "") == (
        by_recipient["maria@shop.example"].mail_from,
        by_recipient["maria@shop.example"].recipient_options,
    )
    assert "ehlo reply.example" in sink.log.lower()


def test_a_refusal_for_good_is_told_apart_from_one_for_now(smarthost: Postfix, sink: Sink) -> None:
    """550 ends the mail, 450 does not; the next mail on the same connection is not touched by either."""
    sink.start("-r", "RCPT")
    refused, taken = send(smtp(smarthost.port), letter(1, to="nobody@shop.example"), letter(2))
    later, again = send(smtp(sink.port), letter(3), letter(4))

    assert (Result.FAILED, 550, "RCPT TO", False) == (refused.result, refused.code, refused.step, refused.is_hop_down)
    assert "550 5.1.1 <nobody@shop.example>: Recipient address rejected: no such user here" == refused.text
    assert Result.SENT is taken.result
    assert [(Result.DEFERRED, 450)] * 2 == [(each.result, each.code) for each in (later, again)]
    assert 1 == sink.connections()


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA", "."])
@pytest.mark.parametrize(("how", "result"), [("-r", Result.DEFERRED), ("-f", Result.FAILED)])
def test_refusals_count_in_every_step(sink: Sink, command: str, how: str, result: Result) -> None:
    """What the server said stands in the answer, and nothing was delivered."""
    sink.start(how, command)
    (attempt,) = send(smtp(sink.port), letter())

    assert (result, False) == (attempt.result, attempt.is_hop_down)
    assert str(attempt.code) == attempt.text[:3]
    assert "message" not in attempt.step
    assert {"MAIL": "MAIL FROM", "RCPT": "RCPT TO"}.get(command, "DATA") == attempt.step


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
def test_a_connection_that_ends_before_the_mail_is_no_refusal(sink: Sink, command: str) -> None:
    """The mail is deferred, whatever the server says while it hangs up; it is about this mail, not about all."""
    for how, code in (("-q", None), ("-Q", 421)):
        sink.start(how, command)
        (attempt,) = send(smtp(sink.port), letter())
        assert (Result.DEFERRED, code, False) == (attempt.result, attempt.code, attempt.is_hop_down)
        assert [] == sink.mails()
        sink.stop()


def test_a_connection_that_ends_after_the_final_dot_leaves_the_mail_in_doubt(sink: Sink) -> None:
    """It is deferred, to be sent again with the same Message-ID, and not repeated at once."""
    sink.start("-q", ".")
    (attempt,) = send(smtp(sink.port), letter())

    assert (Result.DEFERRED, None, "DATA") == (attempt.result, attempt.code, attempt.step)
    assert "the connection ended at DATA; it may have arrived" in attempt.text
    assert 1 == sink.connections()


def test_a_server_that_hangs_up_on_a_kept_connection_gets_the_mail_over_a_new_one(sink: Sink) -> None:
    """At once: servers close what is idle, or stands open for too long."""

    async def run() -> list[Attempt]:
        transport = smtp(sink.port)
        sink.start()
        first = await transport.send(letter(1))
        sink.stop()
        sink.start()
        second = await transport.send(letter(2))
        await transport.close()
        return [first, second]

    assert [Result.SENT] * 2 == [attempt.result for attempt in asyncio.run(run())]
    assert 2 == len(sink.mails())


def test_a_server_that_does_not_answer_is_not_waited_for_for_ever(sink: Sink) -> None:
    """Half a second here; the mail is deferred."""
    sink.start("-W", "RCPT:5")
    (attempt,) = send(smtp(sink.port, timeout_seconds=0.5), letter())

    assert (Result.DEFERRED, "RCPT TO", False) == (attempt.result, attempt.step, attempt.is_hop_down)


def test_a_server_that_is_not_there_takes_no_mail_at_all(sink: Sink) -> None:
    """It is not about this mail, so none of the others is tried in vain."""
    (attempt,) = send(smtp(free_port()), letter())

    assert (Result.DEFERRED, "connecting", True) == (attempt.result, attempt.step, attempt.is_hop_down)
    assert "the smarthost takes no mail from us (connecting): Error connecting to 127.0.0.1" in attempt.text


@pytest.mark.parametrize("option", ["CONNECT", "EHLO,HELO"])
def test_a_server_that_refuses_us_takes_no_mail_at_all(sink: Sink, option: str) -> None:
    """Its 5xx is about us; no customer's mail is given up for that."""
    sink.start("-f", option)
    (attempt,) = send(smtp(sink.port), letter())

    assert (Result.DEFERRED, True) == (attempt.result, attempt.is_hop_down)
    assert attempt.code in (500, 550, 554, 571)


def test_encryption_is_used_where_it_is_offered_and_checked_where_it_is_required(
    postfix: Callable[..., Postfix], sink: Sink, tmp_path: Path
) -> None:
    """Offered: with any certificate. Required: with one that the CA file vouches for, or the mail waits."""
    server = postfix("smtpd_tls_security_level = may")
    sink.start()
    other = tmp_path / "other.pem"
    other.write_bytes(
        Path("/etc/ssl/certs/ca-certificates.crt").read_bytes().partition(b"-----END")[0]
        + b"-----END CERTIFICATE-----\n"
    )

    (offered,) = send(smtp(server.port), letter(1))
    wait_until(lambda: "Anonymous TLS connection established" in server.log, "Postfix logged the handshake")
    (required,) = send(smtp(server.port, require_tls=True, tls_ca_file=server.ca_file), letter(2))
    (unknown,) = send(smtp(server.port, require_tls=True, tls_ca_file=other), letter(3))
    (plain,) = send(smtp(sink.port, require_tls=True), letter(4))

    assert [Result.SENT] * 2 == [offered.result, required.result]
    assert [(Result.DEFERRED, True)] * 2 == [(each.result, each.is_hop_down) for each in (unknown, plain)]
    assert "certificate" in unknown.text.lower()
    assert "STARTTLS extension not supported" in plain.text
    assert [] == sink.mails()


def test_smtps_is_encrypted_from_the_first_octet(postfix: Callable[..., Postfix]) -> None:
    """And its certificate is always checked."""
    server = postfix("smtpd_tls_security_level = may\nsmtpd_tls_wrappermode = yes")

    (known,) = send(smtp(server.port, scheme="smtps", tls_ca_file=server.ca_file), letter(1))
    (unknown,) = send(smtp(server.port, scheme="smtps"), letter(2))
    assert (Result.SENT, Result.DEFERRED) == (known.result, unknown.result)
    assert unknown.is_hop_down


def test_we_log_in_where_it_is_asked_for(postfix: Callable[..., Postfix], tmp_path: Path) -> None:
    """Right: taken. Wrong or none: nothing is given up, for it says nothing about the mail."""
    server = postfix(sasl=True)
    known = {"user": USER, "tls_ca_file": server.ca_file}
    (right,) = send(smtp(server.port, **known, password_file=password_file(tmp_path, PASSWORD)), letter(1))
    (wrong,) = send(smtp(server.port, **known, password_file=password_file(tmp_path, "guess")), letter(2))

    assert (Result.SENT, 250) == (right.result, right.code)
    assert (Result.DEFERRED, 535, "connecting", True) == (wrong.result, wrong.code, wrong.step, wrong.is_hop_down)
    assert "535 5.7.8 Error: authentication failed" in wrong.text
    assert "guess" not in wrong.text


def test_a_password_is_never_said_in_the_clear(sink: Sink, tmp_path: Path) -> None:
    """A server (or whoever stands between) that offers AUTH without encryption does not get it."""
    sink.start()
    file = password_file(tmp_path, PASSWORD)
    (attempt,) = send(smtp(sink.port, user=USER, password_file=file), letter())

    assert (Result.DEFERRED, True) == (attempt.result, attempt.is_hop_down)
    assert "auth" not in sink.log.lower()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"destination": "smtp://"}, "names no host"),
        ({"destination": "smtp://127.0.0.1:99999"}, "has no valid port"),
        ({"user": "desk"}, "password_file must be set, too"),
        ({"user": "desk", "password_file": "/nonexistent"}, "password_file: /nonexistent cannot be read"),
        ({"tls_ca_file": "/nonexistent"}, "tls_ca_file: /nonexistent cannot be used"),
        ({"tls_ca_file": "/etc/hostname"}, "tls_ca_file: /etc/hostname cannot be used"),
    ],
)
def test_what_cannot_be_used_ends_the_start(changes: dict[str, object], says: str) -> None:
    """With the key of the configuration that is wrong."""
    with pytest.raises(ConfigError, match=says):
        load_smarthost(smtp_config(25, **changes), "reply.example")


def test_ports_have_their_usual_defaults() -> None:
    """25, and 465 for smtps; an IPv6 address may stand in brackets."""
    plain, secure, six = (
        load_smarthost(smtp_config(1, destination=destination), "reply.example")
        for destination in ("smtp://mail.example", "smtps://mail.example", "smtp://[::1]:2525")
    )

    assert [("mail.example", 25), ("mail.example", 465), ("::1", 2525)] == [
        (each.host, each.port) for each in (plain, secure, six)
    ]
    assert replace(plain, port=465, implicit_tls=True, start_tls=False, context=secure.context) == secure
