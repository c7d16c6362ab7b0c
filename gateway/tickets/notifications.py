"""The mails of a ticket to agents: what came in, who wrote it as far as that is proven, and what went wrong.

Agents get everything, in their own language. All but the mail itself stands between the lines of `outbox.scrub`, so
that it can be taken out of an answer that quotes it (A-20).
"""

from collections.abc import Sequence
from datetime import datetime

from gateway.mail.message import Address, Message
from gateway.model import Agent, Article, ArticleKind, Ticket
from gateway.outbox.enqueue import enqueue
from gateway.outbox.outgoing import Outgoing, OutgoingAttachment
from gateway.store import tickets as store
from gateway.store.db import Tx
from gateway.store.files import first_number
from gateway.tickets import absences, overview
from gateway.tickets.canning import suggested
from gateway.tickets.desk import Desk
from gateway.tickets.pictures import safe_images
from gateway.tickets.sheet import Circumstances as Circumstances
from gateway.tickets.sheet import Sheet, sheet_values
from gateway.tickets.sheet import language_of as language_of
from gateway.tokens import Purpose

THREAD_ARTICLES = 5
"""Earlier articles in a notification."""


def send_notification(
    tx: Tx,
    desk: Desk,
    agents: Sequence[Agent],
    ticket: Ticket,
    article_id: int,
    message: Message,
    circumstances: Circumstances,
    *,
    at: datetime,
    is_first: bool = False,
) -> None:
    """To the agent who has the ticket, or to all where nobody has: the mail, who wrote it, what went before.

    `is_first`: the mail opened the ticket, so nothing did.
    """
    recipients = recipients_of(absences.present(tx, desk, agents, ticket, at), ticket)
    is_told = any("tickets" in overview.told_fields(desk, agent) for agent in recipients)
    files = tuple(store.attachments(tx, article_id)) if message.attachments else ()
    mail = Sheet(
        ticket=ticket,
        message=message,
        circumstances=circumstances,
        earlier=() if is_first else _earlier(tx, ticket, article_id),
        files=files,
        first_file=first_number(tx, ticket.id, article_id) if files and not is_first else 1,
        tickets=tuple(store.other_tickets(tx, ticket, limit=overview.LOOKED_AT)) if is_told else (),
        also_addressed=overview.also_addressed(desk, agents, ticket, message),
        canned=suggested(desk, ticket, message) if recipients else "",
        images=safe_images(message, files),
        agents={agent.address: agent.name for agent in agents},
    )
    for agent in recipients:
        send_to_agent(
            tx,
            desk,
            agent,
            ticket,
            template="notification",
            values=sheet_values(desk, agent, mail, at),
            attachments=mail.images,
            article_id=article_id,
            at=at,
        )


def _earlier(tx: Tx, ticket: Ticket, article_id: int) -> tuple[Article, ...]:
    articles = store.articles(tx, ticket.id, newest=THREAD_ARTICLES + 1)
    return tuple(each for each in articles if each.id != article_id and each.kind is not ArticleKind.WITHDRAWN)


def send_returned(tx: Tx, desk: Desk, agent: Agent, ticket: Ticket, *, problem: str, text: str, at: datetime) -> None:
    """To an agent: nothing was done, this is why, and this was your text."""
    values = (("problem", problem), ("text", text))
    send_to_agent(tx, desk, agent, ticket, template="returned", values=values, at=at)


def send_undeliverable(
    tx: Tx, desk: Desk, agents: Sequence[Agent], ticket: Ticket, *, recipient: str, reason: str, text: str, at: datetime
) -> None:
    """To the agents of a ticket: a mail of it did not arrive; `text` is what it said, where a person wrote it."""
    values = (("recipient", recipient), ("reason", reason), ("text", text))
    for agent in recipients_of(agents, ticket):
        send_to_agent(tx, desk, agent, ticket, template="undeliverable", values=values, at=at)


def send_filtered(tx: Tx, desk: Desk, agents: Sequence[Agent], ticket: Ticket, *, recipient: str, at: datetime) -> None:
    """To the agents of a ticket: a filter of the customer's keeps our mail back until somebody convinces it."""
    for agent in recipients_of(agents, ticket):
        send_to_agent(tx, desk, agent, ticket, template="filtered", values=(("recipient", recipient),), at=at)


def send_late_scan(tx: Tx, desk: Desk, agents: Sequence[Agent], ticket: Ticket, *, reason: str, at: datetime) -> None:
    """To the agents of a ticket: the spam engine, which gave no answer when a mail of it came, takes it for spam."""
    for agent in recipients_of(agents, ticket):
        send_to_agent(tx, desk, agent, ticket, template="late_scan", values=(("reason", reason),), at=at)


def send_late_virus(tx: Tx, desk: Desk, agents: Sequence[Agent], ticket: Ticket, *, reason: str, at: datetime) -> None:
    """To the agents of a ticket: a mail of it, which they have, holds a virus; the scanner gave no answer then."""
    for agent in recipients_of(agents, ticket):
        send_to_agent(tx, desk, agent, ticket, template="late_virus", values=(("reason", reason),), at=at)


def send_burst(tx: Tx, desk: Desk, agents: Sequence[Agent], ticket: Ticket, *, reason: str, at: datetime) -> None:
    """To the agents of the author's newest ticket: he writes so much that his new mail is held for now."""
    values = (("author", ticket.correspondent), ("reason", reason))
    for agent in recipients_of(agents, ticket):
        send_to_agent(tx, desk, agent, ticket, template="burst", values=values, at=at)


def send_to_agent(
    tx: Tx,
    desk: Desk,
    agent: Agent,
    ticket: Ticket,
    *,
    template: str,
    values: tuple[tuple[str, str], ...],
    at: datetime,
    attachments: tuple[OutgoingAttachment, ...] = (),
    article_id: int | None = None,
) -> None:
    """A mail to one agent, in his language and in his thread of the ticket; an answer to it comes on his own token."""
    root = f"<ticket-{ticket.id}@{desk.reply_domain}>"  # one thread a ticket in the agent's mail program
    outgoing = Outgoing(
        message_id=desk.message_id(Purpose.AUTOMATIC_MESSAGE_ID, ticket_ref=ticket.ref, address=agent.address, at=at),
        recipient=Address(address=agent.address, name=agent.name),
        mail_from="",
        template=template,
        language=language_of(desk, agent),
        values=(
            ("ticket", str(ticket.id)),
            ("desk", desk.name),
            ("reference", desk.reference(ticket_ref=ticket.ref, address=agent.address, at=at)),
            *values,
        ),
        reply_to=desk.reply_address(Purpose.AGENT, ticket_ref=ticket.ref, address=agent.address, at=at),
        in_reply_to=root,
        references=(root,),
        attachments=attachments,
        ticket_id=ticket.id,
        article_id=article_id,
    )
    enqueue(tx, outgoing, at)


def recipients_of(agents: Sequence[Agent], ticket: Ticket) -> Sequence[Agent]:
    """The agent who has the ticket; where nobody has, its team, and all of them where none of these is in it."""
    assigned = [agent for agent in agents if agent.address == ticket.assignee]
    team = [agent for agent in agents if ticket.team and ticket.team in agent.teams]
    return assigned or team or agents
