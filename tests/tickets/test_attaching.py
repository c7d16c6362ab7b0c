"""`#attach N`: which file it is, and which ones never leave."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default

import pytest

from gateway.mail.message import Address
from gateway.model import Ticket
from gateway.outbox.compose import Composer, compose
from gateway.render import Renderer
from gateway.store.tickets import blob
from gateway.tickets import attaching
from tests.desk import AGENT, CUSTOMER, SUPPORT, TestDesk, sign
from tests.tickets.story import KIM, answer, do, kinds, ticket_with

PDF = b"%PDF-1.7\n" + b"x" * 2000
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
EXE = b"MZ\x90\x00" + b"\0" * 60


def mail_with(desk: TestDesk, *files: tuple[str, str, bytes], to: str = SUPPORT) -> bytes:
    """A customer's mail with files: name, declared type, bytes."""
    desk.post.count += 1
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = CUSTOMER, to, "Files"
    mail["Date"], mail["Message-ID"] = "Tue, 01 Sep 2026 08:00:00 +0000", f"<files{desk.post.count}@bread.test>"
    mail.set_content("see these")
    for name, kind, content in files:
        main, _, sub = kind.partition("/")
        mail.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return sign(mail.as_bytes(policy=SMTP), "bread.test")


def ticket_of(desk: TestDesk, *files: tuple[str, str, bytes]) -> Ticket:
    """A ticket with these files."""
    return desk.ticket(desk.take(mail_with(desk, *files), mail_from=CUSTOMER))


def send(desk: TestDesk, ticket: Ticket, number: int) -> str:
    """Kim asks for it; what she is told, which is what `problem` says where nothing was sent."""
    sent = len(desk.outbox())
    with desk.store.reading() as tx:
        problem = attaching.problem(tx, ticket, number)
    said = do(
        desk,
        lambda tx: attaching.send_file(tx, desk.gateway.desk, ticket, number=number, agent=KIM, at=desk.clock.now()),
    )
    assert problem == ("" if len(desk.outbox()) > sent else said)
    return said


def test_a_file_is_sent_by_the_number_that_it_has_in_the_notifications(any_desk: TestDesk) -> None:
    """Numbers go on over the mails of a ticket; the file goes to who asks, and to nobody else."""
    ticket = ticket_of(any_desk, ("a.pdf", "application/pdf", PDF), ("b.png", "image/png", PNG))
    told = answer(any_desk, ticket)
    raw = mail_with(any_desk, ("c.csv", "text/csv", b"one,two\n"), to=told.reply_to)
    any_desk.take(raw, rcpt=[told.reply_to], mail_from=CUSTOMER)
    listed = [dict(mail.values)["attachments"] for mail in any_desk.outbox("notification")]

    said = send(any_desk, ticket, 3)

    assert [["1. a.pdf", "2. b.png"], ["3. c.csv"]] == [
        [line.partition(" (")[0] for line in text.split("\n")] for text in listed
    ]
    assert f"File 3 of ticket {ticket.id}, c.csv (text/plain, 1 kB), is on its way to you." == said
    (mail,) = any_desk.outbox("file")
    (file,) = mail.attachments
    assert (AGENT, "c.csv", "text/plain", False) == (
        mail.recipient.address,
        file.filename,
        file.content_type,
        file.inline,
    )
    assert "file_sent" == kinds(any_desk, ticket)[-1]
    send(any_desk, ticket, 1)
    assert ["c.csv", "a.pdf"] == [mail.attachments[0].filename for mail in any_desk.outbox("file")]


@pytest.mark.parametrize(
    ("name", "kind", "content", "says"),
    [
        ("a.pdf", "application/pdf", EXE, "it is a program"),
        ("a.html", "text/html", b"<!doctype html><script>x</script>", "it is a web page"),
        ("a.pdf.exe", "application/pdf", PDF, "it is a program"),
        ("a.ics", "text/plain", b"x", "it is a calendar file"),
        ("a.txt", "text/plain", b"#!/bin/sh\nrm", "it is a script"),
    ],
)
def test_a_dangerous_file_never_leaves(desk: TestDesk, name: str, kind: str, content: bytes, says: str) -> None:
    """A-45: whatever it is called, and whatever it says it is."""
    ticket = ticket_of(desk, (name, kind, content))

    said = send(desk, ticket, 1)

    assert "is never sent" in said
    assert says in said
    assert [] == desk.outbox("file")


def test_a_name_that_lies_gets_an_ending_that_fits(desk: TestDesk) -> None:
    """The agent's machine goes by the name; its type is that of its bytes."""
    ticket = ticket_of(desk, ("invoice.png", "image/png", PDF), ("scan.jpeg", "image/jpeg", b"\xff\xd8\xff\xe0" * 9))

    send(desk, ticket, 1)
    send(desk, ticket, 2)

    found = [(file.filename, file.content_type) for mail in desk.outbox("file") for file in mail.attachments]
    assert [("invoice.png.pdf", "application/pdf"), ("scan.jpeg", "image/jpeg")] == found


@pytest.mark.parametrize("number", [0, -1, 2, 10**12])
def test_a_number_that_there_is_not_is_said(desk: TestDesk, number: int) -> None:
    """With those that there are."""
    ticket = ticket_of(desk, ("a.pdf", "application/pdf", PDF))

    assert f"has no file {number}: it has only one file, number 1." in send(desk, ticket, number)


def test_a_ticket_without_files_says_so(desk: TestDesk) -> None:
    """And another ticket's are none of it."""
    ticket_of(desk, ("a.pdf", "application/pdf", PDF))
    ticket = ticket_with(desk)

    assert f"Ticket {ticket.id} has no files." == send(desk, ticket, 1)


def test_a_large_file_is_not_sent(desk: TestDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many servers would refuse the mail; the sentence says how large it is."""
    ticket = ticket_of(desk, ("a.pdf", "application/pdf", PDF))
    monkeypatch.setattr(attaching, "MAX_BYTES", 1000)

    assert "File 1, a.pdf, has 0.0 MB" in send(desk, ticket, 1)


def test_what_leaves_is_the_file_as_it_came(desk: TestDesk) -> None:
    """Its bytes, below a word of care."""
    ticket = ticket_of(desk, ("a.pdf", "application/pdf", PDF))
    send(desk, ticket, 1)
    (mail,) = desk.outbox("file")
    (file,) = mail.attachments
    composer = Composer(renderer=Renderer(), sender=Address(address=SUPPORT))
    with desk.store.reading() as tx:
        blobs = {file.sha256: blob(tx, file.sha256) or b""}

    letter = compose(composer, mail, outbox_id=1, created_at=desk.clock.now(), blobs=blobs)

    message = message_from_bytes(letter.data, policy=default)
    (part,) = message.iter_attachments()
    text = message.get_body(("plain",))
    assert text is not None
    assert PDF == part.get_content()
    assert f"Here is file 1 of ticket {ticket.id}: a.pdf (application/pdf, 2 kB)" in text.get_content()
