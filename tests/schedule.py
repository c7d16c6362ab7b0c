"""Which of the processes of `make test` runs which tests, and in which order.

A file stays together, so that what it builds is built once; so do the folders whose files share a world. What takes
longest begins first: else two processes have nothing left to do while the third one works on it.
"""

from collections.abc import Sequence

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

TOGETHER = ("tests/identity/",)
LONGEST = (
    "tests/test_canary.py",
    "tests/systemd/test_boot.py",
    "tests/identity/",
    "tests/test_day_at_the_desk.py",
    "tests/crash/test_kill.py",
    "tests/test_serve.py",
    "tests/pipeline/test_process.py",
    "tests/test_round_trip.py",
    "tests/test_screen.py",
    "tests/crash/test_two_processes.py",
)
"""Half a minute and more, the longest first; the others follow in the order of the day."""


class Schedule(LoadFileScheduling):  # type: ignore[misc]  # untyped base
    """By file, in the order in which the tests were collected."""

    def __init__(self, config: pytest.Config, log: Producer | None = None) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False  # the number of tests says little about how long they take

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        return next((folder for folder in TOGETHER if file.startswith(folder)), file)


def longest_first(items: list[pytest.Item]) -> None:
    """Put the tests of the files that take longest in front; the others keep their order."""
    items.sort(key=lambda item: _place(item.nodeid, LONGEST))


def _place(nodeid: str, names: Sequence[str]) -> int:
    return next((place for place, name in enumerate(names) if nodeid.startswith(name)), len(names))
