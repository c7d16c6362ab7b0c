"""Mails to the agent who begins something: what came of it, or why nothing did.

What came of it holds his own reply address for the ticket, so that he goes on with it by answering.
"""

from datetime import datetime

from gateway.mail.message import Address
from gateway.model import Agent, Ticket
from gateway.outbox.enqueue import enqueue
from gateway.outbox.outgoing import Outgoing
from gateway.store.db import Tx
from gateway.tickets.absences import Away
from gateway.tickets.desk import Desk
from gateway.tickets.notifications import language_of, send_to_agent
from gateway.tokens import Purpose

NO_TICKET = 0
"""Stands for a ticket in the Message-ID of a mail that is about none; it only tells our own mail from others."""


def send_unused(tx: Tx, desk: Desk, agent: Agent, *, problem: str, text: str, at: datetime) -> None:
    """To an agent who wrote to the desk itself: nothing was done, this is why, and this was his text."""
    outgoing = Outgoing(
        message_id=desk.message_id(Purpose.AUTOMATIC_MESSAGE_ID, ticket_ref=NO_TICKET, address=agent.address, at=at),
        recipient=Address(address=agent.address, name=agent.name),
        mail_from="",
        template="unused",
        language=language_of(desk, agent),
        values=(
            ("problem", problem),
            ("text", text),
            ("desk", desk.name),
            ("example", f"new+ann=shop.example@{desk.reply_domain}"),
            ("reference", desk.reference(ticket_ref=NO_TICKET, address=agent.address, at=at)),
        ),
    )
    enqueue(tx, outgoing, at)


def send_known(tx: Tx, desk: Desk, agent: Agent, ticket: Ticket, *, text: str, at: datetime) -> None:
    """To an agent: the mail that he forwarded is in this ticket already; `text` is what became a note in it."""
    values = (("customer", ticket.correspondent), ("text", text))
    send_to_agent(tx, desk, agent, ticket, template="known", values=values, at=at)


def send_handed_on(tx: Tx, desk: Desk, agent: Agent, ticket: Ticket, *, gone: Away, text: str, at: datetime) -> None:
    """To an agent: a colleague is away, and this ticket of his waits for you now; `text` is its newest mail."""
    values = (
        ("colleague", gone.agent.name),
        ("until", f"{gone.until:%Y-%m-%d}" if gone.until else ""),
        ("subject", ticket.subject),
        ("customer", ticket.correspondent),
        ("text", text),
    )
    send_to_agent(tx, desk, agent, ticket, template="handed_on", values=values, at=at)
