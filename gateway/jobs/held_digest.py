"""Job: once a day, at `[spam] digest_hour`, the reviewers get the list of held mail.

What must stay true: each day has one digest, whichever process makes it (the day is unique in the store); where nobody
ran at that hour it comes as soon as somebody does; a day without held mail has none.
"""

from datetime import datetime, timedelta

from gateway import events
from gateway.clock import Clock
from gateway.store import digests
from gateway.store.agents import active_agents
from gateway.store.db import Store
from gateway.tickets.desk import Desk
from gateway.tickets.digest import gather, reviewers_of, send_digest

LOOK_SECONDS = 60.0


class HeldDigest:
    """Knows the hour."""

    def __init__(self, store: Store, clock: Clock, desk: Desk, hour: int) -> None:
        self._store = store
        self._clock = clock
        self._desk = desk
        self._hour = hour

    def look(self) -> int:
        """Send the digest if it is time; how many mails it shows."""
        day = self._day(self._clock.now())
        with self._store.reading() as tx:
            if digests.has_digest_of(tx, day):
                return 0
        return self.send(day)

    def send(self, day: str | None = None) -> int:
        """Send a digest now, of that day or beside the daily ones; how many mails it shows."""
        with self._store.reading() as tx:  # a long look at everything that is held, beside which others may write
            gathered = gather(tx)
        with self._store.transaction() as tx:
            agents = active_agents(tx)
            shown = send_digest(tx, self._desk, agents, gathered, day=day, at=self._clock.now())
        if shown:
            events.held_digest_sent(mails=shown, reviewers=len(reviewers_of(self._desk, agents)))
        return shown

    def _day(self, now: datetime) -> str:
        """The day whose digest is due: yesterday's until the hour has come."""
        return f"{now - timedelta(hours=self._hour):%Y-%m-%d}"
