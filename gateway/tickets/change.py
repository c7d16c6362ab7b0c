"""What can happen to a ticket, each with its line in the ticket's story. The only writer of tickets."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gateway.hours.deadline import due_at, waiting_since
from gateway.hours.desk_hours import DeskHours
from gateway.mail.message import Attachment, Message
from gateway.model import ArticleKind, Priority, StoredAttachment, Ticket
from gateway.store import tickets as store
from gateway.store.db import Tx
from gateway.tickets.state import FINISHED, WAITING, Happening, is_reopening, next_state
from gateway.tokens import canonical_address

NO_SUBJECT = "(no subject)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whom a new ticket belongs to, as far as that is proven."""

    confirmed: bool
    account_id: str | None = None
    shop_id: str | None = None
    language: str = "en"
    topic: str = ""
    team: str = ""
    reported_by: str = ""


def open_ticket(tx: Tx, message: Message, *, owner: Owner, hours: DeskHours, why: str, at: datetime) -> Ticket:
    """Open a ticket for what a correspondent wrote; its first article is added apart."""
    author = message.author
    ticket = store.insert_ticket(
        tx,
        ref=_free_ref(tx),
        subject=message.subject or NO_SUBJECT,
        correspondent=canonical_address(author.address) if author else "",
        correspondent_name=author.name if author else "",
        confirmed=owner.confirmed,
        account_id=owner.account_id,
        shop_id=owner.shop_id,
        language=owner.language,
        topic=owner.topic,
        team=owner.team,
        reported_by=owner.reported_by,
        due_at=due_at(hours, Priority.NORMAL, at),
        at=at,
    )
    store.insert_event(tx, ticket.id, at=at, kind="opened", actor=ticket.correspondent, detail=why)
    return ticket


def add_mail(
    tx: Tx, ticket: Ticket, message: Message, *, kind: ArticleKind, entry_id: str | None, confirmed: bool, at: datetime
) -> int:
    """Add a mail that came in, with its files, and let its message ids lead here; the article's id."""
    author = message.author
    article_id = store.insert_article(
        tx,
        ticket_id=ticket.id,
        entry_id=entry_id,
        kind=kind,
        at=at,
        author=author.address if author else "",
        author_name=author.name if author else "",
        confirmed=confirmed,
        message_id=message.message_id,
        subject=message.subject,
        text=message.text,
        reply=message.reply,
        defects=message.defects + ((message.unparsed,) if message.unparsed else ()),
    )
    keep_files(tx, message.attachments)
    for attachment in message.attachments:
        store.insert_attachment(
            tx,
            article_id,
            StoredAttachment(
                sha256=attachment.sha256,
                filename=attachment.filename,
                content_type=attachment.content_type,
                size=attachment.size,
                inline=attachment.inline,
                content_id=attachment.content_id,
            ),
        )
    store.insert_thread(tx, ticket.id, seen=(message.message_id,), referred=(*message.in_reply_to, *message.references))
    return article_id


def keep_files(tx: Tx, attachments: Sequence[Attachment]) -> None:
    """Keep the bytes of files, in one order everywhere: two mails with the same files would wait for each other."""
    for attachment in sorted(attachments, key=lambda attachment: attachment.sha256):
        store.insert_blob(tx, attachment.sha256, attachment.content)


def add_text(
    tx: Tx,
    ticket: Ticket,
    *,
    kind: ArticleKind,
    author: str,
    author_name: str,
    text: str,
    at: datetime,
    message_id: str = "",
    entry_id: str | None = None,
) -> int:
    """Add an answer or a note of the desk; the article's id."""
    article_id = store.insert_article(
        tx,
        ticket_id=ticket.id,
        entry_id=entry_id,
        kind=kind,
        at=at,
        author=author,
        author_name=author_name,
        confirmed=True,
        message_id=message_id,
        subject=ticket.subject,
        text=text,
        reply=text,
    )
    store.insert_thread(tx, ticket.id, seen=(message_id,), referred=())
    return article_id


def move(
    tx: Tx, ticket: Ticket, happening: Happening, *, actor: str, at: datetime, hours: DeskHours | None = None
) -> Ticket:
    """Let something happen to the ticket: its state follows the table of arrows.

    What makes it wait for us again needs the desk's `hours`, for its deadline; a customer who is impatient does not
    move one that it has.
    """
    ticket = store.locked_ticket(tx, ticket)
    state = next_state(ticket.state, happening)
    closed_at = (ticket.closed_at or at) if state in FINISHED else None
    moved = _with_deadline(replace(ticket, state=state, closed_at=closed_at, updated_at=at), hours, at)
    store.update_ticket(tx, moved)
    if is_reopening(ticket.state, happening):
        note(tx, moved, kind="reopened", actor=actor, detail=f"was {ticket.state}, is {state} again", at=at)
    elif state is not ticket.state:
        note(tx, moved, kind="state", actor=actor, detail=f"from {ticket.state} to {state}", at=at)
    return moved


def assign(tx: Tx, ticket: Ticket, address: str, *, actor: str, at: datetime) -> Ticket:
    """Give the ticket to an agent."""
    ticket = store.locked_ticket(tx, ticket)
    if ticket.assignee == address:
        return ticket
    assigned = replace(ticket, assignee=address, updated_at=at)
    store.update_ticket(tx, assigned)
    note(tx, assigned, kind="assigned", actor=actor, detail=f"to {address}", at=at)
    return move(tx, assigned, Happening.AGENT_TOOK, actor=actor, at=at)


def amend(tx: Tx, ticket: Ticket, *, kind: str, actor: str, detail: str, at: datetime, **fields: Any) -> Ticket:
    """Change fields of the ticket (`topic=…`, `priority=…`) and write why into its story."""
    amended = replace(store.locked_ticket(tx, ticket), updated_at=at, **fields)
    store.update_ticket(tx, amended)
    note(tx, amended, kind=kind, actor=actor, detail=detail, at=at)
    return amended


def prioritise(tx: Tx, ticket: Ticket, priority: Priority, *, hours: DeskHours, actor: str, at: datetime) -> Ticket:
    """Say how pressing the ticket is; its deadline is counted anew from when it began to wait."""
    ticket = store.locked_ticket(tx, ticket)
    due = due_at(hours, priority, waiting_since(ticket)) if ticket.state in WAITING else None
    detail = f"from {ticket.priority} to {priority}"
    return amend(tx, ticket, kind="priority", actor=actor, detail=detail, at=at, priority=priority, due_at=due)


def _with_deadline(ticket: Ticket, hours: DeskHours | None, at: datetime) -> Ticket:
    if ticket.state not in WAITING:
        return replace(ticket, waiting_since=None, due_at=None)
    if ticket.waiting_since is not None:
        return ticket
    assert hours is not None, "what makes a ticket wait for us needs the hours of the desk, for its deadline"
    return replace(ticket, waiting_since=at, due_at=due_at(hours, ticket.priority, at))


def note(tx: Tx, ticket: Ticket, *, kind: str, actor: str, detail: str, at: datetime) -> None:
    """Add a line to the ticket's story."""
    store.insert_event(tx, ticket.id, at=at, kind=kind, actor=actor, detail=detail)


def _free_ref(tx: Tx) -> int:
    # 30 random bits: with a million tickets, one try in a thousand meets a taken one.
    while True:
        ref = secrets.randbits(30)
        if store.is_ref_free(tx, ref):
            return ref
