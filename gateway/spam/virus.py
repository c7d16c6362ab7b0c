"""Is there a known virus in it? What a scanner says; no answer is a state, never "clean"."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class VirusState(StrEnum):
    """What a scanner came to."""

    CLEAN = "clean"
    """It knows nothing bad of it."""
    FOUND = "found"
    UNSCANNED = "unscanned"
    """It should have looked, and gave no usable answer."""
    SKIPPED = "skipped"
    """There is no scanner, by configuration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VirusReport:
    """The scanner's answer; `name` is the virus's where the state is FOUND, else empty."""

    engine: str
    state: VirusState
    why: str
    name: str = ""


NOT_SCANNED = VirusReport(
    engine="none", state=VirusState.SKIPPED, why='there is no virus scanner ([antivirus] engine = "none")'
)


class Scanner(Protocol):
    """Looks for viruses. Every method is usable from any thread and blocks; none of them raises."""

    def scan(self, raw: bytes) -> VirusReport:
        """Look into a mail by its bytes as they came."""
        ...

    def ping(self) -> str:
        """Is the scanner there? "" if it is, else the problem and what to do, in words."""
        ...


class NoScanner:
    """The scanner of those who have none."""

    def scan(self, raw: bytes) -> VirusReport:
        """SKIPPED."""
        return NOT_SCANNED

    def ping(self) -> str:
        """Nothing can be wrong with it."""
        return ""


NO_SCANNER = NoScanner()
