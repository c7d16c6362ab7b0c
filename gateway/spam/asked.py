"""An engine behind a server: asks it, holds back what it cannot take, and turns every failure into words.

What must stay true: no answer is UNSCANNED, never clean and never spam (spamc's "safe fallback" passes such mail on as
clean); nobody waits longer than `[spam] timeout_seconds`, his turn included; a dead server costs few mails that wait.
"""

import threading

from gateway.clock import Clock
from gateway.config import Spam
from gateway.spam.breaker import FAILURES, Breaker
from gateway.spam.excerpt import excerpt
from gateway.spam.known import NOTHING, Known
from gateway.spam.report import ScanState, SpamReport
from gateway.spam.server import Deadline, Lesson, Server, ServerError, Verdict


class AskedEngine:
    """A server that judges; usable from any thread."""

    can_learn = True
    can_forget = True

    def __init__(self, name: str, server: Server, config: Spam, clock: Clock, *, capacity: str) -> None:
        """`name` stands in reports; `capacity` says in words what is to be raised where turns are too few."""
        self._name = name
        self._server = server
        self._config = config
        self._clock = clock
        self._capacity = capacity
        self._breaker = Breaker(clock)
        self._turns = threading.BoundedSemaphore(config.connections)
        self._closed = False

    def scan(self, raw: bytes, known: Known = NOTHING) -> SpamReport:
        """Judge a mail; of one larger than `[spam] max_scan_bytes` only the header and the first text."""
        if self._closed:
            return self._unscanned("the gateway is shutting down")
        pause = self._breaker.seconds_closed_to_all()
        if pause > 0:
            return self._unscanned(
                f"{self._server} failed {FAILURES} times in a row; it is asked again in {pause:.0f} s"
            )
        deadline = Deadline(self._clock, self._config.timeout_seconds)
        if not self._turns.acquire(timeout=self._config.timeout_seconds):
            return self._no_turn()
        try:
            return self._scan_in_turn(raw, known, deadline)
        finally:
            self._turns.release()

    def learn(self, raw: bytes, lesson: Lesson) -> str:
        """Have a mail learnt, whole up to the size that is scanned; "" when it is, else the problem in words."""
        if self._closed:
            return "the gateway is shutting down"
        try:
            deadline = Deadline(self._clock, self._config.timeout_seconds)
            self._server.learn(excerpt(raw, self._config.max_scan_bytes), lesson, deadline)
        except Exception as error:  # whatever it is, it is tried again
            return self._problem(error)
        return ""

    def ping(self) -> str:
        """Ask the server for a sign of life, within the time of one scan."""
        try:
            self._server.ping(Deadline(self._clock, self._config.timeout_seconds))
        except Exception as error:  # whatever it is, it is a problem to tell
            return self._problem(error)
        return ""

    def close(self) -> None:
        """Scan no more; connections end with their scans."""
        self._closed = True

    def _scan_in_turn(self, raw: bytes, known: Known, deadline: Deadline) -> SpamReport:
        had_time = deadline.seconds() >= self._config.timeout_seconds / 2
        # Asked again: the server may have failed for others while this mail waited for its turn.
        if not self._breaker.admit():
            return self._unscanned(f"{self._server} failed {FAILURES} times in a row and is being tried again")
        try:
            scanned = excerpt(raw, self._config.max_scan_bytes)
            verdict = self._server.judge(scanned, known, deadline)
        except Exception as error:  # no answer is a state
            if isinstance(error, TimeoutError) and not had_time:
                self._breaker.undecided()  # this mail came too late for any server
                return self._no_turn()
            self._breaker.failed()
            return self._unscanned(self._problem(error))
        self._breaker.succeeded()
        return self._scanned(verdict, raw, scanned)

    def _scanned(self, verdict: Verdict, raw: bytes, scanned: bytes) -> SpamReport:
        side = "at or above" if verdict.score >= self._config.threshold else "below"
        why = f"score {verdict.score:g} is {side} the threshold of {self._config.threshold:g}"
        if scanned is not raw:
            why += f"; only its header and text were scanned, {len(scanned)} of {len(raw)} bytes"
        return SpamReport(
            engine=self._name,
            state=ScanState.SCANNED,
            why=why,
            score=verdict.score,
            threshold=self._config.threshold,
            rules=verdict.rules,
        )

    def _no_turn(self) -> SpamReport:
        return self._unscanned(
            f"too many mails wait for {self._server}, this one had no turn in {self._config.timeout_seconds:g} s: "
            f"{self._capacity}"
        )

    def _unscanned(self, why: str) -> SpamReport:
        return SpamReport(engine=self._name, state=ScanState.UNSCANNED, why=why, threshold=self._config.threshold)

    def _problem(self, error: Exception) -> str:
        if isinstance(error, ServerError):
            return str(error)
        if isinstance(error, TimeoutError):
            return (
                f"{self._server} gave no answer within {self._config.timeout_seconds:g} s: it hangs or has too much to "
                f"do; see its log, {self._capacity}"
            )
        if isinstance(error, OSError):
            reason = error.strerror or type(error).__name__
            return f"{self._server} cannot be reached ({reason}): start it, or correct [spam] host, port or socket"
        return f"asking {self._server} failed ({type(error).__name__})"
