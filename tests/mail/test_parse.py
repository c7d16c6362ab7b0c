"""Bytes to Message: bodies, attachments, names, and everything that is wrong with real mail."""

import hashlib
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.mail.headers import scan
from gateway.mail.message import Address
from gateway.mail.parse import parse
from tests.mail.mails import joined, mail, multipart, nested, part

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20
ATTACHED = b"From: b@x.test\r\nSubject: =?utf-8?q?=CE=B1/../b?=\r\nMessage-ID: <2@x>\r\n\r\ninner text\r\n"


def test_a_plain_mail_is_read_whole() -> None:
    """Header, text, time with the sender's offset, nothing wrong."""
    message = parse(
        mail(
            b"To: Desk <desk@x.test>",
            b"Subject: help",
            b"Date: Tue, 1 Sep 2026 10:00:00 +0300",
            b"Message-ID: <1@x>",
            body=b"Hello\r\n\r\nit does not work\r\n",
        )
    )
    assert Address(address="maria@shop.example", name="Maria") == message.author
    assert datetime(2026, 9, 1, 10, 0, tzinfo=timezone(timedelta(hours=3))) == message.date
    assert message.date is not None
    assert timedelta(hours=3) == message.date.utcoffset()
    assert ("help", "Hello\n\nit does not work\n", ()) == (message.subject, message.text, message.defects)
    assert ("", "", "") == (message.unparsed, message.html, message.quoted)
    assert "help" == message.header("subject")


@pytest.mark.parametrize(
    ("field", "encoded"),
    [
        (b"8bit", "γειά é\n".encode()),
        (b"quoted-printable", b"=CE=B3=CE=B5=CE=B9=CE=AC =C3=\n=A9\n"),
        (b"Base64 ", b"zrPOtc65zqwgw6kK"),
        (b"base64", b"zrPOtc65zqwgw6kK\n\n-- \nlist footer"),
        (b"x-uuencode", b"begin 644 x\n,SK/.M<ZYSJP@PZD*\n`\nend\n"),
    ],
)
def test_transfer_encodings_are_undone(field: bytes, encoded: bytes) -> None:
    """Also when the name is written oddly, or a list added a footer."""
    message = parse(
        mail(b"Content-Type: text/plain; charset=utf-8", b"Content-Transfer-Encoding: " + field, body=encoded)
    )
    assert "γειά é" == message.text.strip()


@pytest.mark.parametrize(
    ("encoding", "body", "text", "defect"),
    [
        (b"base64", b"aGVsbG8gd29ybGQ", "hello world", "damaged base64"),
        (b"base64", b"aGVsbG8gd29ybGQhI", "hello world!", "damaged base64"),
        (b"x-gzip64", b"hello", "hello", "unknown transfer encoding"),
        (b"uuencode", b"no begin\n", "no begin", "damaged uuencoding"),
    ],
)
def test_a_damaged_encoding_is_read_as_far_as_it_goes(encoding: bytes, body: bytes, text: str, defect: str) -> None:
    """And named."""
    message = parse(mail(b"Content-Transfer-Encoding: " + encoding, body=body))
    assert text == message.text.strip()
    assert defect in message.defects


def test_of_alternatives_the_plain_one_is_the_text() -> None:
    """The HTML is kept as sent."""
    message = parse(multipart("alternative", part("text/plain", b"plain"), part("text/html", b"<p>rich</p>")))
    assert ("plain\n", "<p>rich</p>") == (message.text, message.html)
    assert () == message.attachments


@pytest.mark.parametrize("plain", [b"", b"  \n\n", b"\xc2\xa0"])
def test_html_becomes_text_where_the_plain_alternative_is_empty(plain: bytes) -> None:
    """Some programs send an empty one."""
    message = parse(
        multipart("alternative", part("text/plain; charset=utf-8", plain), part("text/html", b"<p>a</p><p>b &amp; c"))
    )
    assert "a\n\nb & c\n" == message.text


