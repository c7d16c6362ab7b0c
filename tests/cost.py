"""What a piece of work costs: processor time, compared with other work on the same machine at the same moment.

No test fails because the machine is slow or busy: the time of other programs is not counted, the best of several tries
counts, and where the machine is slower than the one the limits were written on, every limit is as much wider.
What is repeated must not remember its answer (a cache would make the second try cheap).
"""

import gc
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")

TRIES = 5
HOPELESS = 10
"""What costs so many times its limit is not tried again: no other program has that much influence."""
REFERENCE_SECONDS = 0.0075
"""What `_reference` takes on the machine that all limits in seconds are meant for."""
SMALLEST_SECONDS = 0.001
"""Below this, what is measured is the measuring."""

LATE_SECONDS = 10.0
"""Who keeps a deadline of a second or less is done by then, by the clock on the wall, also on a busy machine."""


def seconds(work: Callable[[], object], tries: int = TRIES) -> float:
    """Processor seconds of this thread for the work: the best of so many tries."""
    return min(_measure(work)[0] for _ in range(tries))


def cheap(limit: float, work: Callable[[], T]) -> T:
    """Do the work, which may cost that many processor seconds of this thread (more on a slower machine); its result."""
    for _ in range(TRIES):
        spent, result = _measure(work)
        if spent <= limit or spent <= limit * slowness():
            return result
        if spent > HOPELESS * limit * slowness():
            break
    raise AssertionError(f"it took {spent:.3g} s of processor time on a machine {slowness():.2g} times as slow as ours")


def assert_linear(work: Callable[[int], object], size: int, times: int = 10) -> None:
    """So many times the size costs less than half way between so many times as much (linear) and its square."""
    allowed = times**1.5
    for _ in range(TRIES):
        small = max(seconds(lambda: work(size), 3), SMALLEST_SECONDS)
        large = seconds(lambda: work(size * times), 1)
        if large < allowed * small:
            return
    raise AssertionError(f"{times} times the size costs {large / small:.0f} times as much ({large:.3g} s)")


def slowness() -> float:
    """How many times as slow as the machine of the limits this one is now; never less than 1."""
    return max(1.0, seconds(_reference, 3) / REFERENCE_SECONDS)


def _measure(work: Callable[[], T]) -> tuple[float, T]:
    with _no_collection():
        began = time.thread_time()
        result = work()
        return time.thread_time() - began, result


@contextmanager
def _no_collection() -> Iterator[None]:
    """What thousands of other tests left behind is not swept up at the expense of this one."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _reference() -> int:
    """Work of the kind that is measured here: text cut into words, words counted."""
    words: dict[str, int] = {}
    for number in range(1000):
        text = f"Number {number} of many: <a{number % 97}@shop.example>; "
        for word in re.split(r"[^\w@.]+", text.casefold()):
            words[word] = words.get(word, 0) + len(word.strip("."))
    return sum(words.values())
