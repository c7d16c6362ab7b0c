"""The mails of a ticket to customers: who gets which, with what in it. Each is enqueued; nothing is sent from here.

To customers go fixed words, the agent's own text and nothing an outsider typed (I6): not even his subject, until an
agent answers. An answer is written anew from the agent's text alone, never forwarded (A-20).
"""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from gateway.mail.build import reply_subject
from gateway.mail.message import Address, Message
from gateway.model import Account, Shop, StoredAttachment, Ticket
from gateway.outbox.enqueue import enqueue
from gateway.outbox.outgoing import Outgoing, outgoing_attachment
from gateway.store import tickets as store
from gateway.store.db import Tx
from gateway.tickets import undeliverable
from gateway.tickets.desk import Desk
from gateway.tokens import Purpose

MAX_MESSAGE_ID = 250
"""A sender's Message-ID that is longer is not repeated in our mail (octets)."""
MAX_SHOPS = 100
"""Shops in the list of a question; who has more writes the name."""


def send_receipt(tx: Tx, desk: Desk, ticket: Ticket, message: Message, *, shop: str, at: datetime) -> None:
    """To a proven customer: we have it, this is its number. `shop` is the domain, "" where it is not known."""
    values = (
        ("ticket", str(ticket.id)),
        ("shop", shop),
        ("desk", desk.name),
        ("reference", _reference(desk, ticket, ticket.correspondent, at)),
    )
    outgoing = _automatic(desk, ticket, message, template="receipt", values=values, at=at)
    _enqueue(tx, ticket, replace(outgoing, reply_to=_customer_address(desk, ticket, at)), at)


def send_ask_shop(
    tx: Tx,
    desk: Desk,
    ticket: Ticket,
    message: Message,
    *,
    candidates: Sequence[tuple[Account, Shop]],
    at: datetime,
) -> bool:
    """To a proven customer with several shops: we have it, and which of your shops is it about? False where a limit
    forbids.

    The shops are numbered from 1 in the order of `candidates`, which must be the sender's own.
    """
    values = (
        ("ticket", str(ticket.id)),
        ("shops", _numbered([shop for _, shop in candidates])),
        ("desk", desk.name),
        ("reference", _reference(desk, ticket, ticket.correspondent, at)),
    )
    outgoing = _automatic(desk, ticket, message, template="ask_shop", values=values, at=at)
    return _enqueue(tx, ticket, replace(outgoing, reply_to=_customer_address(desk, ticket, at)), at)


def send_neutral(tx: Tx, desk: Desk, ticket: Ticket, message: Message, *, at: datetime) -> None:
    """To anybody else who is proven to have written: the same words for everyone, without a trace of a ticket.

    It leaves after a random delay, so that how long our answer took says nothing about what we found (threat model §4).
    """
    values = (("desk", desk.name), ("login_url", desk.login_url))
    outgoing = _automatic(desk, ticket, message, template="neutral", values=values, at=at)
    _enqueue(tx, ticket, outgoing, at, not_before=at + _delay(*desk.neutral_delay_seconds))


def send_confirmation_request(
    tx: Tx,
    desk: Desk,
    ticket: Ticket,
    *,
    account: Account,
    recipient: str,
    claimed_address: str,
    language: str,
    at: datetime,
) -> bool:
    """To a verified address of an account: somebody wrote to us in your name, was it you? False where a limit forbids.

    `claimed_address` is the one thing in it that an outsider chose. The answer comes to a `c1-` address that is bound
    to `recipient`.
    """
    outgoing = Outgoing(
        message_id=desk.message_id(Purpose.AUTOMATIC_MESSAGE_ID, ticket_ref=ticket.ref, address=recipient, at=at),
        recipient=Address(address=recipient),
        mail_from="",
        template="confirm_request",
        language=language,
        values=(
            ("address", _shown(claimed_address)),
            ("desk", desk.name),
            ("reference", _reference(desk, ticket, recipient, at)),
        ),
        reply_to=desk.reply_address(Purpose.CONFIRM, ticket_ref=ticket.ref, address=recipient, at=at),
        ticket_id=ticket.id,
        limited=True,
    )
    return _enqueue(tx, ticket, outgoing, at, whom=f"to the owner of account {account.id}")


