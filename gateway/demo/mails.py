"""The mails of the demonstration, composed and signed as mail programs and their servers do."""

import struct
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid

import dkim

from gateway.demo.stage import AGENT, CUSTOMER, SELECTOR, SIGNED_DOMAINS, STRANGER, SUPPORT, Stage

GTUBE = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
_SIGNED_FIELDS = (b"from", b"to", b"subject", b"date", b"message-id", b"in-reply-to", b"references")


def first_mail() -> EmailMessage:
    """A customer asks for help and shows what he sees."""
    mail = _mail("Corner Bakery", CUSTOMER, SUPPORT, "Customers cannot pay")
    mail.set_content("Hello,\n\nsince this morning the page stays empty after the payment. A picture is attached.\n")
    mail.add_attachment(screenshot(), maintype="image", subtype="png", filename="screenshot.png")
    return mail


def customers_reply(receipt: EmailMessage) -> EmailMessage:
    """The same customer presses Reply on the receipt."""
    mail = _reply("Corner Bakery", CUSTOMER, receipt)
    mail.set_content(f"One more thing: it only happens with cards.\n\n{_quoted(receipt)}")
    return mail


def agents_answer(notification: EmailMessage) -> EmailMessage:
    """An agent presses Reply on his notification, writes at the top and leaves the rest below."""
    mail = _reply("Agent", AGENT, notification)
    mail.set_content(
        "Good morning,\n\nthe card provider changed a key last night. We have put in the new one; please try again.\n\n"
        f"{_quoted(notification)}"
    )
    return mail


def strangers_mail() -> EmailMessage:
    """Somebody whose address nobody knows and whose domain signs nothing."""
    mail = _mail("Somebody", STRANGER, SUPPORT, "Question")
    mail.set_content("Hello, how much is a shop with you?\n")
    return mail


def spam_mail() -> EmailMessage:
    """The test string that every spam filter knows."""
    mail = _mail("Winner", "prize@elsewhere.example", SUPPORT, "You have won")
    mail.set_content(f"Open at once!\n\n{GTUBE}\n")
    return mail


def out_of_office(answer: EmailMessage) -> EmailMessage:
    """The customer's mail program says that he is away."""
    mail = _reply("Corner Bakery", CUSTOMER, answer)
    mail["Auto-Submitted"] = "auto-replied"
    mail.set_content("I am out of the office until Monday.\n")
    return mail


def signed(stage: Stage, mail: EmailMessage) -> bytes:
    """The bytes that the author's mail server would send: with its DKIM signature, where its domain has a key."""
    raw = mail.as_bytes(policy=SMTP)
    domain = str(mail["From"].addresses[0].domain)
    if domain not in SIGNED_DOMAINS:
        return raw
    present = [name for name in _SIGNED_FIELDS if mail[name.decode()]]
    signature: bytes = dkim.sign(
        raw,
        SELECTOR.encode(),
        domain.encode(),
        stage.signing_key(domain),
        include_headers=present,
        signature_algorithm=b"ed25519-sha256",
        canonicalize=(b"relaxed", b"relaxed"),
    )
    return signature + raw


def screenshot() -> bytes:
    """A small picture: bars in three colours (PNG, RFC 2083)."""
    width, height = 120, 60
    colours = (b"\xd0\x40\x30", b"\xf0\xf0\xf0", b"\x30\x60\xc0")
    rows = b"".join(b"\0" + colours[3 * row // height] * width for row in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks: Sequence[tuple[bytes, bytes]] = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def _mail(name: str, author: str, to: str, subject: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = f"{name} <{author}>"
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = make_msgid(domain=author.rpartition("@")[2])
    return mail


def _reply(name: str, author: str, answered: EmailMessage) -> EmailMessage:
    subject = str(answered["Subject"])
    mail = _mail(name, author, str(answered["Reply-To"]), subject if subject.startswith("Re:") else f"Re: {subject}")
    mail["In-Reply-To"] = str(answered["Message-ID"])
    mail["References"] = f"{answered['References'] or ''} {answered['Message-ID']}".strip()
    return mail


def _quoted(answered: EmailMessage) -> str:
    body = answered.get_body(("plain",))
    text = body.get_content() if body else ""
    lines = "\n".join(f"> {line}" for line in text.splitlines())
    return f"On {answered['Date']}, {answered['From']} wrote:\n{lines}\n"
