"""The arrows of a ticket: every state meets every happening."""

import itertools

import pytest

from gateway.model import TicketState as S
from gateway.tickets.state import ARROWS, Happening, is_reopening, next_state

EXPECTED = {
    Happening.CUSTOMER_WROTE: (S.NEW, S.OPEN, S.WAITING_FOR_US, S.WAITING_FOR_US, S.WAITING_FOR_US, S.WAITING_FOR_US),
    Happening.AGENT_ANSWERED: (S.WAITING_FOR_CUSTOMER,) * 6,
    Happening.AGENT_TOOK: (S.OPEN, S.OPEN, S.WAITING_FOR_CUSTOMER, S.WAITING_FOR_US, S.SOLVED, S.CLOSED),
    Happening.SOLVED: (S.SOLVED,) * 6,
    Happening.CLOSED: (S.CLOSED,) * 6,
}


def test_the_table_has_an_arrow_for_every_pair() -> None:
    """No state and happening without an answer, and none twice."""
    assert set(ARROWS) == set(itertools.product(S, Happening))


@pytest.mark.parametrize("happening", Happening)
def test_each_happening_leads_where_it_should(happening: Happening) -> None:
    """In order of the states: new, open, waiting for customer, waiting for us, solved, closed."""
    assert tuple(next_state(state, happening) for state in S) == EXPECTED[happening]


def test_only_a_customers_mail_or_an_answer_reopens() -> None:
    """Finished tickets come back by those two and by nothing else."""
    reopening = {(state, happening) for state in S for happening in Happening if is_reopening(state, happening)}

    assert reopening == {
        (state, happening)
        for state in (S.SOLVED, S.CLOSED)
        for happening in (Happening.CUSTOMER_WROTE, Happening.AGENT_ANSWERED)
    }
