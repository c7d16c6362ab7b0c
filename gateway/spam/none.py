"""The engine of those who have none: every mail is marked as skipped, which is not the same as clean."""

from gateway.spam.known import NOTHING, Known
from gateway.spam.report import ScanState, SpamReport
from gateway.spam.server import Lesson


class NoEngine:
    """Judges nothing."""

    can_learn = False
    can_forget = False

    def __init__(self, threshold: float) -> None:
        self._threshold = threshold

    def scan(self, raw: bytes, known: Known = NOTHING) -> SpamReport:
        """SKIPPED."""
        return SpamReport(
            engine="none",
            state=ScanState.SKIPPED,
            why='there is no spam engine ([spam] engine = "none")',
            threshold=self._threshold,
        )

    def learn(self, raw: bytes, lesson: Lesson) -> str:
        """There is nobody to learn."""
        return ""

    def ping(self) -> str:
        """Nothing can be wrong with it."""
        return ""

    def close(self) -> None:
        """Nothing to let go of."""
