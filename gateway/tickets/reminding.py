"""The mail to agents about a deadline: it is near, or it has passed."""

from collections.abc import Sequence
from datetime import datetime

from gateway.model import Agent, Ticket
from gateway.store.db import Tx
from gateway.tickets.desk import Desk
from gateway.tickets.notifications import send_to_agent


def send_deadline(
    tx: Tx, desk: Desk, agents: Sequence[Agent], ticket: Ticket, *, has_passed: bool, at: datetime
) -> None:
    """To each of these agents, with the time by the desk's own clock."""
    due = (ticket.due_at or at).astimezone(desk.hours.zone)
    values = (
        ("due", f"{due:%Y-%m-%d %H:%M}"),
        ("has_passed", "yes" if has_passed else ""),
        ("author", ticket.correspondent),
        ("subject", ticket.subject),
        ("is_taken", "yes" if ticket.assignee else ""),
    )
    for agent in agents:
        send_to_agent(tx, desk, agent, ticket, template="deadline", values=values, at=at)
