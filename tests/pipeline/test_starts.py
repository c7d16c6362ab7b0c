"""The table for agents' mail to the desk itself: every cell, and that it says what the evidence is."""

from dataclasses import replace

import pytest

from gateway.authn.result import Grade
from gateway.mail.forwarded import Forwarded, NotForwarded
from gateway.mail.message import Address, Message
from gateway.pipeline.begun import Beginning, Passed, Target
from gateway.pipeline.evidence import NO_SHOP, Evidence
from gateway.pipeline.plan import Action, Start
from gateway.pipeline.starts import TABLE, Matter, Writer, matter_of, starts, writer_of
from gateway.tokens import Purpose
from tests.pipeline.cases import AGENT, ANN, MATCH, S0, T1, T3, TICKET, TOKEN, evidence

MAIL = Forwarded(author=ANN, subject="s", date="", text="t")
PASSED = Passed(
    mail=MAIL, message=Message(author=ANN), sender=evidence(standing=S0).sender, shop=NO_SHOP, known=None, obstacle=""
)
BEGINNINGS = {
    Matter.FORWARD: Beginning(passed=PASSED),
    Matter.KNOWN: Beginning(passed=replace(PASSED, known=TICKET)),
    Matter.NOT_A_CUSTOMERS: Beginning(passed=replace(PASSED, obstacle="It is ours.")),
    Matter.UNREADABLE: Beginning(why_not=NotForwarded(why="it names nobody", is_tried=True)),
    Matter.CONVERSATION: Beginning(targets=(Target(written="7", address=ANN.address),)),
    Matter.NO_CUSTOMER: Beginning(targets=(Target(written="8", problem="There is no account 8."),)),
    Matter.SEVERAL: Beginning(targets=(Target(written="7"), Target(written="8"))),
    Matter.NOTHING: Beginning(),
}
GRADES = {Writer.AGENT: Grade.A3, Writer.UNPROVEN: Grade.A1, Writer.FORGED: Grade.A0, Writer.OTHER: Grade.A3}
BEGINS = {Matter.FORWARD: Start.FORWARD, Matter.KNOWN: Start.KNOWN, Matter.CONVERSATION: Start.CONVERSATION}
TO_NEW = (Matter.CONVERSATION, Matter.NO_CUSTOMER, Matter.SEVERAL)


def case(writer: Writer, matter: Matter) -> Evidence:
    """Evidence for a cell."""
    base = evidence(grade=GRADES[writer], author=Address(address="kim@desk.test"))
    return replace(base, agent=None if writer is Writer.OTHER else AGENT, beginning=BEGINNINGS[matter])


@pytest.mark.parametrize("matter", Matter)
@pytest.mark.parametrize("writer", Writer)
def test_every_cell_is_as_the_threat_model_wants_it(writer: Writer, matter: Matter) -> None:
    """Only who is proven begins anything or hears anything; who seems to be an agent is never taken for a customer."""
    found = case(writer, matter)
    plan = starts(found)

    assert (writer, matter) == (writer_of(found), matter_of(found))
    if writer is Writer.AGENT:
        assert plan is not None
        assert (Action.COMMANDS, BEGINS.get(matter, Start.RETURNED)) == (plan.action, plan.start)
        assert bool(plan.problem) == (plan.start is Start.RETURNED)
    elif writer is Writer.UNPROVEN or matter in TO_NEW:
        assert plan is not None
        assert (Action.HOLD, None) == (plan.action, plan.start)
    else:
        assert plan is None


def test_the_table_has_every_cell() -> None:
    """None is missing."""
    assert {(writer, matter) for writer in Writer for matter in Matter} == set(TABLE)


@pytest.mark.parametrize("purpose", [Purpose.REPLY, Purpose.AGENT, Purpose.CONFIRM, Purpose.BOUNCE])
def test_mail_on_a_tickets_address_begins_nothing(purpose: Purpose) -> None:
    """What it says is for that ticket, whatever stands in it."""
    base = replace(case(Writer.AGENT, Matter.FORWARD), match=MATCH)
    token = replace(evidence(strength=T3).reading.token, token=replace(TOKEN, purpose=purpose))

    assert starts(replace(base, reading=replace(base.reading, token=token))) is None


def test_a_hint_at_a_ticket_is_not_its_address() -> None:
    """A forwarded mail often quotes one of ours: the ticket that it mentions is linked."""
    base = replace(case(Writer.AGENT, Matter.FORWARD), match=MATCH)
    token = replace(evidence(strength=T1).reading.token, token=replace(TOKEN, purpose=Purpose.TEXT))
    plan = starts(replace(base, reading=replace(base.reading, token=token)))

    assert plan is not None
    assert (Start.FORWARD, TICKET) == (plan.start, plan.linked)


def test_what_answers_an_automatic_mail_is_held_instead_of_returned() -> None:
    """Unless it mentions a ticket: then the ladder of that ticket ends a loop."""
    loop = replace(case(Writer.AGENT, Matter.NOTHING), names_automatic_mail=True)
    held, returned = starts(loop), starts(replace(loop, match=MATCH))

    assert held is not None
    assert returned is not None
    assert (Action.HOLD, Action.COMMANDS) == (held.action, returned.action)