def test_text_after_a_picture_is_text_too() -> None:
    """Apple Mail puts a screenshot between two texts, with and without HTML."""
    picture = part("image/png", PNG, b"Content-Disposition: inline; filename=shot.png", encoding="base64")
    plain = parse(multipart("mixed", part("text/plain", b"before"), picture, part("text/plain", b"after")))
    assert "before\n\nafter\n" == plain.text
    rich = nested("mixed", part("text/html", b"<p>x"), picture, part("text/html", b"<p>y"), boundary="in")
    both = parse(multipart("alternative", part("text/plain", b"x y"), rich))
    assert ("x y\n", "<p>x\n<p>y") == (both.text, both.html)
    for message in (plain, both):
        assert [("shot.png", PNG, True)] == [(each.filename, each.content, each.inline) for each in message.attachments]


def test_pictures_of_the_html_are_found_by_content_id() -> None:
    """Inline by their place in the text, whatever their disposition says."""
    html = part("text/html", b'<p>see <img src="cid:shot%40x"> and')
    shown = part("image/png", PNG, b"Content-ID: <shot@x>", b"Content-Disposition: attachment", encoding="base64")
    hidden = part("image/gif", b"GIF89a", b"Content-ID: <other@x>", encoding="base64")
    message = parse(multipart("related", html, shown, hidden))
    assert [("part-1.png", "shot@x", True), ("part-2.gif", "other@x", False)] == [
        (each.filename, each.content_id, each.inline) for each in message.attachments
    ]
    assert hashlib.sha256(PNG).hexdigest() == message.attachments[0].sha256
    assert len(PNG) == message.attachments[0].size


def test_the_root_of_a_related_mail_is_where_its_start_points() -> None:
    """RFC 2387 §3.2; a text with a Content-ID beside it is a resource."""
    message = parse(
        multipart(
            "related",
            part("text/html", b"<p>resource", b"Content-ID: <a@x>"),
            part("text/html", b"<p>root", b"Content-ID: <b@x>"),
        ).replace(b"multipart/related;", b'multipart/related; start="<b@x>";')
    )
    assert "root\n" == message.text
    assert ["part-1.html"] == [each.filename for each in message.attachments]


def test_an_attached_mail_stays_whole() -> None:
    """Its octets, not its text: nothing inside of it is looked at."""
    message = parse(
        multipart("mixed", part("text/plain", b"see below"), b"Content-Type: message/rfc822\n\n" + ATTACHED)
    )
    assert "see below\n" == message.text
    assert [("b.eml", "message/rfc822", ATTACHED)] == [
        (each.filename, each.content_type, each.content) for each in message.attachments
    ]


def test_an_attached_mail_may_be_encoded() -> None:
    """RFC 2046 forbids it, Exchange does it."""
    attached = part("message/rfc822; name=note.eml", ATTACHED, encoding="base64")
    message = parse(multipart("mixed", part("text/plain", b"hi"), attached))
    assert [("note.eml", ATTACHED)] == [(each.filename, each.content) for each in message.attachments]


def test_a_digest_keeps_its_mails() -> None:
    """Their parts have no type of their own (RFC 2046 §5.1.5)."""
    message = parse(multipart("digest", b"\n" + ATTACHED, b"\n" + ATTACHED))
    assert ["message/rfc822"] * 2 == [each.content_type for each in message.attachments]


