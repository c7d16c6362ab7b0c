"""An agent's mail, from his mail program to what the customer gets: the desk's words stay, his own arrive."""

import email
import email.policy
from collections.abc import Iterator, Sequence
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

import pytest

from gateway.clock import FixedClock
from gateway.mail.message import Address
from gateway.mail.reader import Reader
from gateway.outbox.compose import Composer, compose
from gateway.outbox.outgoing import Outgoing
from gateway.render import Renderer
from gateway.store import outbox as outbox_sql
from gateway.store import tickets
from gateway.store.db import Store
from gateway.store.outcomes import Outcome
from gateway.tokens import Purpose
from tests.desk import AGENT, CUSTOMER, STRANGER, SUPPORT, TestDesk, open_desk, sign

SECRET = "He never pays. SECRETNOTE"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(50)
File = tuple[bytes, str, str, str]
"""Content, type, name, disposition."""


@pytest.fixture
def desk(store: Store, clock: FixedClock, tmp_path: Path, reader: Reader) -> Iterator[TestDesk]:
    """A desk on an empty store, with one ticket."""
    with open_desk(store, clock, tmp_path, reader) as opened:
        opened.take(opened.post.mail(CUSTOMER, SUPPORT, "It fails.", message_id="<1@bread.test>"), mail_from=CUSTOMER)
        yield opened


def notification(desk: TestDesk) -> Outgoing:
    """The newest mail to an agent about an article."""
    return desk.outbox("notification")[-1]


def from_agent(desk: TestDesk, text: str, *, answers: Outgoing | None = None) -> Outcome:
    """The agent replies to a mail of ours, by default to the newest notification."""
    to = (answers or notification(desk)).reply_to
    return desk.take(desk.post.mail(AGENT, to, text), rcpt=[to], mail_from=AGENT)


def with_files(desk: TestDesk, text: str, files: Sequence[File]) -> Outcome:
    """The agent replies, with files."""
    to = notification(desk).reply_to
    mail = EmailMessage()
    for name, value in (("From", AGENT), ("To", to), ("Subject", "Re"), ("Message-ID", f"<f{len(files)}@desk.test>")):
        mail[name] = value
    mail["Date"] = format_datetime(desk.clock.now())
    mail.set_content(text)
    for content, kind, name, disposition in files:
        maintype, _, subtype = kind.partition("/")
        mail.add_attachment(content, maintype, subtype, filename=name, disposition=disposition)
    return desk.take(sign(mail.as_bytes(policy=SMTP), "desk.test"), rcpt=[to], mail_from=AGENT)


def sent(desk: TestDesk) -> str:
    """The text of the one answer as the customer gets it."""
    (answer,) = desk.outbox("answer")
    with desk.store.reading() as tx:
        blobs = outbox_sql.blobs(tx, [attachment.sha256 for attachment in answer.attachments])
    composer = Composer(renderer=Renderer(), sender=Address(address=SUPPORT))
    letter = compose(composer, answer, outbox_id=1, created_at=desk.clock.now(), blobs=blobs)
    body = email.message_from_bytes(letter.data, policy=email.policy.default).get_body(("plain",))
    assert body is not None
    text: str = body.get_content()
    return text.replace("\r\n", "\n")


def with_a_note(desk: TestDesk) -> str:
    """Let the ticket have a note and a further mail; the newest notification as the agent reads it."""
    from_agent(desk, f"#note\n{SECRET}")
    desk.take(desk.post.mail(CUSTOMER, SUPPORT, "And now?", answers="<1@bread.test>"), mail_from=CUSTOMER)
    text = Renderer().render("notification", "en", dict(notification(desk).values)).text
    assert SECRET in text
    return text


def quoted(text: str) -> str:
    """As most mail programs quote."""
    return "".join(f"> {line}\n" for line in text.split("\n"))


def assert_returned(desk: TestDesk, words: str) -> None:
    """Nothing went to the customer, and the agent knows why."""
    assert [] == desk.outbox("answer")
    (returned,) = desk.outbox("returned")
    assert (AGENT, True) == (returned.recipient.address, words in dict(returned.values)["problem"])


