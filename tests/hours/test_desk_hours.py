"""When the desk works: around holidays, changes of the clock and zones that leave out a day."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.hours.desk_hours import (
    DeskHours,
    add_working,
    is_open,
    next_opening,
    with_week,
    working_between,
)
from gateway.hours.reading import read_week

ATHENS = DeskHours(
    zone=ZoneInfo("Europe/Athens"),
    week=read_week(["mon-fri 09:00-17:00"]),
    holidays=frozenset({date(2026, 10, 28)}),
)
HOUR = timedelta(hours=1)
ZONES = ("UTC", "Europe/Athens", "America/New_York", "America/Santiago", "Australia/Lord_Howe", "Asia/Kathmandu")
WEEKS = (
    ("mon-fri 09:00-17:00",),
    ("mon-sun 00:00-24:00",),
    ("sun 01:30-03:30",),
    ("mon-sun 02:00-02:45, 02:50-03:10",),
    ("fri-mon 22:00-24:00", "sat-tue 00:00-06:00"),
    ("wed 12:00-15:00",),
)
HOURS = st.builds(
    DeskHours,
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    week=st.sampled_from(WEEKS).map(read_week),
    holidays=st.frozensets(st.dates(date(2026, 3, 1), date(2026, 12, 31)), max_size=20),
)
MOMENTS = st.integers(0, 300 * 24 * 3600).map(
    lambda second: datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=second)
)
WORKING = st.integers(1, 20 * 60).map(lambda minutes: timedelta(minutes=minutes))


def athens(day: int, hour: int, minute: int = 0, month: int = 9) -> datetime:
    """By the clock on the wall."""
    return datetime(2026, month, day, hour, minute, tzinfo=ATHENS.zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("since", "working", "until"),
    [
        (athens(1, 9), 8 * HOUR, athens(1, 17)),
        (athens(1, 10), 8 * HOUR, athens(2, 10)),
        (athens(4, 16), 2 * HOUR, athens(7, 10)),  # over a weekend
        (athens(5, 12), HOUR, athens(7, 10)),  # from a Saturday
        (athens(27, 16, month=10), 2 * HOUR, athens(29, 10, month=10)),  # over a holiday
        (athens(23, 16, month=10), 2 * HOUR, athens(26, 10, month=10)),  # the clock is put back on the 25th
        (athens(1, 9), timedelta(0), athens(1, 9)),
    ],
)
def test_working_time_passes_only_while_the_desk_works(since: datetime, working: timedelta, until: datetime) -> None:
    """Not at night, at weekends or on holidays."""
    assert until == add_working(ATHENS, since, working)
    assert working == working_between(ATHENS, since, until)


def test_the_desk_opens_at_its_first_minute_and_is_closed_from_its_last_on() -> None:
    """The end of a span belongs to what comes after."""
    assert is_open(ATHENS, athens(1, 9))
    assert not is_open(ATHENS, athens(1, 17))
    assert not is_open(ATHENS, athens(28, 12, month=10))
    assert athens(7, 9) == next_opening(ATHENS, athens(4, 17))
    assert athens(1, 12) == next_opening(ATHENS, athens(1, 12))


def test_an_hour_that_the_clock_leaves_out_is_not_worked_and_one_that_comes_twice_is() -> None:
    """A desk that works round the clock has a day of 23 hours, and one of 25."""
    always = DeskHours(zone=ZoneInfo("Europe/Athens"), week=read_week(["mon-sun 00:00-24:00"]))

    def day(month: int, number: int) -> timedelta:
        begin = datetime(2026, month, number, tzinfo=always.zone)
        end = datetime(2026, month, number + 1, tzinfo=always.zone)
        return working_between(always, begin, end)

    assert [24 * HOUR, 23 * HOUR, 25 * HOUR] == [day(3, 28), day(3, 29), day(10, 25)]


def test_a_day_that_a_zone_leaves_out_is_not_worked_twice() -> None:
    """Samoa had no 30 December 2011."""
    samoa = DeskHours(zone=ZoneInfo("Pacific/Apia"))
    begin = datetime(2011, 12, 29, 0, tzinfo=samoa.zone)  # a Thursday

    assert 16 * HOUR >= working_between(samoa, begin, begin + timedelta(days=3))


def test_an_agent_without_hours_of_his_own_has_those_of_the_desk() -> None:
    """And one with them has the desk's holidays and time zone."""
    own = with_week(ATHENS, ("mon 09:00-13:00",))

    assert ATHENS == with_week(ATHENS, ())
    assert athens(7, 9) == next_opening(own, athens(1, 12))
    assert ATHENS.holidays == own.holidays


@settings(deadline=None)  # the machine may be busy
@given(hours=HOURS, since=MOMENTS, working=WORKING)
def test_what_is_added_has_passed(hours: DeskHours, since: datetime, working: timedelta) -> None:
    """Exactly so much working time lies in between, and the desk works up to the last moment of it."""
    until = add_working(hours, since, working)

    assert working == working_between(hours, since, until)
    assert is_open(hours, until - timedelta(microseconds=1))


@settings(deadline=None)  # the machine may be busy
@given(hours=HOURS, since=MOMENTS, first=WORKING, second=WORKING)
def test_two_steps_are_one(hours: DeskHours, since: datetime, first: timedelta, second: timedelta) -> None:
    """Working time can be added in pieces."""
    assert add_working(hours, since, first + second) == add_working(hours, add_working(hours, since, first), second)


@settings(deadline=None)  # the machine may be busy
@given(hours=HOURS, one=MOMENTS, other=MOMENTS, working=WORKING)
def test_who_begins_later_ends_no_earlier(hours: DeskHours, one: datetime, other: datetime, working: timedelta) -> None:
    """The order of moments stays."""
    assert add_working(hours, min(one, other), working) <= add_working(hours, max(one, other), working)
    assert working_between(hours, one, other) == -working_between(hours, other, one)


@settings(deadline=None)  # the machine may be busy
@given(hours=HOURS, at=MOMENTS)
def test_the_next_opening_is_open_and_nothing_before_it_is(hours: DeskHours, at: datetime) -> None:
    """It is now, or there is no working time until then."""
    opening = next_opening(hours, at)

    assert is_open(hours, opening)
    assert (opening == at) == is_open(hours, at)
    assert timedelta(0) == working_between(hours, at, opening)
