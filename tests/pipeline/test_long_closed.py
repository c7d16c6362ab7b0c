"""A reply address proves something until 30 days after its ticket was closed; what comes later opens a new one."""

import json
from datetime import timedelta

import pytest

from gateway.matching.match import AFTER_CLOSING
from gateway.store.outcomes import Outcome
from tests.desk import AGENT, CUSTOMER, STRANGER, SUPPORT, TestDesk

SECOND = timedelta(seconds=1)
JOE = "joe@signed.test"


def closed(desk: TestDesk, *, by: str = "#close", author: str = CUSTOMER) -> tuple[Outcome, str]:
    """A ticket that an agent answered and closed; and the customer's reply address."""
    first = desk.take(desk.post.mail(author, SUPPORT, "It fails."), mail_from=author)
    to = desk.outbox("notification")[-1].reply_to
    desk.take(desk.post.mail(AGENT, to, f"{by}\n\nIt works again."), rcpt=[to], mail_from=AGENT)
    assert desk.ticket(first).closed_at == desk.clock.now()
    return first, desk.outbox("answer")[-1].reply_to


def reply(desk: TestDesk, to: str, text: str = "It fails again.", *, author: str = CUSTOMER) -> Outcome:
    """A mail to the reply address."""
    return desk.take(desk.post.mail(author, to, text), rcpt=[to], mail_from=author)


def strength(outcome: Outcome) -> str:
    """T3 to T0, as it was decided."""
    return str(json.loads(outcome.explanation)["identity"]["token"])


@pytest.mark.parametrize("by", ["#close", "#solved"])
def test_within_thirty_days_a_reply_reopens_the_ticket(fast_desk: TestDesk, by: str) -> None:
    """To the second."""
    first, to = closed(fast_desk, by=by)
    fast_desk.clock.at += AFTER_CLOSING

    outcome = reply(fast_desk, to)

    assert (timedelta(days=30), "append", "T3") == (AFTER_CLOSING, outcome.action, strength(outcome))
    assert first.ticket_id == outcome.ticket_id
    assert "reopened" in fast_desk.story(first)
    assert fast_desk.ticket(first).closed_at is None


@pytest.mark.parametrize("by", ["#close", "#solved"])
def test_after_thirty_days_a_reply_opens_a_new_ticket_that_is_linked(desk: TestDesk, by: str) -> None:
    """Of the same account, with a receipt; the old one stays closed, and agents see both (A-06)."""
    first, to = closed(desk, by=by)
    before = desk.ticket(first)
    desk.clock.at += AFTER_CLOSING + SECOND

    outcome = reply(desk, to)

    assert ("open", "T1") == (outcome.action, strength(outcome))
    assert first.ticket_id != outcome.ticket_id
    assert ("7", "s1") == (desk.ticket(outcome).account_id, desk.ticket(outcome).shop_id)
    assert before == desk.ticket(first)
    assert "linked" in desk.story(first)
    assert "linked" in desk.story(outcome)
    assert "30 days" in json.loads(outcome.explanation)["identity"]["why"]


def test_a_thread_of_a_ticket_that_is_over_opens_a_new_one(fast_desk: TestDesk) -> None:
    """Also without our address; his answers to the new one then find that."""
    first, _ = closed(fast_desk)
    sent = fast_desk.outbox("answer")[-1].message_id
    fast_desk.clock.at += AFTER_CLOSING + SECOND

    outcome = fast_desk.take(fast_desk.post.mail(CUSTOMER, SUPPORT, "Again.", answers=sent), mail_from=CUSTOMER)

    assert "open" == outcome.action
    assert first.ticket_id != outcome.ticket_id


def test_a_strangers_ticket_that_is_over_stays_as_it_is(fast_desk: TestDesk) -> None:
    """He gets a new unconfirmed one and the neutral mail, as any stranger does."""
    first, to = closed(fast_desk, author=JOE)
    fast_desk.clock.at += AFTER_CLOSING + SECOND

    outcome = reply(fast_desk, to, author=JOE)

    assert "open_unconfirmed" == outcome.action
    assert first.ticket_id != outcome.ticket_id
    assert not fast_desk.ticket(outcome).confirmed


def test_what_is_not_proven_neither_reopens_nor_writes(fast_desk: TestDesk) -> None:
    """A leaked address of a ticket that is over: for another it is a hint like any."""
    first, to = closed(fast_desk)
    before = fast_desk.ticket(first)
    fast_desk.clock.at += AFTER_CLOSING + SECOND

    outcome = reply(fast_desk, to, author=STRANGER)

    assert "open_unconfirmed" == outcome.action
    assert before == fast_desk.ticket(first)


def test_an_agents_address_lasts_as_long_as_any(fast_desk: TestDesk) -> None:
    """He may still write to the customer of a ticket that was closed."""
    first, _ = closed(fast_desk)
    to = fast_desk.outbox("notification")[-1].reply_to
    fast_desk.clock.at += AFTER_CLOSING + SECOND

    outcome = reply(fast_desk, to, "Does it still work?", author=AGENT)

    assert ("commands", first.ticket_id) == (outcome.action, outcome.ticket_id)
    assert 2 == len(fast_desk.outbox("answer"))
