"""By when is a ticket to be answered, and how near is that?"""

from datetime import UTC, datetime

import pytest

from gateway.hours.deadline import Nearness, deadline_of, due_at, nearness
from gateway.hours.desk_hours import AnswerHours, DeskHours
from gateway.model import Priority
from tests.queue.waiting import waiting

HOURS = DeskHours(answer=AnswerHours(urgent=1, high=4, normal=8, low=24))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """In the first week of September 2026; the first is a Tuesday."""
    return datetime(2026, 9, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("priority", "due"),
    [
        (Priority.URGENT, at(1, 11)),
        (Priority.HIGH, at(1, 14)),
        (Priority.NORMAL, at(2, 10)),
        (Priority.LOW, at(4, 10)),
    ],
)
def test_each_priority_has_its_own_working_hours(priority: Priority, due: datetime) -> None:
    """Counted from when the ticket began to wait."""
    assert due == due_at(HOURS, priority, at(1, 10))


@pytest.mark.parametrize(
    ("now", "found"),
    [
        (at(1, 15, 59), Nearness.FAR),
        (at(1, 16), Nearness.NEAR),
        (at(2, 9, 59), Nearness.NEAR),
        (at(2, 10), Nearness.PASSED),
    ],
)
def test_a_deadline_is_near_when_a_quarter_of_its_time_is_left(now: datetime, found: Nearness) -> None:
    """Of eight working hours, the last two."""
    assert found is nearness(HOURS, waiting(1, since=at(1, 10), hours=HOURS), now)


def test_a_ticket_without_a_deadline_has_the_one_of_its_priority() -> None:
    """One that an older version opened."""
    assert at(2, 10) == deadline_of(HOURS, waiting(1, since=at(1, 10), hours=None))
