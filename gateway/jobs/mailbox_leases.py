"""Job: of all processes on one store, one reads each mailbox: the one that holds its lease."""

from datetime import timedelta

from gateway import events
from gateway.clock import Clock
from gateway.errors import Temporary
from gateway.store import leases
from gateway.store.db import Store

DURATION = timedelta(seconds=60)


class MailboxLeases:
    """The mailboxes this process may read now. `renew` more often than the leases last."""

    def __init__(self, store: Store, clock: Clock, mailboxes: tuple[str, ...]) -> None:
        self._store = store
        self._clock = clock
        self._mailboxes = mailboxes
        self._held_until: dict[str, float] = {}

    def may_read(self, mailbox: str) -> bool:
        """Does this process hold the lease, by its own clock that nobody sets?"""
        return self._clock.monotonic() < self._held_until.get(mailbox, float("-inf"))

    def renew(self) -> None:
        """Take or renew the lease of every mailbox."""
        for mailbox in self._mailboxes:
            asked_at = self._clock.monotonic()
            try:
                fence = leases.take(self._store, f"imap {mailbox}", now=self._clock.now(), duration=DURATION)
            except Temporary as error:
                events.store_failed(reason=error.reason)
                continue
            self._note(mailbox, held=fence is not None, until=asked_at + DURATION.total_seconds())

    def _note(self, mailbox: str, *, held: bool, until: float) -> None:
        before = mailbox in self._held_until
        if held:
            self._held_until[mailbox] = until
        else:
            self._held_until.pop(mailbox, None)
        if held and not before:
            events.lease_taken(name=f"imap {mailbox}")
        elif before and not held:
            events.lease_lost(name=f"imap {mailbox}")