def test_parts_without_a_name_are_attachments_too() -> None:
    """With a name of ours, and the extension of their type."""
    kinds = ["image/png", "application/pdf", "text/calendar; method=REQUEST", "image/x-unknown", "text/csv", "no type"]
    message = parse(multipart("mixed", *(part(kind, b"x", b"Content-Disposition: attachment") for kind in kinds)))
    assert ["part-1.png", "part-2.pdf", "part-3.ics", "part-4.bin", "part-5.csv", "part-6.txt"] == [
        each.filename for each in message.attachments
    ]


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (b"Content-Disposition: attachment; filename=a.pdf", "a.pdf"),
        (b'Content-Disposition: attachment; filename="a b.pdf"', "a b.pdf"),
        (b"Content-Disposition: attachment; filename=a b.pdf", "a b.pdf"),
        (b'Content-Disposition: attachment; filename="a\\"b.pdf"', "a_b.pdf"),
        (b'Content-Disposition: attachment; filename="unclosed.pdf', "unclosed.pdf"),
        (b"Content-Disposition: attachment;\n filename*=utf-8''%CE%B1%20b.pdf", "α b.pdf"),
        (b"Content-Disposition: attachment; filename*=iso-8859-7'el'%E1.pdf; filename=x.pdf", "α.pdf"),
        (b"Content-Disposition: attachment; filename*0*=utf-8''%CE; filename*1*=%B1; filename*2=.pdf", "α.pdf"),
        (b"Content-Disposition: attachment; filename*1=b.pdf; filename*0=a", "ab.pdf"),
        (b'Content-Disposition: attachment; filename="=?utf-8?q?=CE=B1.pdf?="', "α.pdf"),
        ("Content-Disposition: attachment; filename=ελληνικά.pdf".encode(), "ελληνικά.pdf"),
        ("Content-Disposition: attachment; filename=ελληνικά.pdf".encode("cp1253"), "ελληνικά.pdf"),
        (b"Content-Disposition: attachment; filename=../../etc/passwd", "passwd"),
        (b'Content-Disposition: attachment; filename="C:\\Users\\a\\b.pdf"', "b.pdf"),
        ('Content-Disposition: attachment; filename="a\u202efdp.exe"'.encode(), "afdp.exe"),
        (b'Content-Disposition: attachment; filename="a\x00.pdf"', "a.pdf"),
        (b'Content-Disposition: attachment; filename="=?utf-8?q?a=0D=0ABcc:_v.pdf?="', "a Bcc_ v.pdf"),
        (b'Content-Disposition: attachment; filename="CON.txt"', "_CON.txt"),
        (b'Content-Disposition: attachment; filename="a.exe. . "', "a.exe"),
        (b'Content-Disposition: attachment; filename="..."', "part-1.bin"),
        (b'Content-Disposition: attachment; filename="a<b>|c?*.pdf"', "a_b__c__.pdf"),
    ],
)
def test_file_names_are_read_and_made_safe(header: bytes, name: str) -> None:
    """RFC 2183, RFC 2231, and what programs write instead; no path, no device, no trick."""
    message = parse(multipart("mixed", part("application/octet-stream", b"x", header)))
    assert [name] == [each.filename for each in message.attachments]


def test_a_long_name_keeps_its_extension() -> None:
    """255 octets, not characters."""
    header = ('Content-Disposition: attachment; filename="' + "α" * 300 + '.pdf"').encode()
    (attachment,) = parse(multipart("mixed", part("application/pdf", b"x", header))).attachments
    assert len(attachment.filename.encode()) <= 255
    assert attachment.filename.endswith("α.pdf")


def test_a_text_file_is_an_attachment_and_no_text() -> None:
    """Unless the mail has no other text."""
    file = part("text/plain; name=log.txt", b"error 5", b"Content-Disposition: inline; filename=log.txt")
    both = parse(multipart("mixed", part("text/plain", b"see the log"), file))
    assert ("see the log\n", ["log.txt"]) == (both.text, [each.filename for each in both.attachments])
    alone = parse(multipart("mixed", file))
    assert ("error 5\n", ["log.txt"]) == (alone.text, [each.filename for each in alone.attachments])


