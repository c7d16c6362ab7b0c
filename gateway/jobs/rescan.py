"""Job: what became part of a ticket while the spam engine gave no answer is shown to it once it is back.

What must stay true: nothing that people have seen is taken from them, whatever the engine says now: its word goes into
the story of the ticket, and to the agents where it takes the mail for spam. An engine that does not answer costs one
question a turn.
"""

from collections.abc import Callable

from gateway import events
from gateway.clock import Clock
from gateway.model import Entry, Envelope, Ticket
from gateway.spam.engine import Engine
from gateway.spam.known import Known
from gateway.spam.report import ScanState, SpamReport
from gateway.store.accounts import active_agents
from gateway.store.db import Store, Tx
from gateway.store.outcomes import Outcome, outcome_of
from gateway.store.spool import load
from gateway.store.tickets import ticket_by_id
from gateway.store.unscanned import note_scanned, unscanned
from gateway.tickets import change, notifications
from gateway.tickets.desk import Desk

LOOK_SECONDS = 30.0
MAILS = 100
"""Of one turn at most."""
TURN_SECONDS = 25.0
"""Longest turn, the last mail aside."""
KnownOf = Callable[[Envelope, str], Known]
"""What we know of a mail, from its envelope and the explanation of its outcome."""


class Rescan:
    """Scans what waits. One at a time: of all processes, the one that holds the lease of the job."""

    def __init__(self, store: Store, clock: Clock, engine: Engine, desk: Desk, known_of: KnownOf) -> None:
        self._store = store
        self._clock = clock
        self._engine = engine
        self._desk = desk
        self._known_of = known_of

    def run(self) -> int:
        """Scan what waits while the engine answers; how many mails it saw."""
        began = self._clock.monotonic()
        with self._store.reading() as tx:
            waiting = unscanned(tx, limit=MAILS)
        if not waiting or self._engine.ping():
            return 0
        seen = 0
        for entry_id in waiting:
            if not self._scan(entry_id) or self._clock.monotonic() - began > TURN_SECONDS:
                break
            seen += 1
        return seen

    def _scan(self, entry_id: str) -> bool:
        """False where the engine does not answer: the others wait, too."""
        entries = load(self._store, [entry_id])
        with self._store.reading() as tx:
            outcome = outcome_of(tx, entry_id)
        if not entries or outcome is None:
            with self._store.transaction() as tx:
                note_scanned(tx, entry_id)  # its bytes are no longer kept
            return True
        report = self._engine.scan(entries[0].raw, self._known_of(entries[0].envelope, outcome.explanation))
        if report.state is ScanState.UNSCANNED:
            return False
        with self._store.transaction() as tx:
            if note_scanned(tx, entry_id):
                self._tell(tx, entries[0], outcome, report)
        return True

    def _tell(self, tx: Tx, entry: Entry, outcome: Outcome, report: SpamReport) -> None:
        ticket = None if outcome.ticket_id is None else ticket_by_id(tx, outcome.ticket_id)
        is_spam = report.state is ScanState.SCANNED and report.score >= report.threshold
        events.mail_rescanned(entry_id=entry.id, score=report.score, is_spam=is_spam, ticket=outcome.ticket_id)
        if ticket is None:
            return
        at = self._clock.now()
        detail = (
            f"the mail of {entry.envelope.received_at:%Y-%m-%d %H:%M} UTC was shown to the spam engine: {report.why}"
        )
        change.note(tx, ticket, kind="rescanned", actor="", detail=detail, at=at)
        if is_spam:
            self._tell_agents(tx, ticket, report)

    def _tell_agents(self, tx: Tx, ticket: Ticket, report: SpamReport) -> None:
        notifications.send_late_scan(tx, self._desk, active_agents(tx), ticket, reason=report.why, at=self._clock.now())
