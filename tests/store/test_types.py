"""How values are kept that a database has no type of its own for."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.dialects import sqlite

from gateway.store.types import UtcTime

ATHENS = ZoneInfo("Europe/Athens")
KEPT = UtcTime()
DIALECT = sqlite.dialect()  # type: ignore[no-untyped-call]


def test_a_time_that_comes_twice_is_kept_as_the_one_that_it_is() -> None:
    """At the end of summer time; in their own zone the two are equal to Python."""
    first = datetime(2026, 10, 25, 3, 30, tzinfo=ATHENS)
    second = first.replace(fold=1)
    kept = [KEPT.process_bind_param(each, DIALECT) for each in (first, second)]

    assert [first.astimezone(UTC), second.astimezone(UTC)] == [
        KEPT.process_result_value(each, DIALECT) for each in kept
    ]


def test_a_time_of_no_zone_is_refused() -> None:
    """Nobody knows which moment it is."""
    with pytest.raises(TypeError):
        KEPT.process_bind_param(datetime(2026, 1, 1), DIALECT)  # noqa: DTZ001  that is what is asked
