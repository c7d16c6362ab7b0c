"""What the mails to customers share: their way into the outbox, where answers to them go, and what stands in them."""

from datetime import datetime

from gateway.mail.message import Address, Message
from gateway.model import Ticket
from gateway.outbox.enqueue import enqueue
from gateway.outbox.limits import Refusal
from gateway.outbox.outgoing import Outgoing
from gateway.store import tickets as store
from gateway.store.db import Tx
from gateway.tickets.desk import Desk
from gateway.tokens import Purpose

MAX_MESSAGE_ID = 250
"""A sender's Message-ID that is longer is not repeated in our mail (octets)."""
THREAD = 20
"""The newest mails of a ticket that a mail in it refers to."""

Values = tuple[tuple[str, str], ...]


def reply_to_mail(
    desk: Desk,
    ticket: Ticket,
    message: Message,
    *,
    template: str,
    values: Values,
    formatted: str = "",
    reply_to: str = "",
    at: datetime,
) -> Outgoing:
    """A machine's answer to the mail; it has a reply address where that is given."""
    answered = repeatable(message.message_id)
    return Outgoing(
        message_id=desk.message_id(
            Purpose.AUTOMATIC_MESSAGE_ID, ticket_ref=ticket.ref, address=ticket.correspondent, at=at
        ),
        recipient=Address(address=ticket.correspondent),
        mail_from="",
        template=template,
        language=ticket.language,
        values=values,
        formatted=formatted,
        reply_to=reply_to,
        in_reply_to=answered,
        references=(answered,) if answered else (),
        ticket_id=ticket.id,
        limited=True,
    )


def word_about_ticket(
    tx: Tx, desk: Desk, ticket: Ticket, *, template: str, values: Values = (), at: datetime
) -> Outgoing:
    """A machine's mail to the correspondent that answers none of his, in his thread; he answers it by Reply."""
    thread = thread_of(tx, ticket)
    return Outgoing(
        message_id=desk.message_id(
            Purpose.AUTOMATIC_MESSAGE_ID, ticket_ref=ticket.ref, address=ticket.correspondent, at=at
        ),
        recipient=Address(address=ticket.correspondent),
        mail_from="",
        template=template,
        language=ticket.language,
        values=(*about(desk, ticket, at), *values),
        reply_to=customer_address(desk, ticket, at),
        in_reply_to=thread[-1] if thread else "",
        references=thread,
        ticket_id=ticket.id,
        limited=True,
        unasked=True,
    )


def about(desk: Desk, ticket: Ticket, at: datetime) -> Values:
    """What every mail about a ticket says: its number, who we are, its reference."""
    return (
        ("ticket", str(ticket.id)),
        ("desk", desk.name),
        ("reference", reference(desk, ticket, ticket.correspondent, at)),
    )


def queue(
    tx: Tx, ticket: Ticket, outgoing: Outgoing, at: datetime, *, not_before: datetime | None = None, whom: str = ""
) -> bool:
    """Into the outbox; False where a limit or his mailbox stands against it, which the ticket's story then tells."""
    refusal = enqueue(tx, outgoing, at, not_before=not_before)
    if refusal:
        note_refusal(tx, ticket, f"{outgoing.template} {whom}".strip(), refusal, at)
    return refusal is None


def note_refusal(tx: Tx, ticket: Ticket, what: str, refusal: Refusal, at: datetime) -> None:
    """A line in the ticket's story: this mail was not sent, and why."""
    store.insert_event(tx, ticket.id, at=at, kind="not_sent", actor="", detail=f"{what}: {refusal.why}")


def thread_of(tx: Tx, ticket: Ticket) -> tuple[str, ...]:
    """The message ids of the last mails between the correspondent and us that may be repeated, oldest first."""
    found = store.thread_of(tx, ticket.id, ticket.correspondent, newest=THREAD)
    return tuple(each for each in found if repeatable(each))


def customer_address(desk: Desk, ticket: Ticket, at: datetime) -> str:
    """Where the correspondent's answer goes."""
    return desk.reply_address(Purpose.REPLY, ticket_ref=ticket.ref, address=ticket.correspondent, at=at)


def reference(desk: Desk, ticket: Ticket, address: str, at: datetime) -> str:
    """The line at the foot of the mail."""
    return desk.reference(ticket_ref=ticket.ref, address=address, at=at)


def repeatable(message_id: str) -> str:
    """The message id, "" where it is too long."""
    return message_id if len(message_id.encode("utf-8", "surrogatepass")) <= MAX_MESSAGE_ID else ""
