"""Tickets that wait, as values."""

from datetime import UTC, datetime

from gateway.hours.deadline import due_at
from gateway.hours.desk_hours import DeskHours
from gateway.model import Priority, Ticket, TicketState

TUESDAY = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)


def waiting(
    number: int,
    *,
    since: datetime = TUESDAY,
    account: str | None = "7",
    hours: DeskHours | None = DeskHours(),  # noqa: B008  # a value
    priority: Priority = Priority.NORMAL,
    confirmed: bool = True,
    assignee: str | None = None,
    team: str = "",
    language: str = "en",
) -> Ticket:
    """A ticket that waits for us since then; without `hours` its deadline was never set."""
    return Ticket(
        id=number,
        ref=number,
        state=TicketState.NEW,
        subject="Payment fails",
        correspondent=f"c{number}@bread.test",
        correspondent_name="",
        confirmed=confirmed,
        account_id=account,
        shop_id=None,
        language=language,
        assignee=assignee,
        opened_at=since,
        updated_at=since,
        closed_at=None,
        team=team,
        priority=priority,
        waiting_since=since,
        due_at=due_at(hours, priority, since) if hours else None,
    )
