"""Mails made to be slow (threat §1.5): each is answered within two seconds, and its sender's words are kept."""

import base64

import pytest

from gateway.mail.message import Message
from gateway.mail.parse import parse
from tests.cost import cheap
from tests.mail.mails import mail

SECONDS = 2.0


def quick(raw: bytes) -> Message:
    """Parse within the time."""
    return cheap(SECONDS, lambda: parse(raw))


def multiparts_in_each_other(depth: int, leaf: bytes = b"\nhi\n") -> bytes:
    """Each the only part of the one before."""
    opened = (b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level) for level in range(depth))
    return b"From: a@x.test\nSubject: bomb\n" + b"".join(opened) + leaf


MULTIPART = b"Content-Type: multipart/mixed; boundary=b"

UNPARSED = [
    ("600 multiparts", multiparts_in_each_other(600), "the parts nest deeper than 30"),
    ("1,000 multiparts", multiparts_in_each_other(1000), "the parts nest deeper than 30"),
    ("31 multiparts", multiparts_in_each_other(31), "the parts nest deeper than 30"),
    (
        "29 multiparts around 400,000 lines",
        multiparts_in_each_other(29, b"\n" + b"x\n" * 400_000),
        "the mail has too many lines for how deep its parts nest",
    ),
    ("501 parts", mail(MULTIPART, body=b"--b\n\nx\n" * 501), "the mail has more than 500 parts"),
    ("100,000 parts", mail(MULTIPART, body=b"--b\n\nx\n" * 100_000), "the mail has more than 500 parts"),
    ("parts between CRs", mail(MULTIPART, body=b"--b\r\rx\r" * 10_000), "the mail has more than 500 parts"),
    ("20,000 addresses", mail(b"To: " + b"user@example.test, " * 20_000), "a header field is longer than 64 KB"),
    (
        "4,000 RFC 2231 parameters",
        mail(b"Content-Type: text/plain; " + b"; ".join(b"name*%d=x" % number for number in range(4000))),
        "a Content field has more than 50 parameters",
    ),
    (
        "100,000 parameters of a part",
        mail(MULTIPART, body=b"--b\nContent-Type: a/b" + b";x=y" * 100_000 + b"\n\nhi"),
        "a Content field has more than 50 parameters",
    ),
    (
        "100,000 fields",
        mail(*(b"X-%d: y" % number for number in range(100_000))),
        "the header has more than 1000 fields",
    ),
    ("a field of 6 MB", mail(b"X: " + b"y\n " * 2_000_000), "a header field is longer than 64 KB"),
    ("2,000,000 lines", mail(body=b"\n" * 2_000_000), "the mail has more than 500,000 lines"),
    ("2,000,000 CRs", mail(body=b"\r" * 2_000_000), "the mail has more than 500,000 lines"),
]


@pytest.mark.parametrize(("raw", "why"), [case[1:] for case in UNPARSED], ids=[case[0] for case in UNPARSED])
def test_a_mail_past_the_limits_is_a_header_only_scan(raw: bytes, why: str) -> None:
    """The reason is named; what the header says is there."""
    message = quick(raw)
    assert why == message.unparsed
    assert message.header("From")


@pytest.mark.parametrize("depth", [1, 30])
def test_what_is_just_within_the_limits_is_read(depth: int) -> None:
    """30 deep, 500 parts, 50 parameters."""
    assert "hi\n" == quick(multiparts_in_each_other(depth)).text
    assert 500 == quick(mail(MULTIPART, body=b"--b\n\nx\n" * 500)).text.count("x")
    parameters = b"".join(b";p%d=x" % number for number in range(49))
    assert "" == quick(mail(b"Content-Type: text/plain; charset=utf-8" + parameters)).unparsed