def test_flowed_text_is_made_whole() -> None:
    """RFC 3676: soft line breaks, quotation depth, stuffed spaces, signatures."""
    body = b"one \ntwo\n\n> a \n> b\n>> c \n> d\n from here\n-- \nMaria \nShop\n"
    message = parse(mail(b"Content-Type: text/plain; format=flowed", body=body))
    assert "one two\n\n> a b\n>> c \n> d\nfrom here\n-- \nMaria Shop\n" == message.text
    joined_words = parse(mail(b"Content-Type: text/plain; format=flowed; delsp=yes", body=b"Ka \nffee\n"))
    assert "Kaffee\n" == joined_words.text


def test_html_is_decoded_by_its_own_declaration_where_the_header_has_none() -> None:
    """And hidden text is shown (threat A-43)."""
    html = '<html><head><meta charset="windows-1253"></head><body>Καλημέρα<div style="display: none">κρυφό</div>'
    message = parse(mail(b"Content-Type: text/html", body=html.encode("cp1253")))
    assert "Καλημέρα\nκρυφό\n" == message.text


def test_text_is_clean() -> None:
    """NUL, escape sequences, bidirectional controls, odd line ends."""
    message = parse(
        mail(
            b"Content-Type: text/plain; charset=utf-8",
            body="a\x00b\x1b[31mc\u202ed\u2066e\r\nf\rg\u2028h\x85i\ufeff\u200dj".encode(),
        )
    )
    assert "ab[31mcde\nf\ng\nh\ni\u200dj\n" == message.text


def test_utf_7_stays_what_it_is() -> None:
    """Decoded it would bring tags past every filter."""
    message = parse(mail(b"Content-Type: text/plain; charset=utf-7", body=b"+ADw-script+AD4-"))
    assert "+ADw-script+AD4-\n" == message.text
    assert 'unknown charset "utf-7"' in message.defects


@pytest.mark.parametrize(
    ("raw", "text", "defect"),
    [
        (mail(b"Content-Type: multipart/mixed", body=b"hello"), "hello", "a multipart without a boundary"),
        (mail(b"Content-Type: multipart/mixed; boundary=b", body=b"hello"), "hello", "no part begins"),
        (
            mail(b"Content-Type: multipart/mixed; boundary=b", body=b"--b\n\nhello"),
            "hello",
            "the last part does not end",
        ),
        (mail(b"Content-Type: nonsense", body=b"hello"), "hello", ""),
        (mail(b"Content-Type: text", body=b"hello"), "hello", ""),
        (mail(b"Content-Type:", body=b"hello"), "hello", ""),
        (mail(b"Content-Type: text/plain; charset", body=b"hello"), "hello", ""),
        (mail(b"Content-Type: text/plain;;;charset==", body=b"hello"), "hello", "unknown charset"),
        (mail(b"Date: yesterday", body=b"hello"), "hello", "no readable Date"),
        (mail(b"Subject: a", b"Subject: b", body=b"hello"), "hello", ""),
        (b"no header at all\n", "no header at all", "the header ends without an empty line"),
    ],
)
def test_broken_mail_is_read_as_far_as_it_goes(raw: bytes, text: str, defect: str) -> None:
    """The words are kept, the defect is named."""
    message = parse(raw)
    assert text == message.text.strip()
    assert "" == message.unparsed
    assert any(defect in each for each in message.defects)


