"""The servers that other tests rely on do what those tests take for granted."""

import smtplib
from collections.abc import Callable

from tests.peers.postfix import Postfix, Sink
from tests.peers.process import wait_until

MAIL = b"From: a@cust.test\r\nTo: b@support.test\r\nSubject: x\r\n\r\nhello\r\n"


def hand_over(server: Postfix, recipient: str) -> None:
    """As a stranger's server does."""
    with smtplib.SMTP("127.0.0.1", server.port, timeout=20) as client:
        client.sendmail("a@cust.test", [recipient], MAIL)


def test_postfix_in_front_hands_mail_over_by_lmtp(postfix: Callable[..., Postfix], sink: Sink) -> None:
    """To the port that transport_maps names; while nobody listens there it keeps the mail and tries again by itself."""
    server = postfix(
        f"transport_maps = inline:{{ {{support.test=lmtp:inet:127.0.0.1:{sink.port}}} }}\nrelay_domains = support.test"
    )
    hand_over(server, "b@support.test")
    # It writes its log first and moves the file afterwards.
    wait_until(lambda: [mail["queue_name"] for mail in server.queue()] == ["deferred"], "Postfix found nobody")
    sink.start("-L")
    wait_until(sink.mails, "the mail came when somebody listened")
    (mail,) = sink.mails()
    assert ("a@cust.test", "b@support.test") == (mail.mail_from, mail.recipient)
    assert mail.data.rstrip().endswith(b"hello")
    wait_until(lambda: server.queue() == [], "the queue is empty")


def test_postfix_delivers_to_a_maildir_or_on_to_lmtp(
    smarthost: Postfix, postfix: Callable[..., Postfix], sink: Sink
) -> None:
    """As a smarthost: what it took can be read, with the envelope."""
    sink.start("-L")
    hand_over(smarthost, "maildir@support.test")
    hand_over(postfix(f"virtual_transport = lmtp:inet:127.0.0.1:{sink.port}"), "lmtp@support.test")

    wait_until(lambda: [mail for mail in smarthost.mails() if b"maildir@support.test" in mail], "it is in the Maildir")
    wait_until(lambda: [mail for mail in sink.mails() if mail.recipient == "lmtp@support.test"], "it came over LMTP")
