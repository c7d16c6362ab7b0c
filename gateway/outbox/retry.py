"""When is a mail that could not be handed on tried again? Pure: the same mail and try always give the same answer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

JITTER = 0.2
"""A pause is up to this part longer or shorter, so that what failed together does not come back together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Pauses double from `first` to `longest`; a mail that is `give_up_after` old is not tried again."""

    first: timedelta = timedelta(minutes=5)
    longest: timedelta = timedelta(hours=4)
    give_up_after: timedelta = timedelta(days=5)  # RFC 5321 §4.5.4.1: at least 4 to 5 days


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Again at `next_try_at`, or never where that is None; `why` in words."""

    next_try_at: datetime | None
    why: str


def decide(schedule: Schedule, *, row_id: int, tries: int, created_at: datetime, now: datetime) -> Decision:
    """What to do after the try with this number (from 1) ended in a temporary failure."""
    if now - created_at >= schedule.give_up_after:
        days = schedule.give_up_after / timedelta(days=1)
        return Decision(next_try_at=None, why=f"it was tried for {days:g} days, {tries} times")
    pause = schedule.longest
    if tries <= 30:  # 2**30 pauses are longer than any `longest`
        pause = min(pause, schedule.first * 2 ** max(0, tries - 1))
    pause *= 1 + JITTER * _jitter(row_id, tries)
    # The last try comes when the time is up, not up to four hours later.
    at = min(now + pause, max(now + timedelta(seconds=1), created_at + schedule.give_up_after))
    return Decision(next_try_at=at, why=f"it is tried again after {round(pause.total_seconds())} seconds")


def _jitter(row_id: int, tries: int) -> float:
    """From -1 to 1, spread evenly."""
    number = int.from_bytes(sha256(f"{row_id} {tries}".encode()).digest()[:4])
    return number / 0x7FFFFFFF - 1
