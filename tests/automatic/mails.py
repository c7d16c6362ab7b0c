"""A ticket in the middle of its life, and mail as machines write it about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP

from gateway.model import Ticket
from gateway.outbox.outgoing import Outgoing
from gateway.store.outcomes import Outcome
from tests.desk import AGENT, CUSTOMER, SUPPORT, TestDesk, sign

CALENDAR = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:Call\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
MACHINE = "MAILER-DAEMON@mx.bread.test"


@dataclass(frozen=True, slots=True)
class Scene:
    """The desk, the customer's ticket, the receipt that he got and the answer that an agent wrote."""

    desk: TestDesk
    first: Outcome
    receipt: Outgoing
    answer: Outgoing
    before: int
    """Mails in the outbox."""

    @classmethod
    def begin(cls, desk: TestDesk) -> "Scene":
        """Let her write, and the agent answer."""
        first = desk.take(desk.post.mail(CUSTOMER, SUPPORT), mail_from=CUSTOMER)
        (receipt,) = desk.outbox("receipt")
        (notification,) = desk.outbox("notification")
        answer = cls.answered(desk, notification.reply_to)
        return cls(desk=desk, first=first, receipt=receipt, answer=answer, before=len(desk.outbox()))

    @classmethod
    def answered(cls, desk: TestDesk, to: str, text: str = "Please try again.") -> Outgoing:
        """An agent answers; what leaves to the customer."""
        raw = desk.post.mail(AGENT, to, text, subject="Re: Ticket 1")
        desk.take(raw, rcpt=[to], mail_from=AGENT)
        return desk.outbox("answer")[-1]

    @property
    def ticket(self) -> Ticket:
        """The ticket as it is now."""
        return self.desk.ticket(self.first)

    @property
    def since(self) -> list[Outgoing]:
        """What was put into the outbox since the answer."""
        return self.desk.outbox()[self.before :]

    @property
    def story(self) -> list[str]:
        """What happened to the ticket since the answer."""
        kinds = self.desk.story(self.first)
        return kinds[kinds.index("answer") + 2 :]

    def reply_address(self) -> str:
        """The address that the customer answers to."""
        return self.answer.reply_to

    def bounce_address(self) -> str:
        """The return path of the answer."""
        return self.answer.mail_from

    def take(self, raw: bytes, to: str = SUPPORT, mail_from: str | None = "") -> Outcome:
        """A mail comes in."""
        return self.desk.take(raw, rcpt=[to], mail_from=mail_from)


def plain(
    *,
    author: str = CUSTOMER,
    subject: str = "x",
    text: str = "hello",
    headers: Sequence[tuple[str, str]] = (),
    message_id: str = "",
) -> bytes:
    """A mail of one text, signed where its author's domain signs."""
    mail = EmailMessage()
    mail["From"] = author
    mail["To"] = SUPPORT
    mail["Subject"] = subject
    mail["Date"] = "Tue, 01 Sep 2026 08:00:00 +0000"
    mail["Message-ID"] = message_id or f"<{abs(hash((author, subject, text, tuple(headers))))}@x.test>"
    for name, value in headers:
        mail[name] = value
    mail.set_content(text)
    return signed(mail.as_bytes(policy=SMTP), author)


def signed(raw: bytes, author: str) -> bytes:
    """The mail with its domain's signature, if that signs."""
    domain = author.rpartition("@")[2]
    return sign(raw, domain) if domain in ("bread.test", "desk.test", "signed.test") else raw


def report(
    kind: str,
    part: str,
    *,
    part_type: str = "",
    author: str = MACHINE,
    text: str = "This is a report.",
    returned: str = "",
    headers: Sequence[tuple[str, str]] = (),
    number: int = 0,
) -> bytes:
    """A multipart/report (RFC 6522): words for people, a part for machines, what came back."""
    fields = [
        ("From", author),
        ("To", SUPPORT),
        ("Subject", "Report"),
        ("Date", "Tue, 01 Sep 2026 08:00:00 +0000"),
        ("Message-ID", f"<{kind}-{number}@mx.bread.test>"),
        ("MIME-Version", "1.0"),
        ("Content-Type", f'multipart/report; report-type={kind}; boundary="b"'),
        *headers,
    ]
    head = "".join(f"{name}: {value}\r\n" for name, value in fields)
    parts = [
        f"Content-Type: text/plain\r\n\r\n{text}\r\n",
        f"Content-Type: {part_type or f'message/{kind}'}\r\n\r\n{part}",
    ]
    if returned:
        parts.append(f"Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: {returned}\r\nSubject: x\r\n")
    return (head + "\r\n" + "".join(f"--b\r\n{each}\r\n" for each in parts) + "--b--\r\n").encode()


def bounce(
    recipient: str = CUSTOMER, status: str = "5.1.1", *, action: str = "failed", returned: str = "", number: int = 0
) -> bytes:
    """A delivery status notification (RFC 3464)."""
    part = (
        "Reporting-MTA: dns; mx.bread.test\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n"
    )
    return report("delivery-status", part, text="It could not be delivered.", returned=returned, number=number)


def complaint(about: str, number: int = 0) -> bytes:
    """A feedback report (RFC 5965) about the mail with this Message-ID."""
    part = "Feedback-Type: abuse\r\nUser-Agent: x/1\r\nVersion: 1\r\n"
    return report("feedback-report", part, author="fbl@provider.test", returned=about, number=number)


def receipt_of_reading(about: str) -> bytes:
    """A disposition notification (RFC 8098) that names the mail where the standard says, and nowhere else."""
    part = (
        f"Final-Recipient: rfc822;{CUSTOMER}\r\nOriginal-Message-ID: {about}\r\n"
        "Disposition: manual-action/MDN-sent-manually; displayed\r\n"
    )
    return report("disposition-notification", part, author=CUSTOMER)


def aggregate(filename: str = "google.test!desk.test!1788220800!1788307199.xml.gz", subject: str = "") -> bytes:
    """A DMARC report (RFC 7489 §7.2.1.1)."""
    mail = EmailMessage()
    mail["From"] = "noreply-dmarc-support@google.test"
    mail["To"] = SUPPORT
    mail["Subject"] = subject or "Report domain: desk.test Submitter: google.test Report-ID: <2026.09.01>"
    mail["Message-ID"] = f"<{abs(hash(filename + subject))}@google.test>"
    mail.set_content("")
    mail.add_attachment(b"\x1f\x8b", maintype="application", subtype="gzip", filename=filename)
    return mail.as_bytes(policy=SMTP)


def invitation(text: str = "", *, method: str = "REQUEST", author: str = CUSTOMER) -> bytes:
    """A calendar's mail (RFC 6047), with words or without."""
    mail = EmailMessage()
    mail["From"] = author
    mail["To"] = SUPPORT
    mail["Subject"] = "Invitation: call"
    mail["Date"] = "Tue, 01 Sep 2026 08:00:00 +0000"
    mail["Message-ID"] = f"<invite-{bool(text)}@bread.test>"
    if text:
        mail.set_content(text)
    content = CALENDAR.replace("REQUEST", method).encode()
    mail.add_attachment(content, maintype="text", subtype="calendar", params={"method": method}, filename="invite.ics")
    return signed(mail.as_bytes(policy=SMTP), author)
