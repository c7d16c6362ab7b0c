"""Job: the bytes of what machines sent are kept as long as the table for automatic mail says, and then forgotten.

What must stay true: only mail that was recorded is forgotten, never what is held, pending or part of a ticket; and what
became of it, with its reason, stays for ever. A turn is bounded: others wait for the store.
"""

from collections.abc import Sequence
from datetime import timedelta

from gateway import events
from gateway.clock import Clock
from gateway.store.db import Store
from gateway.store.retention import forget_bytes

LOOK_SECONDS = 600.0
MAILS = 200
"""Of one transaction."""
ROUNDS = 10
"""Transactions of one class in one turn."""


class Retention:
    """Forgets. One at a time: of all processes, the one that holds the lease of the job."""

    def __init__(self, store: Store, clock: Clock, kept: Sequence[tuple[str, timedelta]]) -> None:
        """`kept` says of which class of mail the bytes are kept how long."""
        self._store = store
        self._clock = clock
        self._kept = kept

    def run(self) -> int:
        """Forget what is due; how many mails."""
        forgotten = sum(self._forget(mail_class, span) for mail_class, span in self._kept)
        if forgotten:
            events.mail_forgotten(forgotten)
        return forgotten

    def _forget(self, mail_class: str, span: timedelta) -> int:
        before, forgotten = self._clock.now() - span, 0
        for _ in range(ROUNDS):
            with self._store.transaction() as tx:
                mails = forget_bytes(tx, mail_class, before=before, limit=MAILS)
            forgotten += mails
            if mails < MAILS:
                break
        return forgotten
