"""What every spam engine can do; `open.open_engine` makes the configured one."""

from typing import Protocol

from gateway.spam.report import SpamReport


class Engine(Protocol):
    """Judges mail. Every method is usable from any thread and blocks; none of them raises."""

    def scan(self, raw: bytes) -> SpamReport:
        """Judge a mail by its bytes as they came; without a usable answer the report is UNSCANNED and says why."""
        ...

    def ping(self) -> str:
        """Is the engine there? "" if it is, else the problem and what to do, in words."""
        ...

    def close(self) -> None:
        """Let go of everything; scans after this are UNSCANNED."""
        ...
