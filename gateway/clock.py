"""What time is it? The one place that asks, so that `--now` and tests can answer instead.

Wall-clock time (`now`) is for what people see and for what must survive a restart; `monotonic` seconds are for
durations inside one process, which a clock that is set back must not stretch.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The time of day, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never goes back."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The time of day, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never goes back."""
        return time.monotonic()


@dataclass(slots=True)
class FixedClock:
    """A clock that stands still until it is moved: for `--now` and for tests."""

    at: datetime
    seconds: float = 0.0

    def now(self) -> datetime:
        """The time it was given, in UTC."""
        return self.at.astimezone(UTC)

    def monotonic(self) -> float:
        """The seconds it was given."""
        return self.seconds
