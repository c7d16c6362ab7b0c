"""What a spam engine says of a mail; no answer is a state, never "ham"."""

from dataclasses import dataclass
from enum import StrEnum


class ScanState(StrEnum):
    """Whether the engine has seen the mail."""

    SCANNED = "scanned"
    UNSCANNED = "unscanned"
    """It should have, and gave no usable answer."""
    SKIPPED = "skipped"
    """There is no engine, by configuration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpamReport:
    """The engine's answer: `score` is 0.0 and `rules` empty unless the state is SCANNED."""

    engine: str
    state: ScanState
    why: str
    score: float = 0.0
    threshold: float = 5.0
    rules: tuple[str, ...] = ()
