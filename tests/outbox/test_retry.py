"""When a mail is tried again."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway.outbox.retry import JITTER, Decision, Schedule, decide

NOW = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
SCHEDULE = Schedule()


def decision(tries: int, row_id: int = 1, age: timedelta = timedelta()) -> Decision:
    """After that many tries, of a mail of that age."""
    return decide(SCHEDULE, row_id=row_id, tries=tries, created_at=NOW - age, now=NOW)


def pause(tries: int, row_id: int = 1) -> timedelta:
    """Until the next try."""
    next_try_at = decision(tries, row_id).next_try_at
    assert next_try_at is not None
    return next_try_at - NOW


@given(st.integers(1, 10_000), st.integers(1, 1_000_000))
def test_pauses_double_from_five_minutes_to_four_hours(tries: int, row_id: int) -> None:
    """Give or take a fifth."""
    expected = min(timedelta(minutes=5) * 2 ** min(tries - 1, 20), timedelta(hours=4))

    assert expected * (1 - JITTER) <= pause(tries, row_id) <= expected * (1 + JITTER)


def test_pauses_of_many_mails_are_spread() -> None:
    """What failed together does not come back together, and the same mail always waits the same time."""
    pauses = [pause(1, row_id) for row_id in range(200)]

    assert pauses == [pause(1, row_id) for row_id in range(200)]
    assert 190 < len(set(pauses))
    assert min(pauses) < timedelta(minutes=4, seconds=15)
    assert max(pauses) > timedelta(minutes=5, seconds=45)


def test_a_mail_is_given_up_after_five_days() -> None:
    """Not before, with one last try when the time is up, and with the reason in words."""
    late = decision(30, age=timedelta(days=5) - timedelta(minutes=10))
    too_late = decision(31, age=timedelta(days=5))

    assert NOW + timedelta(minutes=10) == late.next_try_at
    assert None is too_late.next_try_at
    assert "it was tried for 5 days, 31 times" == too_late.why