@pytest.mark.parametrize("below", ["", "\nHere is my answer."], ids=["sent-by-accident", "answered-below"])
def test_an_unmarked_quotation_with_nothing_above_goes_back(desk: TestDesk, below: str) -> None:
    """Outlook quotes without `>`: where the answer is then, nobody can say, and the quotation holds notes."""
    text = with_a_note(desk)
    head = f"From: Shop Support <{SUPPORT}>\nSent: Tuesday\nTo: Kim <{AGENT}>\nSubject: Ticket 1\n"

    from_agent(desk, f"{head}\n{text}{below}")

    assert_returned(desk, "Write above the first line")


def test_an_answer_in_between_keeps_only_the_customers_own_words(desk: TestDesk) -> None:
    """Both pieces of the answer arrive; of the quotation only what the customer wrote."""
    before, _, after = quoted(with_a_note(desk)).partition("> And now?\n")

    from_agent(desk, f"On Tue, 1 Sep 2026, Shop Support wrote:\n{before}> And now?\nTry again.\n{after}Or call us.\n")

    text = sent(desk)
    assert "> And now?\nTry again." in text
    assert "Or call us." in text
    for inside in ("SECRETNOTE", AGENT, "internal", "+30 210 1"):
        assert inside not in text, inside


def test_a_note_that_is_quoted_by_hand_goes_back(desk: TestDesk) -> None:
    """Also where nothing else of the notification is left."""
    with_a_note(desk)

    from_agent(desk, f"Dear Ann,\n> {SECRET}\nSorry.\n")

    assert_returned(desk, "not for the customer")


def test_a_line_of_a_note_that_is_copied_goes_back(desk: TestDesk) -> None:
    """Without anything that marks it as a quotation, where it is long enough not to be said by chance."""
    from_agent(desk, "#note\nThe bank has blocked his card twice since May.\nIt works again.")

    from_agent(desk, "Dear Ann,\n\nThe bank has blocked his card twice since May.\n")

    assert_returned(desk, "in other words")

    from_agent(desk, "Dear Ann,\n\nIt works again.\n")

    assert "It works again." in sent(desk)


def test_the_agents_address_does_not_leave(desk: TestDesk) -> None:
    """It becomes the desk's."""
    from_agent(desk, f"Try again, or write to {AGENT.title()} once more.\n")

    assert f"or write to {SUPPORT} once more." in sent(desk)
    assert AGENT not in sent(desk).lower()


def test_the_agents_signature_becomes_the_desks(desk: TestDesk) -> None:
    """Also without the mark that few programs put above it; the greeting stays."""
    from_agent(desk, f"Try again.\n\nKind regards,\nKim\nSupport\nT +30 210 9\n{AGENT}\n")

    text = sent(desk)
    assert "Try again.\n\nKind regards," in text
    for own in ("Kim", "+30 210 9", AGENT):
        assert own not in text


def test_an_answer_that_cannot_be_read_goes_back(desk: TestDesk) -> None:
    """What a scan of its header gives is encoded text, perhaps with the whole quotation in it."""
    deep = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(500))
    to = notification(desk).reply_to
    head = f"From: {AGENT}\r\nTo: {to}\r\nSubject: Re\r\nMessage-ID: <deep@desk.test>\r\n".encode()

    desk.take(sign(head + deep + b"U0VDUkVU\r\n", "desk.test"), rcpt=[to], mail_from=AGENT)

    assert_returned(desk, "could not be read")


def test_a_mail_as_attachment_goes_back(desk: TestDesk) -> None:
    """It may be our own notification."""
    with_files(desk, "See there.", [(b"Subject: Ticket 1\n\n--- internal ---\n", "text/plain", "n.eml", "attachment")])

    assert_returned(desk, "is a mail")


