"""SQL for tickets that wait until a time that an agent said."""

from datetime import datetime

from sqlalchemy import select

from gateway.model import Ticket
from gateway.store.db import Tx
from gateway.store.schema.ticket import TicketRow
from gateway.store.tickets import ticket_by_id


def over(tx: Tx, now: datetime, *, limit: int) -> list[Ticket]:
    """Tickets whose time has come, the longest ago first."""
    ids = select(TicketRow.id).where(TicketRow.wait_until <= now).order_by(TicketRow.wait_until, TicketRow.id)
    found = (ticket_by_id(tx, ticket_id) for ticket_id in tx.execute(ids.limit(limit)).scalars().all())
    return [ticket for ticket in found if ticket]
