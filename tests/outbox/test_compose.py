"""What leaves, made of a row of the outbox."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message

import pytest

from gateway.errors import Permanent
from gateway.mail.message import Address
from gateway.outbox.compose import compose
from gateway.outbox.outgoing import Outgoing, OutgoingAttachment
from gateway.outbox.scrub import scrub
from gateway.outbox.transport import Letter
from gateway.render import TemplateProblem
from gateway.tokens import Keys, Purpose, body_reference
from tests.outbox.sending import ANSWER, COMPOSER, NOTICE, NOW, RECEIPT, RENDERER

KEYS = Keys({3: bytes(range(32))})
DAY = datetime(2026, 9, 1, tzinfo=UTC).date()


def composed(outgoing: Outgoing, blobs: dict[str, bytes] | None = None) -> Letter:
    """The finished mail."""
    return compose(COMPOSER, outgoing, outbox_id=7, created_at=NOW, blobs=blobs or {})


def parsed(outgoing: Outgoing, blobs: dict[str, bytes] | None = None) -> Message:
    """The finished mail, read again."""
    return message_from_bytes(composed(outgoing, blobs).data)


def text_of(message: Message) -> str:
    """Everything that a person can read of it."""
    parts = [part.get_payload(decode=True) for part in message.walk() if part.get_content_maintype() == "text"]
    return "\n".join(part.decode() for part in parts if isinstance(part, bytes))


def token(purpose: Purpose, address: str = "agent@example.com") -> str:
    """A genuine token."""
    return KEYS.issue(purpose, ticket_ref=123456, address=address, day=DAY)


def test_an_answer_leaves_as_a_person_wrote_it() -> None:
    """From the desk, into the customer's thread, with our bounce address; no mark of a machine."""
    letter = composed(ANSWER)
    message = message_from_bytes(letter.data)

    assert (ANSWER.mail_from, "maria@shop.example", ANSWER.message_id, 7, NOW) == (
        letter.mail_from,
        letter.recipient,
        letter.message_id,
        letter.outbox_id,
        letter.created_at,
    )
    assert '"Shop Support" <support@example.com>' == message["From"]
    assert "Re: no mail" == message["Subject"]
    assert (None, None, None) == (message["Auto-Submitted"], message["Precedence"], message["X-Auto-Response-Suppress"])
    assert "It works again.\r\n\r\nKind regards\r\n\r\nShop Support\r\n\r\nRef: T1-X\r\n" in text_of(message)


def test_a_receipt_says_that_a_machine_wrote_it() -> None:
    """RFC 3834: null reverse path, auto-replied; its own subject."""
    letter = composed(RECEIPT)
    message = message_from_bytes(letter.data)

    assert "" == letter.mail_from
    assert ("auto-replied", "All", "bulk") == (
        message["Auto-Submitted"],
        message["X-Auto-Response-Suppress"],
        message["Precedence"],
    )
    assert "We have your message (ticket 7)" == message["Subject"]


def test_word_to_an_agent_is_generated_but_not_bulk() -> None:
    """His filters must not put it aside."""
    message = parsed(NOTICE)

    assert ("auto-generated", "All", None) == (
        message["Auto-Submitted"],
        message["X-Auto-Response-Suppress"],
        message["Precedence"],
    )


def test_a_mail_in_a_language_that_we_do_not_write_says_which_it_is_in() -> None:
    """The header names the language of the text, not the one that was asked for."""
    assert "en" == parsed(replace(RECEIPT, language="sv"))["Content-Language"]
    assert "el" == parsed(replace(RECEIPT, language="el"))["Content-Language"]


def test_none_of_our_secrets_leave_with_an_agents_answer() -> None:
    """He answered over and below the whole notification, quoted or not: no token, no internal line goes out (A-20)."""
    secrets = {name: f"CANARY-{name}" for name in RENDERER.placeholders("notification", "en") - {"text", "author"}}
    canaries = [token(purpose) for purpose in Purpose if purpose is not Purpose.TEXT]
    reference = body_reference(token(Purpose.TEXT))
    values = secrets | {"text": "my shop is down", "author": "maria@shop.example", "reference": reference}
    notification = RENDERER.render("notification", "en", values | {"thread": "earlier words"}).text
    told = [secret for name, secret in secrets.items() if name not in ("subject", "desk", "ticket")]
    told.append("earlier words")
    for prefix in ("", "> ", ">> "):
        quoted = "\n".join(prefix + line for line in notification.split("\n"))
        answer = f"It works again.\n\n{quoted}\nSent from {' '.join(canaries)}\n"
        outgoing = replace(
            ANSWER,
            values=(*ANSWER.values[1:], ("text", answer)),
            subject=f"Re: x {canaries[0].upper()}",
            attachments=(OutgoingAttachment(sha256="d", filename=f"{canaries[2]}.png", content_type="image/png"),),
        )
        letter = composed(outgoing, {"d": b"x"})
        message = message_from_bytes(letter.data)
        everything = letter.data.decode() + text_of(message)

        assert "It works again." in text_of(message)
        assert "my shop is down" in text_of(message)
        for secret in (*told, *canaries, canaries[0].upper(), reference):
            assert secret not in everything, secret
        assert "Ref: T1-X\r\n" in text_of(message)
        assert ANSWER.reply_to in letter.data.decode()


def test_scrubbing_leaves_other_words_alone() -> None:
    """Between two internal blocks, before and after them; an open one goes on to the end."""
    text = "a\n--- internal ---\nx\n--- end of internal ---\nb\n> --- internal ---\n> y\nz"

    assert "a\nb" == scrub(text)
    assert "r1-short and t1 -- fine" == scrub("r1-short and t1 -- fine")
    assert "x […]@reply.example y" == scrub(f"x {token(Purpose.REPLY)}@reply.example y")


def test_agents_get_everything() -> None:
    """What goes to the desk is not scrubbed: it is about the ticket."""
    outgoing = replace(NOTICE, values=(*NOTICE.values[2:], ("problem", "p"), ("text", f"x {token(Purpose.REPLY)}")))

    assert token(Purpose.REPLY) in text_of(parsed(outgoing))


def test_attachments_are_the_bytes_of_their_digest() -> None:
    """Pictures inside, others beside; one that is no longer kept stops the mail."""
    files = (
        OutgoingAttachment(sha256="1", filename="shot.png", content_type="image/png", inline=True),
        OutgoingAttachment(sha256="2", filename="offer.pdf", content_type="application/pdf"),
    )
    message = parsed(replace(ANSWER, attachments=files), {"1": b"\x89PNG", "2": b"%PDF"})
    found = [part.get_payload(decode=True) for part in message.walk() if part.get_content_disposition()]

    assert [b"\x89PNG", b"%PDF"] == found
    with pytest.raises(Permanent, match=r"a file of this mail is no longer kept: offer\.pdf"):
        composed(replace(ANSWER, attachments=files), {"1": b"\x89PNG"})


def test_a_mail_that_cannot_be_sent_is_refused_for_good_and_a_template_that_is_wrong_waits() -> None:
    """The operator can mend a template; nobody can mend an address."""
    with pytest.raises(Permanent):
        composed(replace(ANSWER, recipient=Address(address="μαρία@shop.example")))
    with pytest.raises(TemplateProblem):
        composed(replace(ANSWER, values=()))
