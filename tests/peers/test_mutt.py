"""The person at mutt: what other tests rely on when they use her."""

import mailbox
from collections.abc import Iterator
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP as SMTP_POLICY
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests.peers import mutt
from tests.peers.mutt import mutt_forward, mutt_reply, mutt_send
from tests.peers.process import free_port

pytestmark = pytest.mark.peer


class Postbox:
    """Keeps what arrives."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.url = ""

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 # the library's name
        """Take the mail."""
        self.mails.append(BytesParser(EmailMessage, policy=SMTP_POLICY).parsebytes(envelope.content))
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        return "250 taken"


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    """An SMTP server that keeps every mail."""
    kept = Postbox()
    controller = Controller(kept, hostname="127.0.0.1", port=free_port())
    controller.start()
    kept.url = f"smtp://127.0.0.1:{controller.port}"
    yield kept
    controller.stop()


def test_a_mail_with_an_attachment_is_sent(postbox: Postbox, tmp_path: Path) -> None:
    """Batch mode: subject, text, file."""
    (tmp_path / "shot.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    mutt_send(
        smtp_url=postbox.url,
        sender="ann@cust.test",
        to="support@shop.test",
        subject="My shop is down",
        body="Καλημέρα, it is down.\n",
        attachments=[tmp_path / "shot.png"],
    )

    (mail,) = postbox.mails
    text, picture = mail.iter_parts()
    assert "My shop is down" == mail["Subject"]
    assert "Καλημέρα, it is down." == text.get_content().strip()
    assert "shot.png" == picture.get_filename()
    assert [("ann@cust.test", ["support@shop.test"])] == postbox.envelopes


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """A Maildir with two mails from the desk, number 1 and number 2."""
    maildir = mailbox.Maildir(tmp_path / "inbox")
    for number in (1, 2):
        received = EmailMessage()
        received["From"] = "Support <support@shop.test>"
        received["Reply-To"] = f"r{number}@reply.test"
        received["To"] = "ann@cust.test"
        received["Subject"] = f"Your request {number}"
        received["Message-ID"] = f"<n{number}@shop.test>"
        received.set_content(f"We look into it.\nNumber {number}\n")
        maildir.add(received)
    maildir.close()
    return tmp_path / "inbox"


def test_an_answer_has_the_text_on_top_the_quotation_below_and_mutts_headers(postbox: Postbox, inbox: Path) -> None:
    """The mail that matches is answered, not the other one."""
    mutt_reply(
        inbox,
        pattern="~s 'request 2'",
        text="It works again, thank you!\n",
        smtp_url=postbox.url,
        sender="ann@cust.test",
        name="Ann",
    )

    (mail,) = postbox.mails
    assert "Re: Your request 2" == mail["Subject"]
    assert "<n2@shop.test>" == mail["In-Reply-To"]
    assert "Ann <ann@cust.test>" == mail["From"]
    assert [("ann@cust.test", ["r2@reply.test"])] == postbox.envelopes
    lines = mail.get_content().splitlines()
    assert "It works again, thank you!" == lines[0]
    assert ["> We look into it.", "> Number 2"] == [line for line in lines if line.startswith(">")]


def test_where_nothing_matches_nothing_is_answered(
    postbox: Postbox, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The failure shows what mutt says."""
    monkeypatch.setattr(mutt, "SECONDS", 2.0)

    with pytest.raises(AssertionError, match="No visible messages"):
        mutt_reply(inbox, pattern="~s other", text="x", smtp_url=postbox.url, sender="ann@cust.test")
    assert [] == postbox.mails


def test_an_answer_that_cannot_be_sent_fails(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens where it should go."""
    monkeypatch.setattr(mutt, "SECONDS", 2.0)

    with pytest.raises(AssertionError, match="mutt waits, and shows"):
        mutt_reply(
            inbox,
            pattern="~s 'request 2'",
            text="x",
            smtp_url=f"smtp://127.0.0.1:{free_port()}",
            sender="ann@cust.test",
        )


def test_an_answer_may_have_files(postbox: Postbox, inbox: Path, tmp_path: Path) -> None:
    """They are attached before it is sent."""
    shot = tmp_path / "shot.png"
    shot.write_bytes(b"\x89PNG\r\n\x1a\n")
    mutt_reply(
        inbox,
        pattern="~s 'request 2'",
        text="See here.\n",
        smtp_url=postbox.url,
        sender="ann@cust.test",
        attachments=[shot],
    )

    (mail,) = postbox.mails
    text, picture = mail.iter_parts()
    assert "See here." == text.get_content().splitlines()[0]
    assert ("shot.png", b"\x89PNG\r\n\x1a\n") == (picture.get_filename(), picture.get_content())


def test_a_mail_is_forwarded_whole(postbox: Postbox, inbox: Path) -> None:
    """As an attached mail, with words above it."""
    mutt_forward(
        inbox,
        pattern="~s 'request 1'",
        to="desk@shop.test",
        text="Please look.\n",
        smtp_url=postbox.url,
        sender="ann@cust.test",
    )

    (mail,) = postbox.mails
    text, attached = mail.iter_parts()
    (original,) = attached.iter_parts()
    assert "Please look." == text.get_content().strip()
    assert ("message/rfc822", "<n1@shop.test>") == (attached.get_content_type(), original["Message-ID"])
    assert [("ann@cust.test", ["desk@shop.test"])] == postbox.envelopes
