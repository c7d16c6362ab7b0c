"""Job: once a day, at `[desk] digest_hour`, agents who want it so hear what their commands did, in one mail.

What must stay true: a line is taken from the store in the transaction that puts it into a mail, so each stands in one
list; where nobody ran at that hour it comes as soon as somebody does.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby

from gateway.clock import Clock
from gateway.store import done_lines
from gateway.store.agents import active_agents
from gateway.store.db import Store, Tx
from gateway.store.done_lines import DoneLine
from gateway.tickets.desk import Desk
from gateway.tickets.done_list import send_done_list

LOOK_SECONDS = 60.0


class DoneDigest:
    """Knows the hour."""

    def __init__(self, store: Store, clock: Clock, desk: Desk, hour: int) -> None:
        self._store = store
        self._clock = clock
        self._desk = desk
        self._hour = hour

    def look(self) -> int:
        """Send what is due; how many agents got a mail."""
        before = self._last_hour(self._clock.now())
        with self._store.reading() as tx:
            if not done_lines.is_any(tx, before):
                return 0
        with self._store.transaction() as tx:
            return self._send(tx, done_lines.take(tx, before))

    def _send(self, tx: Tx, lines: Sequence[DoneLine]) -> int:
        agents = {agent.address: agent for agent in active_agents(tx)}
        sent = 0
        for address, own in groupby(sorted(lines, key=lambda line: (line.agent, line.at)), lambda line: line.agent):
            if address in agents:  # who is an agent no longer is told nothing
                send_done_list(tx, self._desk, agents[address], list(own), at=self._clock.now())
                sent += 1
        return sent

    def _last_hour(self, now: datetime) -> datetime:
        """When the list was due last, by the desk's clock."""
        local = now.astimezone(self._desk.hours.zone)
        today = local.replace(hour=self._hour, minute=0, second=0, microsecond=0)
        return today if today <= local else today - timedelta(days=1)
