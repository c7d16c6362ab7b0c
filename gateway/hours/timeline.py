"""Working time as one line, for who compares many moments: each moment has its place on it. Pure but for its memory.

What must stay true: places agree with `desk_hours.working_between` and `add_working`; a test holds them together.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from gateway.hours.desk_hours import NO_TIME, DeskHours, open_spans


class Timeline:
    """The working time since a moment, looked up as far as it is asked for. Not for more than one thread."""

    def __init__(self, hours: DeskHours, since: datetime) -> None:
        self.since = since.astimezone(UTC)
        self._spans: Iterator[tuple[datetime, datetime]] = open_spans(hours, since)
        self._begins: list[datetime] = []
        self._ends: list[datetime] = []
        self._worked: list[timedelta] = []
        """Until the end of each span."""

    def place(self, at: datetime) -> timedelta:
        """How much working time has passed by then since the beginning; none before it."""
        if at <= self.since:
            return NO_TIME
        while not self._ends or self._ends[-1] < at:
            self._go_on()
        index = bisect_right(self._begins, at) - 1
        if index < 0:
            return NO_TIME
        return self._worked[index] - max(self._ends[index] - at, NO_TIME)

    def moment(self, place: timedelta) -> datetime:
        """The first moment by which so much working time has passed."""
        if place <= NO_TIME:
            return self.since
        while not self._worked or self._worked[-1] < place:
            self._go_on()
        index = bisect_left(self._worked, place)
        return self._ends[index] - (self._worked[index] - place)

    def _go_on(self) -> None:
        begin, end = next(self._spans)
        worked = self._worked[-1] if self._worked else NO_TIME
        self._begins.append(begin)
        self._ends.append(end)
        self._worked.append(worked + (end - begin))
