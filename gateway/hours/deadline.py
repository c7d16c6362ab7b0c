"""By when does the desk want to have answered, and how near is that? Pure."""

from datetime import datetime, timedelta
from enum import StrEnum

from gateway.hours.desk_hours import DeskHours, add_working
from gateway.model import Priority, Ticket

NEAR = 0.25
"""A deadline is near when this part of its time is left."""


class Nearness(StrEnum):
    """How near a deadline is."""

    FAR = "far"
    NEAR = "near"
    PASSED = "passed"


def due_at(hours: DeskHours, priority: Priority, since: datetime) -> datetime:
    """When a ticket that waits for us since then is to be answered: so many working hours later."""
    return add_working(hours, since, hours.answer.of(priority))


def deadline_of(hours: DeskHours, ticket: Ticket) -> datetime:
    """The deadline of a ticket that waits for us."""
    return ticket.due_at or due_at(hours, ticket.priority, waiting_since(ticket))


def waiting_since(ticket: Ticket) -> datetime:
    """Since when a ticket waits for us."""
    return ticket.waiting_since or ticket.opened_at


def nearness(hours: DeskHours, ticket: Ticket, at: datetime) -> Nearness:
    """Of a ticket that waits for us; a deadline that is now has passed."""
    if at >= deadline_of(hours, ticket):
        return Nearness.PASSED
    given = hours.answer.of(ticket.priority)
    near_from = add_working(hours, waiting_since(ticket), timedelta(seconds=given.total_seconds() * (1 - NEAR)))
    return Nearness.NEAR if at >= near_from else Nearness.FAR
