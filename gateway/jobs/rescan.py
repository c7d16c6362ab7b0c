"""Jobs: what became part of a ticket while a scanner gave no answer is shown to it once it is back.

What must stay true: nothing that people have seen is taken from them, whatever the scanner says now: its word goes into
the story of the ticket, and to the agents where it is bad. A scanner that does not answer costs one question a turn;
a mail that it never answers for keeps no other from being seen.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from gateway import events
from gateway.clock import Clock
from gateway.model import Entry, Envelope, Ticket
from gateway.spam.engine import Engine
from gateway.spam.known import Known
from gateway.spam.report import ScanState
from gateway.spam.virus import Scanner, VirusState
from gateway.store.agents import active_agents
from gateway.store.db import Store, Tx
from gateway.store.outcomes import Outcome, outcome_of
from gateway.store.spool import load
from gateway.store.tickets import ticket_by_id
from gateway.store.unscanned import ScannerKind, note_scanned, unscanned
from gateway.tickets import change, notifications
from gateway.tickets.desk import Desk

LOOK_SECONDS = 30.0
MAILS = 100
"""Of one turn at most."""
TURN_SECONDS = 25.0
"""Longest turn, the last mail aside."""
KnownOf = Callable[[Envelope, str], Known]
"""What we know of a mail, from its envelope and the explanation of its outcome."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What a scanner says of a mail now."""

    why: str
    is_bad: bool
    score: float = 0.0


class Rescan(ABC):
    """Scans what waits. One at a time: of all processes, the one that holds the lease of the job."""

    kind: ScannerKind
    shown_to: str

    def __init__(self, store: Store, clock: Clock, desk: Desk) -> None:
        self._store = store
        self._clock = clock
        self._desk = desk
        self._unanswered: Counter[str] = Counter()
        """How often it gave no answer for a mail."""

    @abstractmethod
    def ping(self) -> str:
        """Say what is wrong with the scanner, "" where it is there."""

    @abstractmethod
    def look(self, entry: Entry, outcome: Outcome) -> Word | None:
        """What it says; None where it gives no answer."""

    @abstractmethod
    def tell_agents(self, tx: Tx, ticket: Ticket, why: str) -> None:
        """It is bad, and they have it."""

    def run(self) -> int:
        """Scan what waits while the scanner answers; how many mails it saw."""
        began = self._clock.monotonic()
        with self._store.reading() as tx:
            waiting = unscanned(tx, self.kind, limit=MAILS)
        if not waiting or self.ping():
            return 0
        seen = 0
        self._unanswered = Counter({each: self._unanswered[each] for each in waiting if each in self._unanswered})
        for entry_id in sorted(waiting, key=lambda each: self._unanswered[each]):
            if not self._scan(entry_id):
                self._unanswered[entry_id] += 1
                break
            seen += 1
            if self._clock.monotonic() - began > TURN_SECONDS:
                break
        return seen

    def _scan(self, entry_id: str) -> bool:
        """False where the scanner does not answer: the others wait, too."""
        entries = load(self._store, [entry_id])
        with self._store.reading() as tx:
            outcome = outcome_of(tx, entry_id)
        if not entries or outcome is None:
            with self._store.transaction() as tx:
                note_scanned(tx, entry_id, self.kind)  # its bytes are no longer kept
            return True
        word = self.look(entries[0], outcome)
        if word is None:
            return False
        with self._store.transaction() as tx:
            if note_scanned(tx, entry_id, self.kind):
                self._tell(tx, entries[0], outcome, word)
        return True

    def _tell(self, tx: Tx, entry: Entry, outcome: Outcome, word: Word) -> None:
        ticket = None if outcome.ticket_id is None else ticket_by_id(tx, outcome.ticket_id)
        events.mail_rescanned(
            entry_id=entry.id, scanner=self.kind, score=word.score, is_bad=word.is_bad, ticket=outcome.ticket_id
        )
        if ticket is None:
            return
        came = f"{entry.envelope.received_at:%Y-%m-%d %H:%M} UTC"
        detail = f"the mail of {came} was shown to the {self.shown_to}: {word.why}"
        change.note(tx, ticket, kind="rescanned", actor="", detail=detail, at=self._clock.now())
        if word.is_bad:
            self.tell_agents(tx, ticket, word.why)


class SpamRescan(Rescan):
    """For the spam engine."""

    kind = ScannerKind.SPAM
    shown_to = "spam engine"

    def __init__(self, store: Store, clock: Clock, engine: Engine, desk: Desk, known_of: KnownOf) -> None:
        super().__init__(store, clock, desk)
        self._engine = engine
        self._known_of = known_of

    def ping(self) -> str:
        """Is the engine there?"""
        return self._engine.ping()

    def look(self, entry: Entry, outcome: Outcome) -> Word | None:
        """Its score, with what was known of the mail when it was decided."""
        report = self._engine.scan(entry.raw, self._known_of(entry.envelope, outcome.explanation))
        if report.state is ScanState.UNSCANNED:
            return None
        is_spam = report.state is ScanState.SCANNED and report.score >= report.threshold
        return Word(why=report.why, is_bad=is_spam, score=report.score)

    def tell_agents(self, tx: Tx, ticket: Ticket, why: str) -> None:
        """Nothing was changed; `#spam` would."""
        notifications.send_late_scan(tx, self._desk, active_agents(tx), ticket, reason=why, at=self._clock.now())


class VirusRescan(Rescan):
    """For the virus scanner."""

    kind = ScannerKind.VIRUS
    shown_to = "virus scanner"

    def __init__(self, store: Store, clock: Clock, scanner: Scanner, desk: Desk) -> None:
        super().__init__(store, clock, desk)
        self._scanner = scanner

    def ping(self) -> str:
        """Is the scanner there?"""
        return self._scanner.ping()

    def look(self, entry: Entry, outcome: Outcome) -> Word | None:
        """The name of what it found."""
        report = self._scanner.scan(entry.raw)
        if report.state is VirusState.UNSCANNED:
            return None
        is_found = report.state is VirusState.FOUND
        return Word(why=f"there is a virus in it: {report.name}" if is_found else report.why, is_bad=is_found)

    def tell_agents(self, tx: Tx, ticket: Ticket, why: str) -> None:
        """They may have opened it."""
        notifications.send_late_virus(tx, self._desk, active_agents(tx), ticket, reason=why, at=self._clock.now())
