"""The list of a day: what an agent's commands did, for those who do not want a mail for each."""

from collections.abc import Sequence
from datetime import datetime

from gateway.mail.message import Address
from gateway.model import Agent
from gateway.outbox.enqueue import enqueue
from gateway.outbox.outgoing import Outgoing
from gateway.store.db import Tx
from gateway.store.done_lines import DoneLine
from gateway.tickets.desk import Desk
from gateway.tickets.notifications import language_of
from gateway.tokens import Purpose

NO_TICKET = 0
"""The reference of its Message-ID: an answer to it is an answer to nothing, and it has no reply address."""


def send_done_list(tx: Tx, desk: Desk, agent: Agent, lines: Sequence[DoneLine], *, at: datetime) -> None:
    """To the agent, in the order in which he wrote them."""
    zone = desk.hours.zone
    shown = (f"{line.at.astimezone(zone):%H:%M} Ticket {line.ticket_id}: {line.text}" for line in lines)
    outgoing = Outgoing(
        message_id=desk.message_id(Purpose.AUTOMATIC_MESSAGE_ID, ticket_ref=NO_TICKET, address=agent.address, at=at),
        recipient=Address(address=agent.address, name=agent.name),
        mail_from="",
        template="done_digest",
        language=language_of(desk, agent),
        values=(
            ("desk", desk.name),
            ("day", f"{lines[-1].at.astimezone(zone):%Y-%m-%d}"),
            ("done", "\n\n".join(shown)),
        ),
    )
    enqueue(tx, outgoing, at)