def send_answer(
    tx: Tx,
    desk: Desk,
    ticket: Ticket,
    *,
    text: str,
    attachments: Sequence[StoredAttachment],
    message_id: str,
    at: datetime,
) -> None:
    """The agent's answer to the ticket's correspondent, in his own thread, from the support address.

    Where mail to him comes back, it is not sent, and the agents hear so.
    """
    thread = [each for each in store.thread_of(tx, ticket.id, ticket.correspondent, newest=20) if _repeatable(each)]
    outgoing = Outgoing(
        message_id=message_id,
        recipient=Address(address=ticket.correspondent, name=ticket.correspondent_name),
        mail_from=desk.reply_address(Purpose.BOUNCE, ticket_ref=ticket.ref, address=ticket.correspondent, at=at),
        template="answer",
        language=ticket.language,
        values=(
            ("ticket", str(ticket.id)),
            ("text", text),
            ("desk", desk.name),
            ("reference", _reference(desk, ticket, ticket.correspondent, at)),
        ),
        subject=reply_subject(ticket.subject),
        reply_to=_customer_address(desk, ticket, at),
        in_reply_to=thread[-1] if thread else "",
        references=tuple(thread),
        attachments=tuple(outgoing_attachment(attachment) for attachment in attachments),
        automatic=False,
        ticket_id=ticket.id,
    )
    refusal = enqueue(tx, outgoing, at)
    if refusal:
        store.insert_event(tx, ticket.id, at=at, kind="not_sent", actor="", detail=f"answer: {refusal.why}")
        undeliverable.tell(tx, desk, ticket, outgoing, reason=refusal.why, at=at)


def _automatic(
    desk: Desk, ticket: Ticket, message: Message, *, template: str, values: tuple[tuple[str, str], ...], at: datetime
) -> Outgoing:
    """A machine's answer to the mail; no reply address, which whoever wants one adds."""
    answered = _repeatable(message.message_id)
    return Outgoing(
        message_id=desk.message_id(
            Purpose.AUTOMATIC_MESSAGE_ID, ticket_ref=ticket.ref, address=ticket.correspondent, at=at
        ),
        recipient=Address(address=ticket.correspondent),
        mail_from="",
        template=template,
        language=ticket.language,
        values=values,
        in_reply_to=answered,
        references=(answered,) if answered else (),
        ticket_id=ticket.id,
        limited=True,
    )


def _enqueue(
    tx: Tx, ticket: Ticket, outgoing: Outgoing, at: datetime, *, not_before: datetime | None = None, whom: str = ""
) -> bool:
    refusal = enqueue(tx, outgoing, at, not_before=not_before)
    if refusal:
        what = f"{outgoing.template} {whom}".strip()
        store.insert_event(tx, ticket.id, at=at, kind="not_sent", actor="", detail=f"{what}: {refusal.why}")
    return refusal is None


def _delay(shortest: float, longest: float) -> timedelta:
    span = round((longest - shortest) * 1000)
    return timedelta(seconds=shortest, milliseconds=secrets.randbelow(span + 1))


def _numbered(shops: Sequence[Shop]) -> str:
    names = [shop.domain or shop.name or shop.id for shop in shops[:MAX_SHOPS]]
    return "\n".join(f"{number}. {name}" for number, name in enumerate(names, start=1))


def _shown(address: str) -> str:
    """The address, without a local part that could be read as a sentence or a link: an outsider chose it (A-24)."""
    local, _, domain = address.rpartition("@")
    is_plain = local.replace(".", "").replace("-", "").replace("_", "").replace("+", "").isalnum()
    return address if is_plain else f"…@{domain}"


def _customer_address(desk: Desk, ticket: Ticket, at: datetime) -> str:
    return desk.reply_address(Purpose.REPLY, ticket_ref=ticket.ref, address=ticket.correspondent, at=at)


def _reference(desk: Desk, ticket: Ticket, address: str, at: datetime) -> str:
    return desk.reference(ticket_ref=ticket.ref, address=address, at=at)


def _repeatable(message_id: str) -> str:
    return message_id if len(message_id.encode("utf-8", "surrogatepass")) <= MAX_MESSAGE_ID else ""
