"""How our mail looks on the wire, and that no word of anybody ever becomes a field of it."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import Permanent
from gateway.mail import build as module
from gateway.mail.build import Draft, File, build, reply_subject, safe_header, self_test, wire_address
from gateway.mail.message import Address
from gateway.mail.recheck import Meant, recheck

DRAFT = Draft(
    message_id="<m1-30k0003rj00xtxty1pfsk8yze3xw7c.0123abcd@reply.example>",
    date=datetime(2026, 9, 1, 8, 0, tzinfo=UTC),
    sender=Address(address="support@example.com", name="Shop Support"),
    recipient=Address(address="maria@shop.example", name="Maria"),
    subject="Re: no mail since Monday",
    text="Hello\n\nit works again.\n",
    html="<!DOCTYPE html>\n<html><body>\n<p>Hello</p>\n<p>it works again.</p>\n</body></html>\n",
    language="en",
    reply_to="r1-30k0003rj00xtxg21y83sn6g0pvjkk@reply.example",
    in_reply_to="<first@shop.example>",
    references=("<first@shop.example>",),
)
# Threat model A-41: what injected a field into mail of other systems.
SUBJECTS = (
    "A 💩 subject=?UTF-8?Q?=0A?=Bcc: injected@example.com",
    "A 💩 subject\n",
    "Re: x\u2028Bcc: a@b.example",
    "Re: x\x0bBcc: a@b.example",
    "Re: x\x85Bcc: a@b.example",
    "Re: x\x00y",
    "a\u202eb",
    "=?UTF-8?Q?x=0ABcc=3A_v=40x.example?=",
    "=?UTF-8?Q?=3D=3FUTF-8=3FQ=3F=0ABcc=3A_v=40x.example=3F=3D?=",
    "=?utf-8?b?eA1CY2M6IHZAeC5leGFtcGxl?=",
    "x\r\nBcc: v@x.example",
    "x\rBcc: v@x.example\r\n\r\nbody",
    "x" * 5000,
    "💩" * 5000,
    "=?" * 3000,
    "\ud800 half a pair",
    "",
    " ",
)
NAMES = (
    "Evil\r\nBcc: v@x.example",
    "Evil\nBcc: v@x.example",
    'a" <v@x.example>, "b',
    "a <v@x.example>, b",
    "Doe, John; Esq. (the \\ second)",
    "Μαρία Παπαδοπούλου",
    "=?utf-8?q?a=22_=3Cv=40x=2Eexample=3E=2C_b?=",
    "Ω" * 300,
)


def parsed(data: bytes) -> EmailMessage:
    """As a modern mail program reads it."""
    message = message_from_bytes(data, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def old(data: bytes) -> Message:
    """As an old one reads it."""
    return message_from_bytes(data)


def text_of(part: Message) -> str:
    """The text of a part; on the wire its lines end with CRLF (RFC 2046 §4.1.1)."""
    raw = part.get_payload(decode=True)
    assert isinstance(raw, bytes)
    text = raw.decode()
    assert text.count("\r\n") == text.count("\n")
    return text.replace("\r\n", "\n")


def head(data: bytes) -> str:
    """The header, as text."""
    return data.partition(b"\r\n\r\n")[0].decode("ascii")


def test_an_answer_looks_as_it_should() -> None:
    """All fields in order, both texts; nothing that marks it as automatic."""
    data = build(DRAFT)
    message = parsed(data)

    assert [
        "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Content-Language",
        "MIME-Version", "Content-Type",
    ] == message.keys()  # fmt: skip
    assert '"Shop Support" <support@example.com>' == old(data)["From"]
    assert '"Maria" <maria@shop.example>' == old(data)["To"]
    assert "Tue, 01 Sep 2026 08:00:00 +0000" == message["Date"]
    assert "<first@shop.example>" == message["In-Reply-To"] == message["References"]
    assert "multipart/alternative" == message.get_content_type()
    plain, html = message.iter_parts()
    assert ("text/plain", DRAFT.text) == (plain.get_content_type(), text_of(plain))
    assert ("text/html", DRAFT.html) == (html.get_content_type(), text_of(html))
    assert data.isascii()


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("", (None, None, None)),
        ("auto-generated", ("auto-generated", "All", None)),
        ("auto-replied", ("auto-replied", "All", "bulk")),
    ],
)
def test_automatic_mail_says_that_it_is(kind: str, expected: tuple[str | None, ...]) -> None:
    """RFC 3834 §5; Precedence on receipts only."""
    message = old(build(replace(DRAFT, auto_submitted=kind)))  # type: ignore[arg-type]

    assert expected == (message["Auto-Submitted"], message["X-Auto-Response-Suppress"], message["Precedence"])


@pytest.mark.parametrize("subject", SUBJECTS)
def test_no_subject_becomes_a_field_or_stops_the_mail(subject: str) -> None:
    """Every vector is sent, as the words it holds (else a sender could make his ticket unanswerable)."""
    data = build(replace(DRAFT, subject=subject))

    assert "Bcc" not in old(data)
    assert not re.search(r"(?im)^bcc", head(data))
    assert safe_header(subject) == (parsed(data)["Subject"] or "")
    assert len(parsed(data)["Subject"] or "") <= 200


@pytest.mark.parametrize("name", NAMES)
def test_no_name_becomes_a_field_or_a_second_recipient(name: str) -> None:
    """In To and in From."""
    person = Address(address="maria@shop.example", name=name)
    message = parsed(build(replace(DRAFT, recipient=person, sender=person)))

    for field in ("To", "From"):
        assert ["maria@shop.example"] == [address.addr_spec for address in message[field].addresses]
    assert "Bcc" not in message


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a\r\nBcc: v@x.pdf", "a Bcc_ v@x.pdf"),
        ("a.pdf\u202eexe", "a.pdfexe"),
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\rechnung.pdf", "rechnung.pdf"),
        ("CON", "_CON"),
        ("εικόνα από την οθόνη.png", "εικόνα από την οθόνη.png"),
        ('a"b;c.txt', "a_b;c.txt"),
        ("", "attachment"),
        ("...", "attachment"),
        ("x" * 300 + ".jpeg", "x" * 95 + ".jpeg"),
        ("Ω" * 300 + ".png", "Ω" * 96 + ".png"),
        ("=?utf-8?q?a=0D=0ABcc=3A_v=40x?=.pdf", "a Bcc_ v@x.pdf"),
    ],
)
def test_file_names_are_harmless_and_readable(name: str, expected: str) -> None:
    """For new and old readers (RFC 2231); none of them is a path."""
    file = File(filename=name, content_type="application/pdf", content=b"%PDF")
    message = parsed(build(replace(DRAFT, files=(file,))))
    (attachment,) = message.iter_attachments()

    assert expected == attachment.get_filename()
    assert b"%PDF" == attachment.get_content()
    assert "multipart/mixed" == message.get_content_type()
    assert "Bcc" not in message


def test_pictures_are_shown_below_the_text_and_other_files_are_attached() -> None:
    """multipart/related holds HTML and pictures; what only says that it is inline is attached."""
    picture = File(filename="shot.png", content_type="image/png", content=b"\x89PNG", inline=True)
    script = File(filename="x.svg", content_type="image/svg+xml", content=b"<svg/>", inline=True)
    message = parsed(build(replace(DRAFT, files=(picture, script))))
    body, attached = message.iter_parts()
    plain, related = body.iter_parts()
    html, shown = related.iter_parts()

    assert ["multipart/mixed", "multipart/alternative", "text/plain", "multipart/related"] == [
        part.get_content_type() for part in (message, body, plain, related)
    ]
    image = f'<img src="cid:{shown["Content-ID"][1:-1]}" alt="shot.png" style="max-width:100%;height:auto">'
    assert f"<p>{image}</p>\n</body>" in text_of(html)
    assert ("inline", "image/png", b"\x89PNG") == (
        shown.get_content_disposition(),
        shown.get_content_type(),
        shown.get_content(),
    )
    assert ("attachment", "x.svg") == (attached.get_content_disposition(), attached.get_filename())


@pytest.mark.parametrize("kind", ["message/rfc822", "multipart/mixed", "text/html; x=1\r\nBcc: v@x", "nonsense", ""])
def test_types_that_cannot_be_trusted_travel_as_octets(kind: str) -> None:
    """A message or multipart type may not be base64, and what is no type at all is not repeated."""
    message = parsed(build(replace(DRAFT, files=(File(filename="x", content_type=kind, content=b"From: x\n\ny"),))))
    (attachment,) = message.iter_attachments()

    assert ("application/octet-stream", b"From: x\n\ny") == (attachment.get_content_type(), attachment.get_content())


def test_the_same_draft_gives_the_same_bytes() -> None:
    """Sent twice, it is one mail; another Message-ID gives other boundaries."""
    files = (File(filename="a.pdf", content_type="application/pdf", content=b"x"),)
    boundaries = [
        re.findall(rb'boundary="([^"]+)"', build(replace(DRAFT, files=files, message_id=message_id)))
        for message_id in (DRAFT.message_id, "<other@reply.example>")
    ]

    assert build(replace(DRAFT, files=files)) == build(replace(DRAFT, files=files))
    assert 4 == len({*boundaries[0], *boundaries[1]})


@pytest.mark.parametrize(
    "text",
    [
        "plain\n",
        "Καλημέρα σας\nόλα καλά\n",
        "trailing space \nand tab\t\n",
        "x" * 5000 + "\n",
        "Ω" * 5000 + "\n",
        ".\n..\nFrom me\n--=_x\n",
        "bare\rcarriage\r\nreturn\n",
        "nul \x00 and \x0b and \u2028 end\n",
        "no end",
        "half \ud800 pair\n",
    ],
)
def test_texts_arrive_as_they_were(text: str) -> None:
    """Whatever they hold: line ends become LF, half a surrogate pair a question mark, nothing else changes."""
    message = parsed(build(replace(DRAFT, text=text, html=text)))
    plain, html = message.iter_parts()
    expected = text.replace("\r\n", "\n").replace("\r", "\n").replace("\ud800", "?")

    assert [expected, expected] == [text_of(plain), text_of(html)]


def test_references_keep_the_first_and_the_last_of_a_long_thread() -> None:
    """RFC 5322 §3.6.4, D-06: at most twenty, the parent last, each once and on its own line."""
    references = tuple(f"<{number}@shop.example>" for number in range(50))
    data = build(replace(DRAFT, references=references, in_reply_to="<parent@shop.example>"))

    expected = [references[0], *references[-18:], "<parent@shop.example>"]
    assert expected == old(data)["References"].split()
    assert "\r\n ".join(expected) in data.decode("ascii")


@pytest.mark.parametrize(
    "identifier",
    [
        "<a@b>\r\nBcc: v@x.example",
        "<a b@c.example>",
        "a@b.example",
        "<<a@b.example>>",
        "<a@b.example> <c@d.example>",
        "<" + "x" * 250 + "@b.example>",
        "<ä@b.example>",
        "<=?utf-8?q?x?=",
        "<>",
    ],
)
def test_what_is_no_message_id_is_not_repeated(identifier: str) -> None:
    """The only words of a sender in our automatic mail pass a strict grammar and a limit."""
    message = old(build(replace(DRAFT, in_reply_to=identifier, references=(identifier, "<good@b.example>"))))

    assert message["In-Reply-To"] is None
    assert "<good@b.example>" == message["References"]


def test_a_long_message_id_is_not_folded_or_encoded() -> None:
    """The email package would make an encoded word of it, and the thread would break."""
    identifier = "<" + "x" * 237 + "@b.example>"
    data = build(replace(DRAFT, in_reply_to=identifier, references=(identifier,)))

    assert f"In-Reply-To: {identifier}\r\n".encode() in data


def test_dates_are_in_universal_time() -> None:
    """Whatever zone they were given in."""
    date = datetime(2026, 9, 1, 11, 0, tzinfo=timezone(timedelta(hours=3)))

    assert "Tue, 01 Sep 2026 08:00:00 +0000" == old(build(replace(DRAFT, date=date)))["Date"]


@pytest.mark.parametrize(
    ("address", "wired"),
    [
        ("maria@shop.example", "maria@shop.example"),
        ("a..b.@docomo.example", "a..b.@docomo.example"),
        ("Maria+x=y@Shop.Example", "Maria+x=y@Shop.Example"),
        ("info@bücher.example", "info@xn--bcher-kva.example"),
    ],
)
def test_addresses_are_written_as_smtp_takes_them(address: str, wired: str) -> None:
    """Domains as A-labels, local parts as they are."""
    data = build(replace(DRAFT, recipient=Address(address=address)))

    assert wired == wire_address(address)
    assert f"<{wired}>" == old(data)["To"]


@pytest.mark.parametrize(
    "address",
    [
        "", "x", "@x.example", "x@", "x@y@z", "a b@x.example", "a@x.example>\r\nRCPT TO:<b@x.example", "<a@x.example>",
        "a@x.example, b@x.example", "μαρία@shop.example", '"a b"@x.example', "a@[192.0.2.1]", "a@x..example",
        "x" * 65 + "@x.example", "a@" + "x" * 64 + ".example", "a@" + "x." * 130 + "example", "a@x.example\0",
    ],
)  # fmt: skip
def test_what_smtp_cannot_carry_is_refused(address: str) -> None:
    """Before anything is sent, with a reason."""
    with pytest.raises(Permanent, match="mail cannot be sent to this address"):
        build(replace(DRAFT, recipient=Address(address=address)))


@pytest.mark.parametrize(
    ("original", "expected"),
    [
        ("no mail", "Re: no mail"),
        ("Re: no mail", "Re: no mail"),
        ("RE: AW: Antw: SV: Re[2]: ΑΠ: απ: TR: Fwd: FW: WG: no mail", "Re: no mail"),
        ("Re : no mail", "Re: no mail"),
        ("Re:no mail", "Re: no mail"),
        ("Release: 1.0", "Re: Release: 1.0"),
        ("Tr ouble", "Re: Tr ouble"),
        ("Πρόβλημα: re: x", "Re: Πρόβλημα: re: x"),
        ("Re\uff1a 问题", "Re: 问题"),
        ("  Re:   Re:  x  ", "Re: x"),
        ("Re:", "Re:"),
        ("", "Re:"),
    ],
)
def test_an_answer_has_one_prefix(original: str, expected: str) -> None:
    """Whatever the mail programs of the thread have put in front (D-06)."""
    assert expected == reply_subject(original)


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=300), st.text(max_size=100))
def test_any_text_may_be_subject_and_name(subject: str, name: str) -> None:
    """It never raises, and a mail program reads what `safe_header` gave."""
    person = Address(address="maria@shop.example", name=name)
    message = parsed(build(replace(DRAFT, subject=subject, recipient=person)))

    assert safe_header(subject) == (message["Subject"] or "")
    assert ["maria@shop.example"] == [address.addr_spec for address in message["To"].addresses]


@settings(deadline=None, max_examples=100)
@given(st.text(alphabet="=?utf-8qQbB_ \r\n\t0123456789ABCDEFabc:@.\u2028\x85", max_size=120))
def test_nothing_that_looks_encoded_survives_cleaning(value: str) -> None:
    """What `safe_header` gives is never decoded again by anyone, and cleaning it once more changes nothing."""
    cleaned = safe_header(value)

    assert "=?" not in cleaned
    assert cleaned.isprintable()
    assert cleaned == safe_header(cleaned)


def test_a_mail_without_a_valid_message_id_is_refused() -> None:
    """It could not be found again when it is sent twice."""
    with pytest.raises(Permanent, match="no valid Message-ID"):
        build(replace(DRAFT, message_id="nothing"))


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        (b"Subject: ", b"Bcc: v@x.example\r\nSubject: ", "not those that were written"),
        (b"Subject: ", b"X-Spam: no\r\nSubject: ", "not those that were written"),
        (b"MIME-Version: 1.0\r\n", b"MIME-Version: 1.0\r\nMIME-Version: 1.0\r\n", "one twice"),
        (b"MIME-Version: 1.0\r\n", b"MIME-Version: 1.0\r\nMIME-Bcc: x\r\n", "that no mail of ours has"),
        (b"<maria@shop.example>", b"<maria@shop.example>, <v@x.example>", "not the one address"),
        (b'"Maria" <maria@shop.example>', b"<v@x.example> <maria@shop.example>", "not the one address"),
        (b"<support@example.com>", b"<other@example.com>", "not the one address"),
        (b"Hello", b"Hel\nlo", "bare LF"),
        (b"Hello", b"Hel\rlo", "bare CR"),
        (b"Hello", b"Hel\0lo", "NUL"),
        (b"Hello", b"x" * 1000, "more than 998 octets"),
        (b"Content-Type: text/html", b"X-Evil: 1\r\nContent-Type: text/html", "a field that no part of ours has"),
        (b'boundary="=_', b'boundary="=X', "reads differently"),
        (b"Subject: ", b"Subject ", "not those that were written"),
    ],
)
def test_the_last_look_refuses_what_was_not_meant(before: bytes, after: bytes, why: str) -> None:
    """Each fault that our own writing might let through is found in the bytes."""
    data = build(DRAFT)
    names = tuple(name for name in old(data) if name not in ("MIME-Version", "Content-Type"))
    meant = Meant(names=names, sender="support@example.com", recipient="maria@shop.example", leaves=2)
    recheck(data, meant)

    assert before in data
    with pytest.raises(Permanent, match=why):
        recheck(data.replace(before, after, 1), meant)


def test_the_last_look_counts_the_parts() -> None:
    """A part that nobody wrote, or one that is gone."""
    data = build(DRAFT)
    names = tuple(name for name in old(data) if name not in ("MIME-Version", "Content-Type"))
    meant = Meant(names=names, sender="support@example.com", recipient="maria@shop.example", leaves=3)

    with pytest.raises(Permanent, match="does not have the parts"):
        recheck(data, meant)


def test_the_self_test_passes_here_and_fails_where_a_field_slips_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """It tests what the builder does, not which Python it is: without our cleaning, the start is refused."""
    self_test()

    monkeypatch.setattr(module, "safe_header", lambda value, limit=200: value[:limit])
    monkeypatch.setattr(module, "_words", lambda field, value: value)
    with pytest.raises(Permanent, match=r"not those that were written|bare"):
        self_test()
    monkeypatch.setattr(module, "recheck", lambda data, meant: None)
    with pytest.raises(RuntimeError, match="Bcc"):
        self_test()
