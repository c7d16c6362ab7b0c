"""How did the tries end? Writes it into the outbox, and what follows from it, many tries in one transaction."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from gateway import events
from gateway.clock import Clock
from gateway.errors import Permanent, Temporary
from gateway.outbox.as_json import from_json
from gateway.outbox.outgoing import Outgoing
from gateway.outbox.retry import Schedule, decide
from gateway.outbox.suppression import Kind, kind_of, status_of
from gateway.outbox.transport import Attempt, Result
from gateway.store import outbox as store_outbox
from gateway.store.db import Store, Tx
from gateway.store.outbox import ClaimedMail
from gateway.tokens import canonical_address

MAYBE_TWICE = "; an earlier try ended without a record, so it may have arrived twice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A mail that will not be delivered."""

    outbox_id: int
    outgoing: Outgoing
    """`is_for_the_desk` tells whether an agent did not get it: then word to the same agent is no use."""
    code: int | None
    reason: str
    """For people: what the next server said, or why it was given up."""
    at: datetime
    step: str = ""
    """Where the next server refused it ("RCPT TO"); "" where that is not known."""


OnFailed = Callable[[Tx, Failure], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A try that is over, not yet recorded."""

    mail: ClaimedMail
    attempt: Attempt
    milliseconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """What became of a mail, for the log."""

    done: Done
    result: Result


class Recorder:
    """Writes results down."""

    def __init__(self, *, store: Store, clock: Clock, schedule: Schedule, on_failed: OnFailed) -> None:
        self._store = store
        self._clock = clock
        self._schedule = schedule
        self._on_failed = on_failed

    def record(self, batch: Sequence[Done]) -> None:
        """Record these results; raises Temporary where the store cannot take them now.

        Where one of them cannot be recorded for another reason, the others are: its mail is tried again when its claim
        has ended.
        """
        try:
            with self._store.transaction() as tx:
                written = [self._write(tx, done) for done in batch]
        except Temporary:
            raise
        except Exception as error:
            if len(batch) > 1:
                for done in batch:
                    self.record([done])
            else:
                events.unexpected("outbox", error, outbox_id=batch[0].mail.id)
        else:
            for each in written:
                _log(each)

    def _write(self, tx: Tx, done: Done) -> _Written:
        mail, attempt, now = done.mail, done.attempt, self._clock.now()
        if attempt.result is Result.SENT:
            text = attempt.text + (MAYBE_TWICE if mail.maybe_sent else "")
            store_outbox.record_sent(tx, mail.id, code=attempt.code, text=text, at=now)
            return _Written(done=done, result=Result.SENT)
        if attempt.result is Result.FAILED:
            self._fail(tx, mail, attempt, attempt.text, now)
            return _Written(done=done, result=Result.FAILED)
        decision = decide(self._schedule, row_id=mail.id, tries=mail.tries, created_at=mail.created_at, now=now)
        if decision.next_try_at is None:
            self._fail(tx, mail, attempt, f"{attempt.text}; {decision.why}", now)
            return _Written(done=done, result=Result.FAILED)
        store_outbox.record_deferred(
            tx,
            mail.id,
            self._store.owner,
            code=attempt.code,
            text=attempt.text,
            # A server that takes nothing is no fault of the mail: it goes as soon as the server is back.
            next_try_at=now if attempt.is_hop_down else decision.next_try_at,
            counts=not attempt.is_hop_down,
        )
        return _Written(done=done, result=Result.DEFERRED)

    def _fail(self, tx: Tx, mail: ClaimedMail, attempt: Attempt, reason: str, now: datetime) -> None:
        if not store_outbox.record_failed(tx, mail.id, code=attempt.code, text=reason, at=now):
            return
        try:
            outgoing = from_json(mail.outgoing)
        except Permanent:
            return  # nobody can say which ticket it was of; the row and the log hold the reason
        failure = Failure(
            outbox_id=mail.id, outgoing=outgoing, code=attempt.code, reason=reason, at=now, step=attempt.step
        )
        self._on_failed(tx, failure)


def _log(written: _Written) -> None:
    mail, attempt = written.done.mail, written.done.attempt
    if written.result is Result.SENT:
        events.outgoing_sent(mail.id, attempt.code, written.done.milliseconds)
    elif written.result is Result.DEFERRED:
        events.outgoing_deferred(mail.id, attempt.code, f"at {attempt.step}")
        status = status_of(attempt.text)
        if kind_of(status) is Kind.REPUTATION:  # long before it is given up: there is still time to act
            events.reputation_refused(_domain_of(mail), status)
    else:
        events.outgoing_failed(mail.id, attempt.code, f"at {attempt.step}")


def _domain_of(mail: ClaimedMail) -> str:
    with suppress(Permanent):
        return canonical_address(from_json(mail.outgoing).recipient.address).rpartition("@")[2]
    return ""
