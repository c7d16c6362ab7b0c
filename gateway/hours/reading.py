"""Working hours as people write them: `mon-fri 09:00-17:00`, `sat 10:00-13:00, 14:00-16:00`. Pure.

Raises ValueError with a sentence that says what would be right; the configuration shows it.
"""

import re
from collections.abc import Iterable

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Week = tuple[tuple[tuple[int, int], ...], ...]
"""For each day from Monday on, its spans in minutes since midnight, in order and apart from each other."""

_LINE = re.compile(r"(?P<days>[a-z]{3}(?:\s*[-,]\s*[a-z]{3})*)\s+(?P<times>\d.*)")
_TIMES = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
_RIGHT = 'write it as "mon-fri 09:00-17:00" or "sat 10:00-13:00, 14:00-16:00"'


def read_week(lines: Iterable[str]) -> Week:
    """The week that these lines describe together; it must have some working time."""
    week: list[list[tuple[int, int]]] = [[] for _ in DAYS]
    for line in lines:
        days, spans = _read_line(line)
        for day in days:
            week[day] += spans
    if not any(week):
        raise ValueError(f"there must be some working time: {_RIGHT}")
    return tuple(_joined(spans) for spans in week)


def _read_line(line: str) -> tuple[list[int], list[tuple[int, int]]]:
    found = _LINE.fullmatch(line.strip().lower())
    if found is None:
        raise ValueError(f'"{line}" are no working hours: {_RIGHT}')
    days = [day for part in found["days"].split(",") for day in _read_days(part.strip())]
    return days, [_read_times(part.strip()) for part in found["times"].split(",")]


def _read_days(text: str) -> list[int]:
    """`fri-mon` goes over the end of the week."""
    names = [name.strip() for name in text.split("-")]
    for name in names:
        if name not in DAYS:
            raise ValueError(f'"{name}" is no day: they are {", ".join(DAYS)}')
    if len(names) > 2:
        raise ValueError(f'"{text}" is no span of days: {_RIGHT}')
    first, last = DAYS.index(names[0]), DAYS.index(names[-1])
    return [(first + step) % 7 for step in range((last - first) % 7 + 1)]


def _read_times(text: str) -> tuple[int, int]:
    found = _TIMES.fullmatch(text)
    if found is None:
        raise ValueError(f'"{text}" is no span of time: {_RIGHT}')
    begin, end = (int(found[at]) * 60 + int(found[at + 1]) for at in (1, 3))
    if int(found[2]) > 59 or int(found[4]) > 59 or end > 24 * 60:
        raise ValueError(f'"{text}" is no time of day: the last one is 24:00')
    if end <= begin:
        raise ValueError(f'"{text}" ends before it begins: what goes on after midnight is two lines')
    return begin, end


def _joined(spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Spans that touch or overlap are one."""
    joined: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return tuple(joined)
