"""Agents' out-of-office replies: recorded, never passed on, and only the agent's own say that he is away."""

from datetime import date

import pytest

from gateway.model import Agent
from gateway.store.absences import Absence, absences
from gateway.store.agents import put_agents
from gateway.store.outcomes import Outcome
from tests.desk import AGENT, CUSTOMER, STRANGER, SUPPORT, TestDesk

LEE = "lee@desk.test"
OOO = (("Auto-Submitted", "auto-replied"),)


def opened(desk: TestDesk) -> Outcome:
    """Ann's ticket."""
    return desk.take(desk.post.mail(CUSTOMER, SUPPORT, "It fails."), mail_from=CUSTOMER)


def automatic(
    desk: TestDesk, text: str = "I am away until 14 September 2026.", *, by: str = AGENT, signed: bool = True
) -> Outcome:
    """Kim's mail program answers the newest notification."""
    to = [mail for mail in desk.outbox("notification") if mail.recipient.address == AGENT][-1].reply_to
    raw = desk.post.mail(by, to, text, subject="Automatic reply", headers=OOO, signed=signed)
    return desk.take(raw, rcpt=[to], mail_from="")


def away(desk: TestDesk) -> list[Absence]:
    """Who is away as far as mail tells."""
    with desk.store.reading() as tx:
        return absences(tx)


def test_an_out_of_office_reply_is_recorded_and_read(desk: TestDesk) -> None:
    """It reaches no customer; the story says until when he is away."""
    ticket = opened(desk)
    outcome = automatic(desk)

    assert ("record", ticket.ticket_id) == (outcome.action, outcome.ticket_id)
    assert [(AGENT, date(2026, 9, 14))] == [(each.address, each.until) for each in away(desk)]
    assert ["auto_reply", "away"] == desk.story(ticket)[-2:]
    assert "until 2026-09-14" in desk.events(ticket)[-1].detail
    assert [] == desk.outbox("answer")


def test_without_a_day_he_is_away_until_he_writes(desk: TestDesk) -> None:
    """A day that was read stays, whatever he writes meanwhile: people answer one mail from the beach."""
    opened(desk)
    automatic(desk, "I am not in the office.")
    before = away(desk)
    to = desk.outbox("notification")[-1].reply_to
    desk.take(desk.post.mail(AGENT, to, "#note\nback"), rcpt=[to], mail_from=AGENT)
    without = away(desk)
    automatic(desk)
    desk.take(desk.post.mail(AGENT, to, "#note\nfrom the beach"), rcpt=[to], mail_from=AGENT)

    assert ([(AGENT, None)], []) == ([(each.address, each.until) for each in before], without)
    assert [date(2026, 9, 14)] == [each.until for each in away(desk)]


@pytest.mark.parametrize(("by", "signed"), [(AGENT, False), (STRANGER, True), (CUSTOMER, True), (LEE, True)])
def test_nobody_says_for_another_that_he_is_away(fast_desk: TestDesk, by: str, signed: bool) -> None:
    """Not without proof, and not on an address that was given to a colleague."""
    with fast_desk.store.transaction() as tx:
        put_agents(tx, [Agent(name="Kim", address=AGENT), Agent(name="Lee", address=LEE)])
    opened(fast_desk)
    automatic(fast_desk, by=by, signed=signed)

    assert [] == away(fast_desk)


def test_mail_to_who_is_away_goes_to_his_colleagues(desk: TestDesk) -> None:
    """A customer goes on writing; whoever is there reads it."""
    with desk.store.transaction() as tx:
        put_agents(tx, [Agent(name="Kim", address=AGENT), Agent(name="Lee", address=LEE)])
    first = opened(desk)
    to = next(mail.reply_to for mail in desk.outbox("notification") if mail.recipient.address == AGENT)
    desk.take(desk.post.mail(AGENT, to, "Which order?"), rcpt=[to], mail_from=AGENT)
    automatic(desk)
    answer = desk.outbox("answer")[-1].reply_to
    desk.take(desk.post.mail(CUSTOMER, answer, "Order 7"), rcpt=[answer], mail_from=CUSTOMER)

    assert AGENT == desk.ticket(first).assignee
    assert LEE == desk.outbox("notification")[-1].recipient.address
    assert 3 == len(desk.outbox("notification"))
