"""The mails of a ticket to customers: who gets which, with what in it. Each is enqueued; nothing is sent from here.

To customers go fixed words, the agent's own text and nothing an outsider typed (I6): not even his subject, until an
agent answers. An answer is written anew from the agent's text alone, never forwarded (A-20).
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from gateway.mail.build import reply_subject
from gateway.mail.message import Address, Message
from gateway.model import Account, Shop, StoredAttachment, Ticket
from gateway.outbox.enqueue import enqueue, forbids
from gateway.outbox.outgoing import Outgoing, outgoing_attachment
from gateway.store import tickets as store
from gateway.store.db import Tx
from gateway.store.letters import LetterKind, finished, was_sent
from gateway.tickets import canning, undeliverable
from gateway.tickets.desk import Desk
from gateway.tickets.letters_once import send_once
from gateway.tickets.letters_parts import (
    about,
    customer_address,
    note_refusal,
    queue,
    reference,
    reply_to_mail,
    thread_of,
)
from gateway.tickets.letters_whom import obstacle
from gateway.tickets.opening import opens
from gateway.tokens import Purpose

MAX_SHOPS = 100
"""Shops in the list of a question; who has more writes the name."""


def send_receipt(
    tx: Tx, desk: Desk, ticket: Ticket, message: Message, *, shop: str, at: datetime, is_new: bool = False
) -> None:
    """To a proven customer: we have it, this is its number. `shop` is the domain, "" where it is not known.

    `is_new`: this mail opened the ticket, and nothing speaks against his address any more.
    """
    refusal = forbids(tx, recipient=ticket.correspondent, ticket_id=ticket.id, now=at, is_new=is_new)
    if refusal:
        note_refusal(tx, ticket, "receipt", refusal, at)
        return
    offers = canning.offers(desk, ticket, message)
    text, formatted = canning.offered_words(desk, offers, shop=shop)
    values = (
        *about(desk, ticket, at),
        ("shop", shop),
        ("opens", opens(desk, ticket.language, at)),
        ("text", text),
    )
    outgoing = reply_to_mail(
        desk,
        ticket,
        message,
        template="receipt",
        values=values,
        formatted=formatted,
        reply_to=customer_address(desk, ticket, at),
        at=at,
    )
    enqueue(tx, outgoing, at, is_allowed=True)
    canning.note_offered(tx, ticket, offers, at=at)


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
        *about(desk, ticket, at),
        ("shops", _numbered([shop for _, shop in candidates])),
        ("opens", opens(desk, ticket.language, at)),
    )
    reply_to = customer_address(desk, ticket, at)
    outgoing = reply_to_mail(desk, ticket, message, template="ask_shop", values=values, reply_to=reply_to, at=at)
    return queue(tx, ticket, outgoing, at)


def send_neutral(tx: Tx, desk: Desk, ticket: Ticket, message: Message, *, at: datetime) -> None:
    """To anybody else who is proven to have written: the same words for everyone, without a trace of a ticket.

    It leaves after a random delay, so that how long our answer took says nothing about what we found (threat model §4).
    """
    values = (("desk", desk.name), ("login_url", desk.login_url))
    outgoing = reply_to_mail(desk, ticket, message, template="neutral", values=values, at=at)
    queue(tx, ticket, outgoing, at, not_before=at + _delay(*desk.neutral_delay_seconds))


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
            ("reference", reference(desk, ticket, recipient, at)),
        ),
        reply_to=desk.reply_address(Purpose.CONFIRM, ticket_ref=ticket.ref, address=recipient, at=at),
        ticket_id=ticket.id,
        limited=True,
        unasked=True,
    )
    return queue(tx, ticket, outgoing, at, whom=f"to the owner of account {account.id}")


def send_reopened(tx: Tx, desk: Desk, ticket: Ticket, message: Message, *, at: datetime) -> None:
    """To a proven customer whose mail brought a closed ticket back, in place of a receipt.

    It is also sent where he answers an automatic mail of ours, as he does who writes below "your ticket is closed": a
    ticket comes back once for each time that somebody closes it, so no two machines can keep that up.
    """
    if obstacle(tx, ticket):
        return
    values = (*about(desk, ticket, at), ("opens", opens(desk, ticket.language, at)))
    reply_to = customer_address(desk, ticket, at)
    outgoing = reply_to_mail(desk, ticket, message, template="reopened", values=values, reply_to=reply_to, at=at)
    queue(tx, ticket, outgoing, at)


def send_solved(
    tx: Tx, desk: Desk, ticket: Ticket, *, at: datetime, silent: bool = False, not_before: datetime | None = None
) -> bool:
    """To the correspondent of a ticket that was just solved without words for him; `silent`: because he was.

    Once for each time that the ticket is finished; False where it is not sent, which the story explains.
    """
    values = (("silent", "yes" if silent else ""),)
    return send_once(
        tx, desk, ticket, LetterKind.SOLVED, about=finished(ticket), values=values, at=at, not_before=not_before
    )


def send_closed(tx: Tx, desk: Desk, ticket: Ticket, *, at: datetime, not_before: datetime | None = None) -> bool:
    """To the correspondent of a ticket that an agent just closed, if the operator wants that (`[desk] closing_mail`).

    Who heard already that it is solved hears nothing more.
    """
    if not desk.closing_mail or was_sent(tx, ticket.id, LetterKind.SOLVED, finished(ticket)):
        return False
    return send_once(tx, desk, ticket, LetterKind.CLOSED, about=finished(ticket), at=at, not_before=not_before)


def send_answer(
    tx: Tx,
    desk: Desk,
    ticket: Ticket,
    *,
    text: str,
    attachments: Sequence[StoredAttachment],
    message_id: str,
    formatted: str = "",
    at: datetime,
    not_before: datetime | None = None,
) -> None:
    """The agent's answer to the ticket's correspondent, in his own thread, from the support address.

    Where mail to him comes back, it is not sent, and the agents hear so. Until `not_before` it may be taken back.
    `formatted` is the same text as Markdown (`gateway.formatted`).
    """
    thread = thread_of(tx, ticket)
    outgoing = Outgoing(
        message_id=message_id,
        recipient=Address(address=ticket.correspondent, name=ticket.correspondent_name),
        mail_from=desk.reply_address(Purpose.BOUNCE, ticket_ref=ticket.ref, address=ticket.correspondent, at=at),
        template="answer",
        language=ticket.language,
        values=(*about(desk, ticket, at), ("text", text)),
        formatted=formatted,
        # The first mail of a conversation that an agent began answers nothing.
        subject=reply_subject(ticket.subject) if thread or not ticket.reported_by else ticket.subject,
        reply_to=customer_address(desk, ticket, at),
        in_reply_to=thread[-1] if thread else "",
        references=thread,
        attachments=tuple(outgoing_attachment(attachment) for attachment in attachments),
        automatic=False,
        ticket_id=ticket.id,
    )
    refusal = enqueue(tx, outgoing, at, not_before=not_before)
    if refusal:
        store.insert_event(tx, ticket.id, at=at, kind="not_sent", actor="", detail=f"answer: {refusal.why}")
        undeliverable.tell(tx, desk, ticket, outgoing, reason=refusal.why, at=at)


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
