"""Working hours as people write them."""

import pytest

from gateway.hours.reading import read_week


def test_spans_of_one_day_are_put_together() -> None:
    """What touches or overlaps is one; `fri-mon` goes over the end of the week."""
    week = read_week(["fri-mon 9:00-12:00", "SAT,sun 11:00-13:00, 13:00-14:00", "wed 00:00-24:00"])

    day = ((540, 720),)
    long = ((540, 840),)
    assert (day, (), ((0, 1440),), (), day, long, long) == week


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("nine to five", "are no working hours"),
        ("mon-fri", "are no working hours"),
        ("mun 09:00-17:00", '"mun" is no day'),
        ("mon-wed-fri 09:00-17:00", "is no span of days"),
        ("mon 09:00", "is no span of time"),
        ("mon 09:00-25:00", "is no time of day"),
        ("mon 09:70-10:00", "is no time of day"),
        ("mon 22:00-06:00", "ends before it begins"),
    ],
)
def test_what_is_wrong_is_said(line: str, said: str) -> None:
    """In a sentence for whoever writes the configuration."""
    with pytest.raises(ValueError, match=said):
        read_week([line])


def test_a_week_without_working_time_is_refused() -> None:
    """No deadline could ever come."""
    with pytest.raises(ValueError, match="there must be some working time"):
        read_week([])
