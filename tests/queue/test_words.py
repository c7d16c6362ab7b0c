"""A ticket's place in words."""

from datetime import timedelta

import pytest

from gateway.hours.desk_hours import DeskHours
from gateway.model import Priority
from gateway.queue.order import Demand, order
from gateway.queue.words import due_in_words, span_in_words, why
from tests.queue.waiting import TUESDAY, waiting

HOURS = DeskHours()
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("minutes", "words"), [(0, "0 min"), (59, "59 min"), (60, "1 h"), (95, "1.5 h"), (615, "10 h"), (90_000, "1,500 h")]
)
def test_a_span_is_short(minutes: int, words: str) -> None:
    """Minutes, then hours."""
    assert words == span_in_words(minutes * MINUTE)


@pytest.mark.parametrize(("left", "words"), [(180, "in 1 h"), (20, "in 20 min"), (0, "now"), (-120, "2 h late")])
def test_a_deadline_is_told_in_working_time(left: int, words: str) -> None:
    """The two hours before the desk opened do not count."""
    due = TUESDAY + 60 * MINUTE

    assert words == due_in_words(HOURS, due, due - left * MINUTE)


def test_a_deadline_that_passed_in_the_evening_is_late_at_once() -> None:
    """Although no working time has passed."""
    due = TUESDAY + timedelta(hours=8)

    assert "0 min late" == due_in_words(HOURS, due, due + timedelta(hours=2))


def test_why_a_ticket_stands_where_it_stands() -> None:
    """A sentence for each kind of reason."""
    tickets = [
        waiting(1, account="rare", priority=Priority.HIGH),
        waiting(2, account="daily"),
        waiting(3, account="daily", since=TUESDAY + MINUTE),
        waiting(4, account=None),
        waiting(5, account="9", confirmed=False),
    ]
    placed = order(tickets, Demand(mails={"rare": 1, "daily": 15}), HOURS)

    assert {
        1: "high; asks rarely (1 mail in 28 days): 20 min back",
        2: "asks often (15 mails in 28 days): 5 h back",
        3: "asks often (15 mails in 28 days): 5 h back; another ticket of the account before it: 1 h back",
        4: "no proven customer: 16 h back",
        5: "no proven customer: 16 h back; 1 like it came just before: 15 min back",
    } == {one.ticket.id: why(one) for one in placed}
