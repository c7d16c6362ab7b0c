"""What is common to the servers that judge mail: one question with one deadline, an answer or an error in words."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from gateway.clock import Clock
from gateway.spam.known import Known

MAX_REPLY = 256 * 1024
"""Bytes of an answer. A list of rules has some hundred."""


class ServerError(Exception):
    """No usable answer; the text says what happened and what to do about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a server says of a mail."""

    score: float
    rules: tuple[str, ...]


class Lesson(StrEnum):
    """What a server is to learn about a mail."""

    HAM = "ham"
    SPAM = "spam"
    FORGET = "forget"
    """What was learnt about it before is taken back."""


class Deadline:
    """The one moment at which waiting ends."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._until = clock.monotonic() + seconds

    def seconds(self) -> float:
        """Seconds until then; negative afterwards."""
        return self._until - self._clock.monotonic()

    def left(self) -> float:
        """Seconds until then; TimeoutError where there are none."""
        seconds = self.seconds()
        if seconds <= 0:
            raise TimeoutError
        return seconds


class Server(Protocol):
    """One server; `str` of it says which. All raise ServerError or OSError (TimeoutError among them)."""

    def judge(self, mail: bytes, known: Known, deadline: Deadline) -> Verdict:
        """Have a mail judged."""
        ...

    def learn(self, mail: bytes, lesson: Lesson, deadline: Deadline) -> None:
        """Have a mail learnt; one that was learnt so already is no error."""
        ...

    def ping(self, deadline: Deadline) -> None:
        """Ask whether somebody is there."""
        ...
