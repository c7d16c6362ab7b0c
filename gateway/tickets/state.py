"""The arrows between the states of a ticket: pure, one table.

new ─► open ─► waiting_for_customer ─► waiting_for_us ─► solved ─► closed ─► (a reply) waiting_for_us
"""

from enum import StrEnum

from gateway.model import TicketState


class Happening(StrEnum):
    """What can happen to a ticket that moves it."""

    CUSTOMER_WROTE = "customer_wrote"
    AGENT_ANSWERED = "agent_answered"
    AGENT_TOOK = "agent_took"
    SOLVED = "solved"
    CLOSED = "closed"


_S = TicketState
_H = Happening

# A customer's further mail leaves a ticket that nobody has answered yet where it is: it already waits for us.
ARROWS: dict[tuple[TicketState, Happening], TicketState] = {
    (_S.NEW, _H.CUSTOMER_WROTE): _S.NEW,
    (_S.OPEN, _H.CUSTOMER_WROTE): _S.OPEN,
    (_S.WAITING_FOR_CUSTOMER, _H.CUSTOMER_WROTE): _S.WAITING_FOR_US,
    (_S.WAITING_FOR_US, _H.CUSTOMER_WROTE): _S.WAITING_FOR_US,
    (_S.SOLVED, _H.CUSTOMER_WROTE): _S.WAITING_FOR_US,
    (_S.CLOSED, _H.CUSTOMER_WROTE): _S.WAITING_FOR_US,
    (_S.NEW, _H.AGENT_TOOK): _S.OPEN,
    (_S.OPEN, _H.AGENT_TOOK): _S.OPEN,
    (_S.WAITING_FOR_CUSTOMER, _H.AGENT_TOOK): _S.WAITING_FOR_CUSTOMER,
    (_S.WAITING_FOR_US, _H.AGENT_TOOK): _S.WAITING_FOR_US,
    (_S.SOLVED, _H.AGENT_TOOK): _S.SOLVED,
    (_S.CLOSED, _H.AGENT_TOOK): _S.CLOSED,
} | {
    (state, happening): to
    for happening, to in (
        (_H.AGENT_ANSWERED, _S.WAITING_FOR_CUSTOMER),
        (_H.SOLVED, _S.SOLVED),
        (_H.CLOSED, _S.CLOSED),
    )
    for state in TicketState
}

FINISHED = (TicketState.SOLVED, TicketState.CLOSED)
WAITING = (TicketState.NEW, TicketState.OPEN, TicketState.WAITING_FOR_US)
"""It is our turn: these are in the queue."""


def next_state(state: TicketState, happening: Happening) -> TicketState:
    """Where the ticket stands after that."""
    return ARROWS[state, happening]


def is_reopening(state: TicketState, happening: Happening) -> bool:
    """Does this bring a finished ticket back?"""
    return state in FINISHED and next_state(state, happening) not in FINISHED
