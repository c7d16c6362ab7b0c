"""The line of working time says the same as counting does."""

from datetime import datetime, timedelta

from hypothesis import given, settings

from gateway.hours.desk_hours import DeskHours, add_working, working_between
from gateway.hours.timeline import Timeline
from tests.hours.test_desk_hours import HOURS, MOMENTS, WORKING


@settings(deadline=None)  # the machine may be busy
@given(hours=HOURS, since=MOMENTS, at=MOMENTS, working=WORKING)
def test_places_and_moments_agree_with_counting(
    hours: DeskHours, since: datetime, at: datetime, working: timedelta
) -> None:
    """Whatever was asked before."""
    line = Timeline(hours, since)

    assert max(working_between(hours, since, at), timedelta(0)) == line.place(at)
    assert add_working(hours, since, working) == line.moment(working)
    assert working == line.place(line.moment(working))
    assert line.place(at) == Timeline(hours, since).place(at)