def test_encrypted_mail_says_so() -> None:
    """Nobody wonders why it is empty."""
    message = parse(mail(b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data", body=b"x"))
    assert "" == message.text
    assert "the mail is encrypted or signed in a form that cannot be read here" in message.defects


def test_a_long_base64_part_comes_out_octet_for_octet() -> None:
    """The parser does not see its lines; with LF and CRLF, at the end of the mail and before a boundary."""
    content = PNG * 30
    raw = multipart("mixed", part("image/png", content, encoding="base64"), part("image/png", PNG, encoding="base64"))
    for each in (raw, raw.replace(b"\n", b"\r\n"), raw.removesuffix(b"--=_b--\n")):
        assert [content, PNG] == [attachment.content for attachment in parse(each).attachments]
    alone = mail(b"Content-Type: text/plain", body=b"A" * 76 + b"\n" + (b"B" * 76 + b"\n") * 40)
    assert "A" * 76 + "\n" + ("B" * 76 + "\n") * 40 == parse(alone).text


def test_text_and_html_are_capped() -> None:
    """200,000 characters and 1 MB; the defect is named, the raw mail is kept elsewhere."""
    message = parse(
        multipart("alternative", part("text/plain", b"x" * 300_000), part("text/html", b"<p>" + b"y" * 2_000_000))
    )
    assert (200_000, 1024 * 1024) == (len(message.text), len(message.html))
    assert "only the first 200,000 characters of the text were kept" in message.defects


def test_a_mail_in_a_mail_in_a_mail_ends() -> None:
    """Parts of parts, each kind within the other."""
    inner = nested("related", part("text/html", b"<p>deep"), boundary="r")
    middle = nested("alternative", part("text/plain", b"deep"), inner, boundary="a")
    message = parse(multipart("signed", middle, part("application/pgp-signature", b"sig")))
    assert ("deep\n", "<p>deep") == (message.text, message.html)
    assert ["application/pgp-signature"] == [each.content_type for each in message.attachments]


def test_parse_and_scan_read_the_same_header() -> None:
    """One reading decides, whatever happens to the body."""
    raw = mail(b"Subject: x", b"To: a@x.test", b"Message-ID: <1@x>", b"Date: Tue, 1 Sep 2026 10:00:00 +0300", body=b"y")
    parsed, scanned = parse(raw), scan(raw, "why")
    for name in ("author", "subject", "to", "message_id", "headers", "date"):
        assert getattr(parsed, name) == getattr(scanned, name)


PIECES = st.lists(
    st.sampled_from(
        [
            b"\n",
            b"\r\n",
            b"\r",
            b"--b",
            b"--b--",
            b"--c\n",
            b"Content-Type: multipart/mixed; boundary=b\n",
            b"Content-Type: multipart/alternative; boundary=c\n",
            b"Content-Type: text/html; charset=utf-8\n",
            b"Content-Type: message/rfc822\n",
            b"Content-Type: application/ms-tnef\n",
            b"Content-Type: text/plain; format=flowed; name*0*=utf-7''%\n",
            b"Content-Transfer-Encoding: base64\n",
            b"Content-Transfer-Encoding: quoted-printable\n",
            b"Content-Disposition: attachment; filename=",
            b"Content-ID: <a@x>\n",
            b"Date: Tue, 1 Sep 2026 10:00:00 +9999\n",
            b"From: a@x.test\n",
            b"\x9f\x3e\x22",
            b'x\x9f>"\x01\x00' * 3,
            b"<p>text <b>&#99999999999;",
            b"=?utf-8?b?zg=?= ",
            b"\xe1\xe2\xff\x00",
            b"A" * 76 + b"\n",
            b"> quoted\n",
        ]
    )
    | st.binary(max_size=20),
    max_size=30,
)


@settings(max_examples=150, deadline=None)
@given(PIECES)
def test_parse_never_raises(pieces: list[bytes]) -> None:
    """Whatever octets come, there is a Message; and no fault of ours hides behind `unparsed`."""
    message = parse(b"".join(pieces))
    assert "the parser failed" not in message.unparsed
    assert "\x00" not in message.text


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_mail_with_flipped_octets_is_still_read(data: st.DataObject) -> None:
    """Small damage anywhere."""
    raw = bytearray(
        multipart(
            "mixed",
            nested("alternative", part("text/plain", b"hi"), part("text/html", b"<p>hi"), boundary="in"),
            part("image/png; name=a.png", PNG, encoding="base64"),
        )
    )
    for _ in range(5):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    assert "the parser failed" not in parse(bytes(raw)).unparsed


def test_the_helper_writes_what_the_tests_mean() -> None:
    """A multipart mail has its parts between boundaries."""
    assert b"--x\na\n--x\nb\n--x--\n" == joined("x", b"a", b"b")
