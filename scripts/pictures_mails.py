"""Mails of a day at an invented desk, made by the gateway's own composing: what `make pictures` shows.

No store: the values are made by the functions that the gateway makes them with, from invented data.
"""

import struct
import zlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import cache
from hashlib import sha256
from zoneinfo import ZoneInfo

from gateway.canned.library import load_library
from gateway.formatted import formatted
from gateway.hours.desk_hours import DeskHours, next_opening
from gateway.mail.message import Address, Attachment, Message
from gateway.model import (
    Account,
    Agent,
    Article,
    ArticleKind,
    Order,
    Priority,
    Shop,
    StoredAttachment,
    Ticket,
    TicketState,
)
from gateway.outbox.compose import Composer, compose
from gateway.outbox.outgoing import Outgoing, OutgoingAttachment
from gateway.render import LANGUAGES, Renderer
from gateway.store.tickets import OtherTicket
from gateway.tickets import canning
from gateway.tickets.desk import Desk
from gateway.tickets.opening import moment_in_words
from gateway.tickets.pictures import safe_images
from gateway.tickets.sheet import Circumstances, Sheet, sheet_values
from gateway.tokens import Keys
from scripts.pictures_words import ANSWER_HTML, ANSWER_TEXT, EARLIER, NOTE, OUR_ANSWER, QUESTION, SUBJECT, TITLE

AT = datetime(2026, 9, 16, 7, 40, tzinfo=UTC)
"""A Wednesday morning."""
SUPPORT = "support@kallisto.example"
REFERENCE = "T1-30K00-03RJ0-0XTXG-21Y83-SN6G0-PVJKK"
TICKET = "104217"
CUSTOMER = "maria@bakery.example"
TO_CUSTOMERS = (
    *("answer", "ask_shop", "closed", "confirm_request", "delayed", "feedback", "invite", "neutral", "receipt"),
    *("reopened", "solved", "waiting"),
)
DOUBTFUL = ("de", "fr")
"""In these languages the sample's author is not proven."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A mail as a mail program reads it."""

    subject: str
    text: str
    html: str
    pictures: dict[str, bytes]
    """By their Content-ID."""


@cache
def mail(template: str, language: str) -> Seen:
    """The sample of this mail in this language."""
    outgoing = _notification(language) if template == "notification" else _letter(template, language)
    composer = Composer(renderer=Renderer(), sender=Address(address=SUPPORT, name="Kallisto"))
    blobs = {sha256(screenshot()).hexdigest(): screenshot()}
    data = compose(composer, outgoing, outbox_id=1, created_at=AT, blobs=blobs).data
    return _seen(message_from_bytes(data, policy=default))  # type: ignore[arg-type]


def desk() -> Desk:
    """Who writes them."""
    return Desk(
        support_address=SUPPORT,
        name="Kallisto",
        reply_domain="reply.kallisto.example",
        login_url="https://www.kallisto.example/login",
        keys=Keys({0: bytes(32)}),
        hours=DeskHours(zone=ZoneInfo("Europe/Athens"), holidays=frozenset({date(2026, 9, 17)})),
        tells_hours=True,
        canned=load_library(),
    )


@cache
def screenshot() -> bytes:
    """A picture of a page with a red message on it, as PNG."""
    width, height = 760, 300
    rows = bytearray()
    for y in range(height):
        row = bytearray(b"\xff\xff\xff" * width)
        if y < 34:
            row[:] = b"\x33\x44\x66" * width
        elif 80 <= y < 150:
            row[3 * 60 : 3 * 700] = b"\xf6\xd5\xd5" * 640
        for top, left, right in ((96, 80, 420), (120, 80, 560), (180, 60, 500), (204, 60, 640), (228, 60, 380)):
            if top <= y < top + 10:
                row[3 * left : 3 * right] = (b"\xb0\x20\x20" if top < 150 else b"\xbb\xbb\xbb") * (right - left)
        rows += b"\0" + row
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def _notification(language: str) -> Outgoing:
    agent = Agent(name="Kim", address="kim@kallisto.example", languages=(language,))
    sheet = _sheet(language)
    return Outgoing(
        message_id="<1@reply.kallisto.example>",
        recipient=Address(address=agent.address, name=agent.name),
        mail_from="",
        template="notification",
        language=language,
        values=(
            *(("ticket", TICKET), ("desk", "Kallisto"), ("reference", REFERENCE)),
            *sheet_values(desk(), agent, sheet, AT),
        ),
        attachments=sheet.images,
    )


def _sheet(language: str) -> Sheet:
    picture = screenshot()
    attachments = (
        _attachment("screenshot.png", "image/png", picture),
        _attachment("prices.csv", "text/csv", b"article;price\n1;2.50\n"),
    )
    message = Message(
        author=Address(address=CUSTOMER, name="Maria"),
        subject=SUBJECT[language],
        text=QUESTION[language],
        reply=QUESTION[language],
        attachments=attachments,
    )
    files = tuple(_stored(each) for each in attachments)
    is_proven = language not in DOUBTFUL
    ticket = _ticket(language)
    return Sheet(
        ticket=ticket,
        message=message,
        circumstances=Circumstances(
            identity="the address is verified on account 4711; "
            + ("the signature of bakery.example is valid" if is_proven else "the mail is not signed"),
            grade="A3" if is_proven else "A1",
            standing="S2",
            strength="T3" if is_proven else "",
            account=_account(),
        ),
        earlier=_earlier(language),
        files=files,
        first_file=1,
        images=safe_images(message, files),
        tickets=(
            OtherTicket(
                id=103870, state=TicketState.SOLVED, subject=TITLE[language], opened_at=AT - timedelta(days=19)
            ),
            OtherTicket(
                id=99120, state=TicketState.CLOSED, subject=SUBJECT[language], opened_at=AT - timedelta(days=140)
            ),
        ),
        also_addressed="",
        canned=canning.suggested(desk(), ticket, message),
        agents={"kim@kallisto.example": "Kim", "lee@kallisto.example": "Lee"},
    )


