"""A mail that is passed on: who wrote it, what he wrote, and what the one who passes it on wrote above."""

from dataclasses import replace

import pytest

from gateway.mail.forwarded import Forwarded, NotForwarded, attached_mails, inside, read_forwarded, without_prefixes
from gateway.mail.message import Address, Message
from gateway.mail.parse import parse
from tests.cost import cheap
from tests.mail.forwards import BODY, CASES, COMMENT, DATE, FAMILIES, SUBJECT, WORDS, Case, lines
from tests.mail.mails import multipart, part

ORIGINAL = (
    b"From: Ann Bread <ann@bread.test>\nTo: kim@desk.test\nSubject: Payment fails\nMessage-ID: <o1@bread.test>\n"
    b"References: <o0@bread.test>\nDate: Tue, 01 Sep 2026 10:00:00 +0300\n\nIt fails.\n"
)


def words(text: str) -> str:
    """The words alone: programs place empty lines as they like."""
    return " ".join(text.split())


def found(text: str, subject: str = "Fwd: x", **fields: str) -> Forwarded | NotForwarded:
    """What is read in a mail with this text."""
    headers = tuple((name.replace("_", "-"), value) for name, value in fields.items())
    return read_forwarded(Message(author=None, subject=subject, text=text, headers=headers))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_the_mail_of_each_program_is_read_right(case: Case) -> None:
    """Author, subject, date, text and comment, from the bytes as they come in."""
    read = read_forwarded(parse(case.raw()))

    assert isinstance(read, Forwarded), read
    assert Address(address="ann@bread.test", name="Ann Bread") == read.author
    assert (SUBJECT, DATE) == (read.subject, read.date)
    assert words("\n".join(BODY)) == words(read.text)
    assert case.comment == read.comment


def test_each_family_has_its_forms_in_each_language() -> None:
    """Eight at least, all five languages."""
    for make in FAMILIES.values():
        made = {case.name for language, each in WORDS.items() for case in make(language, each)}
        assert len(made) >= 8
        assert {"en", "el", "nl", "fr", "de"} == {name.partition(":")[0] for name in made}


def test_an_attached_mail_is_read_with_its_ids_and_files() -> None:
    """By its own header; what stands beside it in the mail is the comment, and its files are kept."""
    original = multipart(
        "mixed",
        part("text/plain", b"It fails."),
        part("image/png", b"\x89PNG\r\n\x1a\n0", b'Content-Disposition: attachment; filename="shot.png"'),
        top=(b"Message-ID: <o1@bread.test>", b"In-Reply-To: <o0@bread.test>", b"Subject: Payment fails"),
    )
    outer = parse(
        multipart(
            "mixed",
            part("text/plain", b"Look at this.\n\n-- \nKim"),
            part("message/rfc822", original, b'Content-Disposition: attachment; filename="mail.eml"'),
            boundary="=_o",
            top=(b"Subject: Fwd: Payment fails",),
        )
    )
    (mail,) = attached_mails(outer)
    read = read_forwarded(outer, parse(mail.content))

    assert isinstance(read, Forwarded)
    assert ("maria@shop.example", "Payment fails") == (read.author.address, read.subject)
    assert ("It fails.", "Look at this.") == (read.text, read.comment)
    assert ("<o1@bread.test>", ("<o0@bread.test>",)) == (read.message_id, read.references)
    assert ["shot.png"] == [file.filename for file in read.attachments]


def test_an_attached_mail_without_an_author_is_nobodys() -> None:
    """Two From fields: the one that is believed would be chosen by whoever wrote it."""
    outer = parse(
        multipart("mixed", part("text/plain", b"x"), part("message/rfc822", b"From: a@b.test\nFrom: c@d.test\n\nx"))
    )
    (mail,) = attached_mails(outer)
    read = read_forwarded(outer, parse(mail.content))

    assert isinstance(read, NotForwarded)
    assert "no author" in read.why


def test_of_several_attached_mails_none_is_taken() -> None:
    """Which one is meant, only he can say."""
    outer = parse(multipart("mixed", part("text/plain", b"x"), *[part("message/rfc822", ORIGINAL)] * 2))
    read = read_forwarded(outer)

    assert isinstance(read, NotForwarded)
    assert "2 attached mails" in read.why


def test_a_mail_file_in_a_mail_that_is_passed_on_is_a_file_of_it() -> None:
    """What the text says comes first."""
    text = CASES["en: gmail"].text.encode()
    outer = parse(multipart("mixed", part("text/plain", text), part("message/rfc822", b"From: eve@evil.test\n\nx")))
    read = read_forwarded(outer, parse(b"From: eve@evil.test\n\nx"))

    assert isinstance(read, Forwarded)
    assert "ann@bread.test" == read.author.address
    assert 1 == len(read.attachments)


