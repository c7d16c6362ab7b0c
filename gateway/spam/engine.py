"""What every spam engine can do; `open.open_engine` makes the configured one."""

from typing import Protocol

from gateway.spam.known import NOTHING, Known
from gateway.spam.report import SpamReport
from gateway.spam.server import Lesson


class Engine(Protocol):
    """Judges mail. Every method is usable from any thread and blocks; none of them raises."""

    can_learn: bool
    """Is there anybody who learns?"""
    can_forget: bool
    """Can it take a lesson back? Else only the other lesson can take its place."""

    def scan(self, raw: bytes, known: Known = NOTHING) -> SpamReport:
        """Judge a mail by its bytes as they came; without a usable answer the report is UNSCANNED and says why."""
        ...

    def learn(self, raw: bytes, lesson: Lesson) -> str:
        """Have a mail learnt; "" when it is, else the problem in words."""
        ...

    def ping(self) -> str:
        """Is the engine there? "" if it is, else the problem and what to do, in words."""
        ...

    def close(self) -> None:
        """Let go of everything; scans after this are UNSCANNED."""
        ...
