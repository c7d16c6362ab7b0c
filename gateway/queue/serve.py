"""The next ticket for an agent who asks: the first in the queue that he may serve, which is his from then on.

What must stay true: of two agents who ask at once each gets another ticket. The row is locked while it is handed out,
and whoever finds it locked, or taken since he looked, goes on to the next one; so nobody ever waits for the other.
"""

from collections.abc import Sequence
from datetime import datetime

from gateway.hours.desk_hours import DeskHours
from gateway.model import Agent, Ticket
from gateway.queue.look import look
from gateway.queue.who_may import absence, may_serve
from gateway.store.db import Tx
from gateway.store.queue import take_if_free
from gateway.tickets import change
from gateway.tokens import canonical_address


def next_ticket(
    tx: Tx, hours: DeskHours, agent: Agent, agents: Sequence[Agent], at: datetime, *, besides: int | None = None
) -> Ticket | None:
    """Hand the agent his next ticket, assigned to him; None where there is none, or he is absent (`absence` says why).

    `besides` is the number of one that he does not want now: that from which he asks.
    """
    if absence(agent, hours, at):
        return None
    for placed in look(tx, hours, at):
        ticket = placed.ticket
        if ticket.id == besides or not may_serve(agent, ticket, agents=agents, hours=hours, at=at):
            continue
        taken = take_if_free(tx, ticket)
        if taken:
            return change.assign(tx, taken, canonical_address(agent.address), actor=agent.name, at=at)
    return None