def _account() -> Account:
    return Account(
        id="4711",
        name="Bakery",
        plan="Pro",
        phone="+44 20 7946 0000",
        notes="Prefers to be called in the afternoon.",
        shops=(Shop(id="1", domain="bakery.example"), Shop(id="2", domain="cake.example")),
        orders=(
            Order(number="2026-88", placed_at=AT - timedelta(days=30), status="paid", total="249.00 EUR"),
            Order(number="2025-12", placed_at=AT - timedelta(days=300), status="paid", total="99.00 EUR"),
        ),
    )


def _ticket(language: str) -> Ticket:
    return Ticket(
        id=int(TICKET),
        ref=7,
        state=TicketState.WAITING_FOR_US,
        subject=SUBJECT[language],
        correspondent=CUSTOMER,
        correspondent_name="Maria",
        confirmed=True,
        account_id="4711",
        shop_id="1" if language != "nl" else None,
        language=language,
        assignee=None if language in ("de", "nl") else "kim@kallisto.example",
        opened_at=AT - timedelta(days=1),
        updated_at=AT,
        closed_at=None,
        team="billing",
        topic="payments",
        priority=Priority.HIGH if language == "el" else Priority.NORMAL,
        waiting_since=AT,
        due_at=AT - timedelta(hours=1) if language == "fr" else AT + timedelta(hours=6),
    )


def _earlier(language: str) -> tuple[Article, ...]:
    written = (
        (ArticleKind.IN, CUSTOMER, EARLIER[language]),
        (ArticleKind.INTERNAL, "lee@kallisto.example", NOTE[language]),
        (ArticleKind.OUT, "kim@kallisto.example", OUR_ANSWER[language]),
    )
    return tuple(
        Article(
            id=number,
            ticket_id=int(TICKET),
            entry_id=None,
            kind=kind,
            at=AT - timedelta(hours=24 - number),
            author=author,
            author_name="",
            confirmed=True,
            message_id="",
            subject=SUBJECT[language],
            text=text,
            reply=text,
            defects=(),
        )
        for number, (kind, author, text) in enumerate(written)
    )


def _letter(template: str, language: str) -> Outgoing:
    opens = moment_in_words(
        next_opening(desk().hours, AT + timedelta(hours=12)).astimezone(desk().hours.zone), language
    )
    values = {
        "address": "m.baker@mail.example",
        "desk": "Kallisto",
        "login_url": desk().login_url,
        "many": "",
        "opens": opens,
        "reference": REFERENCE,
        "shop": "bakery.example",
        "shops": "1. bakery.example\n2. cake.example\n3. bread-and-butter-from-the-old-village.example",
        "silent": "yes",
        "specialist": "",
        "subject": SUBJECT[language],
        "text": "",
        "ticket": TICKET,
    }
    markdown, files = "", ()
    if template == "answer":
        values["text"] = ANSWER_TEXT[language]
        markdown = formatted(ANSWER_HTML[language], ANSWER_TEXT[language])
        files = (_inline(),)
    elif template == "receipt":
        values["text"], markdown = _offer(language)
    elif template == "invite":
        values["text"] = OUR_ANSWER[language]
    wanted = Renderer().placeholders(template, language)
    return Outgoing(
        message_id="<2@reply.kallisto.example>",
        recipient=Address(address=CUSTOMER),
        mail_from="",
        template=template,
        language=language,
        values=tuple((name, value) for name, value in values.items() if name in wanted),
        formatted=markdown,
        automatic=template != "answer",
        limited=template != "answer",
        attachments=files,
    )


def _offer(language: str) -> tuple[str, str]:
    found = desk().canned.offers(TITLE[language], language)
    return canning.offered_words(desk(), found, shop="bakery.example") if found else ("", "")


def _attachment(filename: str, kind: str, content: bytes) -> Attachment:
    return Attachment(
        filename=filename,
        content_type=kind,
        sha256=sha256(content).hexdigest(),
        content=content,
        found_type=kind,
    )


def _stored(attachment: Attachment) -> StoredAttachment:
    return StoredAttachment(
        sha256=attachment.sha256,
        filename=attachment.filename,
        content_type=attachment.content_type,
        size=attachment.size,
        inline=False,
        content_id="",
    )


def _inline() -> OutgoingAttachment:
    return OutgoingAttachment(
        sha256=sha256(screenshot()).hexdigest(), filename="where-to-click.png", content_type="image/png", inline=True
    )


def _seen(message: EmailMessage) -> Seen:
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    return Seen(
        subject=str(message["Subject"]),
        text=str(plain.get_content()).replace("\r\n", "\n"),
        html=str(html.get_content()).replace("\r\n", "\n"),
        pictures={str(part["Content-ID"])[1:-1]: part.get_content() for part in message.walk() if part["Content-ID"]},
    )


__all__ = ["LANGUAGES", "TO_CUSTOMERS", "Seen", "desk", "mail", "screenshot"]