READ = {
    "1,000 attached mails in each other": mail(
        b"Content-Type: message/rfc822", body=b"Content-Type: message/rfc822\n\n" * 1000 + b"hi"
    ),
    "1,000 nested comments in From": b"From: " + b"(" * 1000 + b")" * 1000 + b" a@x.test\n\nhi",
    "30,000 nested comments in To": mail(b"To: " + b"(" * 30_000 + b")" * 30_000, body=b"hi"),
    "60,000 brackets in Message-ID": mail(b"Message-ID: " + b"<" * 60_000, body=b"hi"),
    "60,000 letters in References": mail(b"References: " + b"a" * 60_000, body=b"hi"),
    "4,000 encoded words": mail(b"Subject: " + b"=?utf-8?q?=41?= " * 4000, body=b"hi"),
    "spaces in Content-Type": mail(b"Content-Type: text/plain; " + b" " * 60_000 + b"x", body=b"hi"),
    "quotes in Content-Type": mail(b"Content-Type: text/plain; " + b'"' * 60_000, body=b"hi"),
    "backslashes in Content-Type": mail(b'Content-Type: text/plain; a="' + b"\\" * 60_000, body=b"hi"),
    "a boundary of 60,000": mail(b"Content-Type: multipart/mixed; boundary=" + b"b" * 60_000, body=b"hi"),
    "the reply trimmer's bane": mail(body=b"On a " * 1600 + b"hi"),
    "attributions without end": mail(body=b"On a@b.test 2024\n" * 10_000 + b"hi"),
    "attributions in German": mail(body=(b"Am a@b 2024 schrieb\n" * 3 + b"x:\n") * 3000 + b"hi"),
    "labels": mail(body=b"From: hi\n" * 20_000),
    "rules": mail(body=(b"- _ " * 29 + b"hi\n") * 1500),
    "quotation marks": mail(body=(b">" * 1000 + b" hi\n") * 4_000),
    "flowed": mail(b"Content-Type: text/plain; format=flowed", body=b"> hi \n>> b \n" * 40_000),
    "flowed into one line": mail(b"Content-Type: text/plain; format=flowed", body=b"hi \n" * 100_000),
    "almost base64": mail(body=((b"A" * 76 + b"\n") * 7 + b"hi!\n") * 8_000),
    "one line of 4 MB": mail(body=b"hi" * 2_000_000),
    "quoted-printable": mail(b"Content-Transfer-Encoding: quoted-printable", body=b"hi=41" * 800_000),
    "HTML of 4 MB": mail(b"Content-Type: text/html", body=b"<p>hi <b>x</b></p>" * 200_000),
    "HTML in 200 parts": mail(
        MULTIPART, body=(b"--b\nContent-Type: text/html\n\n" + b"<p>hi <b>x</b></p>" * 2000 + b"\n") * 200
    ),
    "a table of 200,000 cells": mail(b"Content-Type: text/html", body=b"<table>" + (b"<tr>" + b"<td>hi" * 100) * 2000),
    "elements without end": mail(b"Content-Type: text/html", body=b"hi" + b"<div>" * 400_000),
}


READ |= {
    f"{charset}, {count:,} times": mail(b"Content-Type: text/plain; charset=" + charset.encode(), body=b"hi" * count)
    for charset, count in (
        ("utf-7", 2_000_000),
        ("rot13", 2_000_000),
        ("idna", 100_000),
        ("punycode", 100_000),
        ("unicode_escape", 2_000_000),
        ("x" * 60_000, 100),
    )
}


@pytest.mark.parametrize("raw", READ.values(), ids=READ.keys())
def test_a_mail_that_is_slow_elsewhere_is_read(raw: bytes) -> None:
    """Whole, or as far as the limits of its text."""
    message = quick(raw)
    assert "" == message.unparsed
    assert "hi" in message.text or [b"hi"] == [each.content[-2:] for each in message.attachments]


def test_a_large_attachment_costs_little() -> None:
    """6 MB, 8 MB in base64."""
    content = bytes(range(256)) * 24_000
    body = b"--b\n\nhi\n--b\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\n"
    message = quick(mail(MULTIPART, body=body + base64.encodebytes(content) + b"--b--\n"))
    assert [content] == [each.content for each in message.attachments]


def test_a_thousand_addresses_of_a_field_are_looked_at() -> None:
    """The others are in the raw mail."""
    many = b", ".join(b"u%d@x.test" % number for number in range(4000))
    assert 1000 == len(quick(mail(b"To: " + many)).to)


@pytest.mark.parametrize("charset", ["utf-7", "rot13", "rot_13", "idna", "punycode", "unicode_escape", "zlib", "hex"])
def test_a_charset_that_is_a_codec_or_hides_octets_is_never_used(charset: str) -> None:
    """The text stays what every filter has seen, and a defect names the charset."""
    message = quick(mail(f"Content-Type: text/plain; charset={charset}".encode(), body=b"+ADw-script+AD4- uryyb"))
    assert "+ADw-script+AD4- uryyb\n" == message.text
    assert f'unknown charset "{charset}"' in message.defects


@pytest.mark.parametrize("subtype", [b"plain", b"html"])
def test_of_a_text_without_end_200_000_characters_are_kept(subtype: bytes) -> None:
    """Plain or HTML; what is left out stands in the raw mail, and a defect tells so."""
    message = quick(mail(b"Content-Type: text/" + subtype, body=b"hi there\n" * 400_000))
    assert 0 < len(message.text) <= 200_000
    assert [defect for defect in message.defects if "kept" in defect or "too long" in defect]


def test_an_attached_mail_is_never_looked_into() -> None:
    """A thousand of them in each other are one file, with nothing parsed inside."""
    inner = b"Content-Type: message/rfc822\n\n" * 1000 + b"hi"
    (attached,) = quick(mail(b"Content-Type: message/rfc822", body=inner)).attachments
    assert inner == attached.content
