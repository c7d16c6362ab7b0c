"""Job: tickets that were to wait (`#wait`) come back when their time is over.

What must stay true: each is woken in a transaction of its own, under the ticket's name, as a mail about it would be
decided; one that cannot be woken holds up no other.
"""

from gateway import events
from gateway.clock import Clock
from gateway.errors import Temporary
from gateway.store import waiting
from gateway.store.db import Store
from gateway.tickets.desk import Desk
from gateway.tickets.waking import wake

LOOK_SECONDS = 30.0
AT_ONCE = 200
"""Tickets of one look."""


class Waiting:
    """Looks for tickets whose time has come."""

    def __init__(self, store: Store, clock: Clock, desk: Desk) -> None:
        self._store = store
        self._clock = clock
        self._desk = desk

    def look(self) -> int:
        """Wake what is to be woken; how many tickets that were."""
        now = self._clock.now()
        with self._store.reading() as tx:
            found = waiting.over(tx, now, limit=AT_ONCE)
        woken = 0
        for ticket in found:
            try:
                with self._store.transaction() as tx:
                    self._store.lock_names(tx, [f"ticket {ticket.ref}"])
                    woken += wake(tx, self._desk, ticket, at=now)
            except Temporary:
                raise
            except Exception as error:
                events.unexpected("waiting", error)
        return woken
