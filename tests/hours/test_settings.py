"""`[desk]` and `[[agents]] hours`: what is right becomes working hours, what is wrong is said."""

from datetime import date
from typing import Any

import pytest

from gateway.assemble import hours_of
from gateway.basis import agents_of
from gateway.config import parse
from gateway.errors import ConfigError
from gateway.hours.desk_hours import AnswerHours, DeskHours
from gateway.hours.reading import read_week

NEEDED = {"gateway": {"support_addresses": ["a@b.example"], "reply_domain": "r.example"}}
ALEX = {"name": "Alex", "address": "alex@b.example"}


def test_without_settings_the_desk_works_on_weekdays() -> None:
    """From nine to five, UTC; the values that other parts begin with are the same."""
    assert DeskHours() == hours_of(parse(dict(NEEDED), "x"))


def test_the_settings_become_hours() -> None:
    """Of the desk and of an agent."""
    desk = {
        "time_zone": "Europe/Athens",
        "hours": ["mon 09:00-12:00"],
        "holidays": ["2026-12-25", date(2026, 12, 26)],
        "answer_hours": {"urgent": 1.5},
    }
    config = parse(NEEDED | {"desk": desk, "agents": [ALEX | {"hours": ["tue 10:00-11:00"]}]}, "x")
    hours = hours_of(config)

    assert ("Europe/Athens", read_week(["mon 09:00-12:00"])) == (hours.zone.key, hours.week)
    assert frozenset({date(2026, 12, 25), date(2026, 12, 26)}) == hours.holidays
    assert AnswerHours(urgent=1.5) == hours.answer
    assert ("tue 10:00-11:00",) == agents_of(config)[0].hours


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"desk": {"time_zone": "Athens"}}, "desk.time_zone: must be a time zone of the IANA database"),
        ({"desk": {"time_zone": "Europe"}}, "desk.time_zone: must be a time zone of the IANA database"),
        ({"desk": {"time_zone": "../etc/passwd"}}, "desk.time_zone: must be a time zone of the IANA database"),
        ({"desk": {"hours": []}}, "desk.hours: "),
        ({"desk": {"hours": ["9-5"]}}, 'desk.hours: "9-5" are no working hours'),
        ({"desk": {"holidays": ["25 December"]}}, "desk.holidays.1: "),
        ({"desk": {"answer_hours": {"low": 0}}}, "desk.answer_hours.low: "),
        ({"agents": [ALEX | {"hours": ["mon"]}]}, 'agents.1.hours: "mon" are no working hours'),
    ],
)
def test_what_is_wrong_is_said(wrong: dict[str, Any], said: str) -> None:
    """With the key."""
    with pytest.raises(ConfigError) as raised:
        parse(NEEDED | wrong, "x")
    assert f"x: {said}" in str(raised.value)
