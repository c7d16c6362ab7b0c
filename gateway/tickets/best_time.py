"""When is a customer best called? Pure: when he writes, he sits at his desk.

His own clock is known from the Date fields of his mails alone. A field without an offset, or with that of UTC, may be a
server's: it counts only where no mail of his says more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

FIRST_HOUR = 8
LAST_HOUR = 20
"""Nobody is called before the one, or after the other, by his own clock."""
HOURS = 3
"""Of the time that is proposed."""
FEWEST = 3
"""Mails within it, below which nothing is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BestTime:
    """From one hour to another by the customer's own clock, and what that is worth."""

    begin: int
    end: int
    offset: str
    """His clock's, as in `+03:00`: that of his newest mail."""
    seen: int
    """Mails of his that came within it."""
    mails: int
    """Mails that were looked at."""


def best_time(dates: Sequence[datetime]) -> BestTime | None:
    """The hours in which most of these mails were written, newest first; None where they do not tell."""
    told = [date for date in dates if date.utcoffset()] or [date for date in dates if date.tzinfo]
    if not told:
        return None
    hours = [date.hour for date in told]
    begins = range(FIRST_HOUR, LAST_HOUR - HOURS + 1)
    begin = max(begins, key=lambda hour: (_within(hours, hour), -hour))
    seen = _within(hours, begin)
    if seen < FEWEST:
        return None
    return BestTime(begin=begin, end=begin + HOURS, offset=_offset(told[0]), seen=seen, mails=len(told))


def _within(hours: Sequence[int], begin: int) -> int:
    return sum(begin <= hour < begin + HOURS for hour in hours)


def _offset(date: datetime) -> str:
    plain = f"{date:%z}"
    return f"{plain[:3]}:{plain[3:5]}"
