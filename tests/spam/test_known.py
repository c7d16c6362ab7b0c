"""What the engine is told besides the mail's own bytes."""

from datetime import UTC, datetime

import pytest

from gateway.clock import SystemClock
from gateway.config import Spam
from gateway.spam.known import Known, with_preface
from gateway.spam.server import Lesson
from gateway.spam.spamd import Spamd
from tests.peers.spamd import running_spamd
from tests.spam.mails import HAM, HEADER

KNOWN = Known(
    peer_ip="192.0.2.7",
    helo="mail.shop.test",
    mail_from="alice@shop.test",
    received_at=datetime(2026, 9, 1, 8, 0, tzinfo=UTC),
    spf="pass",
    spf_domain="shop.test",
    dkim=(("shop.test", "pass"),),
    dmarc="pass",
)


def test_what_we_know_stands_on_top() -> None:
    """The reverse path, our results, and who handed it over, as a border writes them; the mail itself is unchanged."""
    shown = with_preface(HAM, KNOWN).decode()

    assert shown.startswith(
        "Return-Path: <alice@shop.test>\r\n"
        "Authentication-Results: ticket-gateway.invalid;\r\n\tspf=pass smtp.mailfrom=shop.test;\r\n"
        "\tdkim=pass header.d=shop.test;\r\n\tdmarc=pass\r\n"
        "Received: from mail.shop.test (unknown [192.0.2.7])\r\n"
        "\tby ticket-gateway.invalid with ESMTP id gateway;\r\n\tTue, 01 Sep 2026 08:00:00 +0000\r\n"
    )
    assert shown.endswith(HAM.decode())


def test_what_only_we_may_write_is_taken_out() -> None:
    """A sender's X-Spam-Status or Authentication-Results would be believed (A-08); a text that looks so stays."""
    lies = b"X-Spam-Status: No,\r\n\tscore=-100\r\n"
    lies += b"Authentication-Results: mx.test; dkim=pass\r\nReturn-Path: <a@b.test>\r\n"
    body = b"\r\nX-Spam-Status: stands in the text\r\n"

    assert HEADER + body == with_preface(lies + HEADER + body, Known())


@pytest.mark.parametrize(
    "lie",
    [
        Known(mail_from="a@b.test>\r\nX-Spam-Flag: NO\r\nX: <"),
        Known(peer_ip="1.2.3.4]\r\nX-Spam-Flag: NO", received_at=KNOWN.received_at),
        Known(peer_ip="192.0.2.7", helo="x\r\nX-Spam-Flag: NO", received_at=KNOWN.received_at),
        Known(spf="pass", spf_domain="x\r\nX-Spam-Flag: NO"),
        Known(dkim=(("x\nX-Spam-Flag: NO", "pass"),)),
    ],
)
def test_nothing_of_it_can_add_a_field(lie: Known) -> None:
    """What has not the form it should have is left out."""
    assert b"X-Spam-Flag" not in with_preface(HAM, lie)


def test_spamd_takes_it_as_a_border_s() -> None:
    """Its own rules about Received fields see who handed the mail over."""
    with running_spamd() as server:
        report = Spamd(Spam(port=server.port), SystemClock()).scan(HAM, KNOWN)

    assert "scanned" == report.state
    assert "NO_RECEIVED" not in report.rules


def test_spamd_learns_and_forgets() -> None:
    """Six of each, then a new mail of that kind is known by Bayes; forgetting is no error, nor is learning again.

    A server of its own: what the others' has learnt would change what they are told.
    """
    offer = "{}Buy replica watches number {}: luxury brands, order today, limited stock, discount {} percent.\r\n"
    spam = [HEADER + b"\r\n" + offer.format("", number, number * 7).encode() for number in range(8)]
    with running_spamd() as server:
        judge = Spamd(Spam(port=server.port), SystemClock())
        for number in range(6):
            assert "" == judge.learn(spam[number], Lesson.SPAM)
            assert "" == judge.learn(HAM + b"The order %d is late.\r\n" % number, Lesson.HAM)
        report = judge.scan(spam[7])
        again = [judge.learn(spam[0], Lesson.SPAM), judge.learn(spam[0], Lesson.FORGET)]

    assert any(rule.startswith("BAYES_9") for rule in report.rules), report.rules
    assert ["", ""] == again
