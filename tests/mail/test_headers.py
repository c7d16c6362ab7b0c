"""The header scanner: linear, limited, and the same reading for a mail that cannot be parsed."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.mail import headers
from gateway.mail.headers import date_of, message_ids, message_of, read, scan
from gateway.mail.message import Address
from tests.mail.mails import mail


def test_fields_come_in_order_with_their_folds() -> None:
    """Names as sent, values raw, LF and CRLF alike."""
    header = read(b"A: 1\r\nB : 2\r\n  3\r\nc:\r\n\r\nbody")
    assert ((b"A", b" 1"), (b"B", b" 2\r\n  3"), (b"c", b"")) == header.fields
    assert b"body" == b"A: 1\r\nB : 2\r\n  3\r\nc:\r\n\r\nbody"[header.body :]
    assert not header.defects


def test_a_line_that_is_no_field_ends_the_header() -> None:
    """As other programs read it: a From behind such a line is body."""
    raw = b"To: desk@x.test\nthis is no field\nFrom: evil@x.test\n\nhi"
    header = read(raw)
    assert [] == header.all(b"from")
    assert raw[header.body :].startswith(b"this is no field")
    assert ("the header ends without an empty line",) == header.defects


def test_an_mbox_line_before_the_header_is_skipped() -> None:
    """Files of the Unix kind begin with it."""
    assert b" s" == read(b"From maria Mon Sep  1 10:00:00 2026\nSubject: s\n\nhi").first(b"subject")


def test_a_mail_of_nothing_is_a_mail() -> None:
    """Empty, without header, without body."""
    for raw in (b"", b"\n", b"\r\n", b"hi", b"A: b", b"From "):
        message = scan(raw, "why")
        assert message.author is None
        assert message.unparsed == "why"


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"".join(b"X-%d: y\n" % number for number in range(1001)) + b"\n", "more than 1000 fields"),
        (b"X: " + b"y" * 70_000 + b"\n\n", "longer than 64 KB"),
        ((b"X: " + b"y" * 60_000 + b"\n") * 5 + b"\n", "longer than 256 KB"),
        (b"X: " + b"y\n " * 9_000_000 + b"\n\n", "longer than"),
    ],
)
def test_a_header_past_the_limits_names_no_author(raw: bytes, why: str) -> None:
    """There may be another From behind the limit."""
    message = message_of(read(b"From: a@x.test\n" + raw))
    assert message.author is None
    assert why in message.author_why


def test_the_subject_is_decoded_and_cleaned() -> None:
    """Encoded words, raw octets of any charset, line ends and what deceives the eye."""
    subjects = {
        b"=?utf-8?q?=CE=93=CE=B5=CE=B9=CE=AC?= =?utf-8?q?_=CF=83=CE=B1=CF=82?=": "Γειά σας",
        "Γειά σας".encode(): "Γειά σας",
        "Γειά σας, δεν λειτουργεί".encode("windows-1253"): "Γειά σας, δεν λειτουργεί",
        "déjà réglé".encode("windows-1252"): "déjà réglé",
        b"=?utf-8?q?x=0ABcc=3A_v=40x?=": "x Bcc: v@x",
        b"=?utf-8?q?x=0D=0ABcc:_v?=": "x Bcc: v",
        b"a\x00b\x1b]0;c": "ab]0;c",
        "a\u202eb\u200bc\u2028d".encode(): "abc d",
        "Cafe\u0301".encode(): "Caf\u00e9",
        b"one\r\n two": "one two",
        b"  spaces   and\ttabs  ": "spaces and tabs",
        b"=?utf-7?q?+ADw-script+AD4-?=": "+ADw-script+AD4-",
        b"=?utf-8?q?unfinished": "=?utf-8?q?unfinished",
    }
    for raw, expected in subjects.items():
        assert expected == scan(mail(b"Subject: " + raw), "").subject, raw


def test_a_huge_subject_is_read_as_far_as_its_limit() -> None:
    """4,000 encoded words are a bomb; half a word at the cut is left out."""
    message = scan(mail(b"Subject: " + b"=?utf-8?q?=41?= " * 4000), "")
    assert set(message.subject) == {"A"}
    assert "only the first 2048 octets of the subject were read" in message.defects


def test_headers_hold_no_control_character() -> None:
    """Encoded words are left alone, NUL, CR and LF do not pass."""
    message = scan(b"X-A: =?utf-8?q?a?=\r\n\tb\x00c\rd\n\n", "")
    assert (("X-A", "=?utf-8?q?a?=\tb c d"),) == message.headers


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        ("<a@x>", ("<a@x>",)),
        ("<a@x> <b@x>", ("<a@x>", "<b@x>")),
        ("<a@x>,<b@x>, <c@x>", ("<a@x>", "<b@x>", "<c@x>")),
        ("<a@x><b@x>", ("<a@x>", "<b@x>")),
        ('Your message of "Mon, 1 Sep" <a@x>', ("<a@x>",)),
        ("a@x", ("<a@x>",)),
        ("<a@x> <a@x>", ("<a@x>",)),
        ("", ()),
        ("<<<<", ()),
        ("<a b@x>", ()),
        ("<a\u202e@x>", ()),
        (f"<{'a' * 300}@x>", (f"<{'a' * 300}@x>",)),
        (f"<{'a' * 300};@x>", ()),
        (f"<{'a' * 1000}@x>", ()),
    ],
)
def test_message_ids_are_what_stands_between_brackets(value: str, ids: tuple[str, ...]) -> None:
    """White space and commas separate; long ones must be grammatical."""
    assert ids == message_ids(value)


def test_of_many_references_the_first_and_the_last_are_kept() -> None:
    """The first began the thread, the last are the nearest."""
    ids = message_ids(" ".join(f"<{number}@x>" for number in range(200)))
    assert 50 == len(ids)
    assert ("<0@x>", "<151@x>", "<199@x>") == (ids[0], ids[1], ids[-1])


def test_dates_keep_the_senders_offset() -> None:
    """What cannot be read is no date."""
    expected = datetime(2026, 9, 1, 10, 0, tzinfo=timezone(timedelta(hours=3)))
    assert expected == date_of(b" Tue, 1 Sep 2026 10:00:00 +0300")
    assert datetime(2026, 9, 1, 10, 0, tzinfo=UTC) == date_of(b"1 Sep 2026 10:00:00 -0000")
    for raw in (b"", b"yesterday", b"Tue, 99 Sep 2026 10:00:00 +0300", b"\xff", b"1 Sep 99999999999 10:00 +0000"):
        assert date_of(raw) is None


def test_scan_shows_the_header_and_the_first_of_the_body() -> None:
    """What is left when nothing else can be read."""
    raw = mail(
        b"To: Desk <desk@x.test>, b@x.test",
        b"Cc: c@x.test",
        b"Reply-To: r@x.test",
        b"Delivered-To: desk@x.test",
        b"Subject: help",
        b"Message-ID: <1@x>",
        b"In-Reply-To: <0@x>",
        b"References: <a@x> <0@x>",
        b"Date: Tue, 1 Sep 2026 10:00:00 +0300",
        body="Καλημέρα\r\n\x00\u202eσας".encode(),
    )
    message = scan(raw, "its process was killed")
    assert Address(address="maria@shop.example", name="Maria") == message.author
    assert (Address(address="desk@x.test", name="Desk"), Address(address="b@x.test")) == message.to
    assert (("c@x.test",), ("r@x.test",)) == (
        tuple(address.address for address in message.cc),
        tuple(address.address for address in message.reply_to),
    )
    assert ("desk@x.test",) == message.delivered_to
    assert ("help", "<1@x>", ("<0@x>",), ("<a@x>", "<0@x>")) == (
        message.subject,
        message.message_id,
        message.in_reply_to,
        message.references,
    )
    assert datetime(2026, 9, 1, 7, 0, tzinfo=UTC) == message.date
    assert "Καλημέρα\nσας" == message.text == message.reply
    assert "its process was killed" == message.unparsed
    assert () == message.attachments


def test_scan_reads_no_more_than_64_kb_of_the_body() -> None:
    """The raw mail is kept anyway."""
    assert headers.SCANNED_BODY == len(scan(mail(body=b"x" * 1_000_000), "").text)


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_scan_never_raises(raw: bytes) -> None:
    """Whatever comes; and what it shows is clean."""
    message = scan(b"From: a@x.test\nSubject: " + raw, "why")
    assert "\x00" not in message.subject + message.text
    assert not any("\n" in value or "\r" in value for _, value in message.headers)