def test_pictures_reach_the_customer_however_they_were_put_in(desk: TestDesk) -> None:
    """Attached or pasted; the signature of the mail does not."""
    files = [
        (PNG, "image/png", "attached.png", "attachment"),
        (PNG + b"2", "image/png", "pasted.png", "inline"),
        (b"kim@desk.test", "application/pkcs7-signature", "smime.p7s", "attachment"),
    ]
    outcome = with_files(desk, "See there.", files)

    (answer,) = desk.outbox("answer")
    assert ["attached.png", "pasted.png"] == [attachment.filename for attachment in answer.attachments]
    assert outcome.article_id
    with desk.store.reading() as tx:
        assert ["attached.png", "pasted.png"] == [kept.filename for kept in tickets.attachments(tx, outcome.article_id)]


def test_the_files_of_a_note_are_kept(desk: TestDesk) -> None:
    """Inside."""
    outcome = with_files(desk, "#note\nHis invoice:", [(PNG, "image/png", "invoice.png", "inline")])

    assert outcome.article_id
    with desk.store.reading() as tx:
        assert ["invoice.png"] == [kept.filename for kept in tickets.attachments(tx, outcome.article_id)]
    assert [] == desk.outbox("answer")


def test_an_answer_to_all_counts_whichever_copy_comes_first(desk: TestDesk) -> None:
    """The copy to the support address is here before the one to his own address, and makes no ticket of its own."""
    to = notification(desk).reply_to
    raw = desk.post.mail(AGENT, f"{to}, {SUPPORT}", "My answer.", answers=notification(desk).message_id)

    first = desk.take(b"Received: from a by b; Tue, 1 Sep 2026 08:00:00 +0000\r\n" + raw, mail_from=AGENT)
    second = desk.take(raw, rcpt=[to], mail_from=AGENT)

    assert (["commands", "duplicate"], 1) == ([first.action, second.action], first.ticket_id)
    assert "My answer." in sent(desk)


def test_an_answer_to_an_old_notification_goes_back_with_a_fresh_address(desk: TestDesk) -> None:
    """He is told, and a reply to that mail works."""
    desk.clock.at += timedelta(days=200)
    from_agent(desk, "Answer.")

    assert_returned(desk, "too old")
    (returned,) = desk.outbox("returned")
    from_agent(desk, "Answer.", answers=returned)
    assert "Answer." in sent(desk)


def test_an_answer_to_several_tickets_at_once_goes_back(desk: TestDesk) -> None:
    """Which one it is for, only he can say."""
    desk.take(desk.post.mail(CUSTOMER, SUPPORT, "Something else."), mail_from=CUSTOMER)
    both = [mail.reply_to for mail in desk.outbox("notification")]

    desk.take(desk.post.mail(AGENT, ", ".join(both), "Answer."), rcpt=both, mail_from=AGENT)

    assert_returned(desk, "several tickets")


def test_an_answer_to_nobody_goes_back(desk: TestDesk) -> None:
    """A ticket without an address, as a mail without From makes on the poison shelf."""
    with desk.store.transaction() as tx:
        tx.exec_driver_sql("UPDATE ticket SET correspondent = ''")

    from_agent(desk, "Answer.")

    assert_returned(desk, "no address")


def test_an_answer_stays_in_the_thread_of_its_customer(desk: TestDesk) -> None:
    """A stranger who writes into the ticket does not stand between: the customer never had his mail."""
    (receipt,) = desk.outbox("receipt")
    to = receipt.reply_to
    desk.take(desk.post.mail(STRANGER, to, "me too", message_id="<x@elsewhere.test>"), rcpt=[to], mail_from=STRANGER)

    from_agent(desk, "Answer.")

    (answer,) = desk.outbox("answer")
    assert ("<1@bread.test>", ("<1@bread.test>",)) == (answer.in_reply_to, answer.references)


def test_an_agents_order_is_for_the_ticket_of_his_token_alone(desk: TestDesk) -> None:
    """His ticket is gone (an old backup), and the thread of his mail leads to another: nothing happens there."""
    lost = desk.gateway.desk.reply_address(Purpose.AGENT, ticket_ref=77, address=AGENT, at=desk.clock.now())
    outcome = desk.take(desk.post.mail(AGENT, lost, "#close", answers="<1@bread.test>"), rcpt=[lost], mail_from=AGENT)

    assert ("hold", None) == (outcome.action, outcome.ticket_id)
