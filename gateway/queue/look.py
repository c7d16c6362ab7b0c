"""The queue as it stands: what waits for us and how much was asked lately, in the order of `queue.order`."""

from datetime import datetime, timedelta

from gateway.hours.desk_hours import DeskHours
from gateway.model import Ticket
from gateway.queue.order import MAILS_A_DAY, STRANGERS_DAYS, WINDOW_DAYS, Demand, Placed, order
from gateway.store import queue as store
from gateway.store.db import Tx


def look(tx: Tx, hours: DeskHours, at: datetime) -> list[Placed]:
    """All tickets that wait for us, the first to be answered first; reads only."""
    return order([ticket for ticket in store.waiting_tickets(tx) if not is_put_off(ticket, at)], demand(tx, at), hours)


def demand(tx: Tx, at: datetime) -> Demand:
    """How much was asked until now."""
    since = (at - timedelta(days=WINDOW_DAYS - 1)).date()
    return Demand(
        mails=store.mails_asked(tx, since, a_day=MAILS_A_DAY),
        strangers=store.strangers_before(tx, at - timedelta(days=STRANGERS_DAYS)),
    )


def is_put_off(ticket: Ticket, at: datetime) -> bool:
    """Did an agent say that it is to be looked at later?"""
    return ticket.wait_until is not None and ticket.wait_until > at
