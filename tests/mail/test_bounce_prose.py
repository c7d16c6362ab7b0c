"""Bounces that say in prose only what was not delivered."""

import pytest

from gateway.mail import bounce_prose
from gateway.mail.dsn import BouncedRecipient
from gateway.mail.message import Failure
from gateway.mail.nature import NatureKind
from gateway.mail.parse import parse
from tests.mail.test_nature import KEYS, envelope, nature

QMAIL = b"""From: MAILER-DAEMON@mx.test
To: desk@desk.example
Subject: failure notice

Hi. This is the qmail-send program at mx.test.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<carol@shop.example>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Return-Path: <desk@desk.example>
"""
LATE = b"""From: MAILER-DAEMON@mx.test
Subject: Warning: message delayed 24 hours

A message that you sent has not yet been delivered to one or more of its
recipients after more than 24 hours on the queue on mx.test.

The address to which the message has not yet been delivered is:

  carol@shop.example

No action is required on your part. Delivery attempts will continue.
"""


def test_a_servers_prose_names_who_was_not_reached() -> None:
    """Permanent where the server has given up."""
    assert (Failure(address="carol@shop.example", permanent=True),) == parse(QMAIL).failures
    found = nature(QMAIL)
    assert NatureKind.BOUNCE == found.kind
    assert found.bounce is not None
    assert (BouncedRecipient(address="carol@shop.example", permanent=True, action="failed"),) == found.bounce.recipients
    assert not found.bounce.genuine


def test_a_delay_is_not_a_failure() -> None:
    """The server goes on trying."""
    report = nature(LATE).bounce
    assert report is not None
    assert [(False, "delayed")] == [(each.permanent, each.action) for each in report.recipients]


def test_the_report_counts_where_there_is_one() -> None:
    """What servers write for programs wins over what they write for people (RFC 3464)."""
    raw = (
        b"From: MAILER-DAEMON@mx.test\nSubject: failure notice\n"
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        b"--b\nContent-Type: text/plain\n\n" + QMAIL.partition(b"\n\n")[2] + b"\n--b\n"
        b"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.test\n\n"
        b"Final-Recipient: rfc822; dave@shop.example\nAction: failed\nStatus: 5.2.2\n\n--b--\n"
    )
    report = nature(raw).bounce
    assert report is not None
    assert ["dave@shop.example"] == [each.address for each in report.recipients]


@pytest.mark.parametrize("head", [b"Subject: failure notice", b"Subject: Mail delivery failed, please help"])
def test_a_person_who_quotes_a_bounce_stays_a_person(head: bytes) -> None:
    """His subject says so, and his text holds the whole bounce; but nothing shows that a machine wrote it."""
    raw = b"From: Maria <maria@shop.example>\n" + head + b"\n\nWhat is this?\n\n" + QMAIL.partition(b"\n\n")[2]
    assert NatureKind.PERSON == nature(raw).kind


def test_ordinary_mail_is_not_asked() -> None:
    """The library is only asked about what looks like a server's."""
    message = parse(b"From: Maria <maria@shop.example>\nSubject: My shop\n\nhello")
    assert not bounce_prose.looks_like_a_servers(message)
    assert () == message.failures


@pytest.mark.parametrize("address", ["jo...@shop.example", "no address", "a@b@c"])
def test_what_is_no_address_is_left_out(address: str) -> None:
    """Servers shorten addresses; nobody is suppressed because of that."""
    assert () == parse(QMAIL.replace(b"carol@shop.example", address.encode())).failures


@pytest.mark.timeout(20)
def test_long_lines_and_large_mails_take_no_longer() -> None:
    """The patterns of the library only see short lines of the beginning."""
    head = b"From: MAILER-DAEMON@mx.test\nSubject: failure notice\n\n"
    assert () == bounce_prose.read(head + b"<a@" * 2_000_000)
    assert () == bounce_prose.read(head + b"On a failure :\n" * 500_000)
    assert () == bounce_prose.read(b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n" * 50_000)


def test_the_prose_of_a_mail_to_a_bounce_address_is_genuine() -> None:
    """Only a server that got our mail knows that address."""
    from tests.mail.test_nature import Purpose, token

    address = f"{token(Purpose.BOUNCE, 'carol@shop.example')}@reply.example"
    found = nature(QMAIL, envelope("", address))
    assert found.bounce is not None
    assert found.bounce.genuine
    assert found.bounce.recipients[0].bound
    assert KEYS.ids
