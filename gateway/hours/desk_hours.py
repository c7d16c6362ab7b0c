"""When does the desk work, and when have so many working hours passed? Pure.

What must stay true: working time is counted in real seconds between moments (UTC), so that a clock that is put forward
or back neither adds nor takes any that was not worked; a week always has some working time, so every question has an
answer.

BUGS: a span that lies in the hour that a clock change leaves out is worked an hour later by the clock on the wall.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from gateway.hours.reading import Week, read_week
from gateway.model import Priority

DAY = timedelta(days=1)
NO_TIME = timedelta(0)
STANDARD_ZONE = ZoneInfo("UTC")
STANDARD_WEEK = read_week(["mon-fri 09:00-17:00"])


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerHours:
    """Within how many working hours the desk wants to have answered."""

    urgent: float = 2
    high: float = 4
    normal: float = 8
    low: float = 24

    def of(self, priority: Priority) -> timedelta:
        """Of a ticket of this priority."""
        return timedelta(hours=float(getattr(self, priority.value)))


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskHours:
    """When the desk works: its week by the clock on the wall of its time zone, but for its holidays."""

    zone: ZoneInfo = STANDARD_ZONE
    week: Week = STANDARD_WEEK
    holidays: frozenset[date] = frozenset()
    answer: AnswerHours = AnswerHours()


def with_week(hours: DeskHours, week: tuple[str, ...]) -> DeskHours:
    """The hours of somebody who has his own week at the same desk; of who has none, the desk's."""
    return replace(hours, week=read_week(week)) if week else hours


def is_open(hours: DeskHours, at: datetime) -> bool:
    """Does the desk work at this moment? The last minute of a span ends before it."""
    return next(open_spans(hours, at))[0] <= at


def next_opening(hours: DeskHours, at: datetime) -> datetime:
    """The first moment from then on at which the desk works: `at` itself where it does."""
    return next(open_spans(hours, at))[0]


def add_working(hours: DeskHours, at: datetime, working: timedelta) -> datetime:
    """The first moment by which so much working time has passed since `at`; `at` itself for none."""
    left = working
    if left <= NO_TIME:
        return at
    for begin, end in open_spans(hours, at):
        if end - begin >= left:
            return begin + left
        left -= end - begin
    raise AssertionError("a week always has some working time")


def working_between(hours: DeskHours, since: datetime, until: datetime) -> timedelta:
    """How much working time lies between two moments; less than none where the second is the earlier one."""
    if until < since:
        return -working_between(hours, until, since)
    found = NO_TIME
    for begin, end in open_spans(hours, since):
        if begin >= until:
            break
        found += min(end, until) - begin
    return found


def open_spans(hours: DeskHours, since: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The working spans from a moment on, in UTC, without an end; the first begins at `since` where it lies in one."""
    since = since.astimezone(UTC)
    day, reached = since.astimezone(hours.zone).date() - DAY, since
    while True:
        for begin, end in _spans_of(hours, day):
            # A day that a zone leaves out (Samoa, 30 December 2011) has the same moments as the next one.
            begin = max(begin, reached)
            if begin < end:
                yield begin, end
                reached = end
        day += DAY


def _spans_of(hours: DeskHours, day: date) -> tuple[tuple[datetime, datetime], ...]:
    return () if day in hours.holidays else _spans_of_day(hours.zone, day, hours.week[day.weekday()])


@lru_cache(1000)  # a deadline is counted for every mail, and through the same few days
def _spans_of_day(
    zone: ZoneInfo, day: date, clock_times: tuple[tuple[int, int], ...]
) -> tuple[tuple[datetime, datetime], ...]:
    spans = [(_moment(zone, day, begin), _moment(zone, day, end)) for begin, end in clock_times]
    return tuple(sorted(spans))  # in the hour that is left out the later one may come first


def _moment(zone: ZoneInfo, day: date, minutes: int) -> datetime:
    """Of a time that comes twice, the first one; a time that is left out is as far after the change as after the hour.

    Midnight at the end of a day is that at the beginning of the next, so that nothing is between them.
    """
    whole_days, minute_of_day = divmod(minutes, 24 * 60)
    at = datetime.combine(day + whole_days * DAY, time(*divmod(minute_of_day, 60)), tzinfo=zone)
    return at.astimezone(UTC)