@pytest.mark.parametrize(
    "value",
    [
        "Ann",
        "ann@bread.test, eve@evil.test",
        "ann@bread.test <eve@evil.test>",
        "a b@c",
        "",
        "<ann@bread.test> eve@x.test",
    ],
)
def test_an_author_who_is_not_exactly_one_address_is_none(value: str) -> None:
    """Nor is the mail taken for somebody's then; the reason says so."""
    read = found(lines("x", "---------- Forwarded message ---------", f"From: {value}", "Subject: s", "", "text"))

    assert isinstance(read, NotForwarded)
    assert read.is_tried


@pytest.mark.parametrize(
    "value",
    ["Bread, Ann <ann@bread.test>", '"Bread, Ann" <ann@bread.test>', "ann@bread.test", "<ann@bread.test>"],
)
def test_names_do_not_hide_the_address(value: str) -> None:
    """Outlook writes the last name first, others nothing."""
    read = found(lines("---------- Forwarded message ---------", f"From: {value}", "Subject: s", "", "text"))

    assert isinstance(read, Forwarded)
    assert "ann@bread.test" == read.author.address


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Payment fails", "hello\n\nFrom: me\nTo: you\n"),
        ("Re: Payment fails", CASES["en: outlook"].text),
        ("AW: Payment fails", CASES["de: outlook"].text),
        ("x", "On Tue, Ann <ann@bread.test> wrote:\n> hello\n"),
        ("Fwd: x", "only words"),
    ],
)
def test_an_answer_or_a_plain_mail_passes_nothing_on(subject: str, text: str) -> None:
    """The fields alone stand above every answer of Outlook."""
    assert isinstance(found(text, subject), NotForwarded)


def test_a_mail_inside_a_mail_that_is_passed_on_stays_a_part_of_it() -> None:
    """Only the outer author counts; who wants to go further in asks for it."""
    inner = CASES["en: gmail"].text
    read = found(
        lines("---------- Forwarded message ---------", "From: Eve <eve@evil.test>", "Subject: Fwd: s", "", inner)
    )

    assert isinstance(read, Forwarded)
    assert "eve@evil.test" == read.author.address
    assert COMMENT in read.text
    further = inside(read)
    assert isinstance(further, Forwarded)
    assert "ann@bread.test" == further.author.address


def test_the_id_of_the_mail_is_found_where_programs_name_it() -> None:
    """In its fields, in a field of Thunderbird's, or as the one that the mail refers to."""
    text = CASES["en: gmail"].text
    named = found(CASES["en: mutt with every field"].text)
    marked = found(text, X_Forwarded_Message_Id="<o2@bread.test>")
    referred = read_forwarded(Message(author=None, subject="Fwd: x", text=text, in_reply_to=("<o3@bread.test>",)))

    assert isinstance(named, Forwarded)
    assert isinstance(marked, Forwarded)
    assert isinstance(referred, Forwarded)
    assert ["<orig@bread.test>", "<o2@bread.test>", "<o3@bread.test>"] == [
        read.message_id for read in (named, marked, referred)
    ]


def test_what_stands_between_marked_lines_is_not_the_authors() -> None:
    """Words that the one who passes it on typed into it are his comment."""
    text = lines(
        "Begin forwarded message:",
        "",
        "> From: Ann <ann@bread.test>",
        "> Subject: s",
        "> ",
        "> one",
        "HE LIES",
        "> two",
    )
    read = found(text)

    assert isinstance(read, Forwarded)
    assert ("one\ntwo", "HE LIES") == (read.text, read.comment)


def test_prefixes_are_taken_off_a_subject() -> None:
    """Those of passing on and of answering, in any number; nothing else that has a colon."""
    assert "Payment: fails" == without_prefixes("Fwd: WG: Re: ΠΡΘ: Payment: fails")


@pytest.mark.parametrize(
    "piece",
    [
        "From: a\n",
        "---------- Forwarded message ---------\n",
        "> " * 500 + "\n",
        "From: x <a@b.test>,\n",
        "- " * 400 + "\n",
        "---------- Forwarded message ---------\nFrom: a\n\n",
        "A:\n\n",
        "<mailto:" * 50,
        "[mailto:a" * 50,
    ],
)
def test_no_text_costs_more_than_its_length(piece: str) -> None:
    """200,000 characters of what might make it search again and again."""
    text = piece * (200_000 // len(piece))
    message = Message(author=None, subject="Fwd: x", text=text)
    inside = replace(message, text=f"---------- Forwarded message ---------\nFrom: a@b.test\nSubject: s\n\n{text}")

    cheap(1, lambda: (read_forwarded(message), read_forwarded(inside)))
