"""What a customer hears when his ticket is finished: once, if he may be written to, and not twice about the same."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.config import parse
from gateway.mail.message import Message
from gateway.model import ArticleKind, Ticket
from gateway.store import outbox, tickets
from gateway.tickets import change, letters
from gateway.tickets.state import Happening
from tests.desk import AGENT, BAKERY, CUSTOMER, STRANGER, SUPPORT, TestDesk
from tests.tickets.test_letters import TEST_MAIL, opened

GATEWAY = {"support_addresses": ["support@desk.test"], "reply_domain": "reply.desk.test"}


def finished(desk: TestDesk, happening: Happening) -> Ticket:
    """A customer's ticket, finished now."""
    ticket = desk.ticket(desk.take(desk.post.mail(CUSTOMER, SUPPORT, "It fails")))
    with desk.store.transaction() as tx:
        at = desk.clock.now()
        change.add_text(tx, ticket, kind=ArticleKind.OUT, author=AGENT, author_name="Kim", text="Try", at=at)
        return change.move(tx, ticket, happening, actor="Kim", at=at)


def test_a_solved_ticket_is_told_of_once_each_time(desk: TestDesk) -> None:
    """Twice in a row says nothing new; after it came back it does."""
    ticket = finished(desk, Happening.SOLVED)
    with desk.store.transaction() as tx:
        sent = [letters.send_solved(tx, desk.gateway.desk, ticket, at=desk.clock.now()) for _ in range(2)]
        desk.clock.at += timedelta(hours=1)
        back = change.move(
            tx, ticket, Happening.CUSTOMER_WROTE, actor="", at=desk.clock.now(), hours=desk.gateway.desk.hours
        )
        again = change.move(tx, back, Happening.SOLVED, actor="Kim", at=desk.clock.now())
        sent.append(letters.send_solved(tx, desk.gateway.desk, again, at=desk.clock.now()))

    assert [True, False, True] == sent
    assert ["", ""] == [dict(mail.values)["silent"] for mail in desk.outbox("solved")]


def test_who_heard_that_it_is_solved_does_not_hear_that_it_is_closed(desk: TestDesk) -> None:
    """Unless nothing was sent then."""
    ticket = finished(desk, Happening.SOLVED)
    other = finished(desk, Happening.SOLVED)
    with desk.store.transaction() as tx:
        letters.send_solved(tx, desk.gateway.desk, ticket, at=desk.clock.now())
        desk.clock.at += timedelta(days=2)  # or the limits of automatic mail would say no
        sent = []
        for each in (ticket, other):
            closed = change.move(tx, each, Happening.CLOSED, actor="Kim", at=desk.clock.now())
            sent.append(letters.send_closed(tx, desk.gateway.desk, closed, at=desk.clock.now()))

    assert [False, True] == sent


def test_an_operator_may_want_no_closing_mail(desk: TestDesk) -> None:
    """`[desk] closing_mail = false`."""
    ticket = finished(desk, Happening.CLOSED)
    with desk.store.transaction() as tx:
        quiet = replace(desk.gateway.desk, closing_mail=False)
        assert not letters.send_closed(tx, quiet, ticket, at=desk.clock.now())

    assert [] == desk.outbox("closed")
    assert parse({"gateway": GATEWAY}, "config.toml").desk.closing_mail


def test_the_mail_waits_as_long_as_the_agent_can_take_it_back(desk: TestDesk) -> None:
    """`not_before` is when it may leave."""
    ticket = finished(desk, Happening.SOLVED)
    later = desk.clock.now() + timedelta(minutes=10)
    with desk.store.transaction() as tx:
        letters.send_solved(tx, desk.gateway.desk, ticket, at=desk.clock.now(), not_before=later)
    with desk.store.reading() as tx:
        assert later in [mail.next_try_at for mail in outbox.queued(tx, limit=100)]


def test_nothing_goes_to_a_stranger_and_the_story_says_so(desk: TestDesk) -> None:
    """A confirmed ticket whose correspondent stands on no account."""
    ticket = opened(desk, correspondent=STRANGER)
    with desk.store.transaction() as tx:
        assert not letters.send_solved(tx, desk.gateway.desk, ticket, at=desk.clock.now())
        letters.send_reopened(tx, desk.gateway.desk, ticket, TEST_MAIL, at=desk.clock.now())
        (event,) = tickets.events(tx, ticket.id)

    assert [] == desk.outbox()
    assert ("not_sent", "solved: the address of its correspondent is on no account that the ticket is of") == (
        event.kind,
        event.detail,
    )


def test_the_confirmation_request_is_nobodys_answer(desk: TestDesk) -> None:
    """It goes to who did not write: auto-generated, as what comes by the clock is; receipts are auto-replied."""
    ticket = opened(desk, correspondent=STRANGER)
    with desk.store.transaction() as tx:
        letters.send_confirmation_request(
            tx,
            desk.gateway.desk,
            ticket,
            account=BAKERY,
            recipient=CUSTOMER,
            claimed_address=STRANGER,
            language="en",
            at=desk.clock.now(),
        )
        letters.send_receipt(tx, desk.gateway.desk, ticket, TEST_MAIL, shop="", at=desk.clock.now())
    request, receipt = desk.outbox()

    assert "Auto-Submitted: auto-generated\r\n" in desk.letter(request).data.decode()
    assert "Auto-Submitted: auto-replied\r\n" in desk.letter(receipt).data.decode()


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        (datetime(2026, 9, 4, 16, 59, tzinfo=UTC), ""),
        (datetime(2026, 9, 4, 17, 0, tzinfo=UTC), "Monday 7 September at 09:00"),
        (datetime(2026, 9, 8, 3, 0, tzinfo=UTC), "Tuesday 8 September at 09:00"),
    ],
)
def test_a_receipt_says_when_a_closed_desk_opens(desk: TestDesk, at: datetime, opens: str) -> None:
    """In the same mail, and only where the operator told the hours."""
    ticket, message = opened(desk), Message(author=TEST_MAIL.author, message_id="<7@bread.test>")
    with desk.store.transaction() as tx:
        letters.send_receipt(tx, replace(desk.gateway.desk, tells_hours=True), ticket, message, shop="", at=at)
        letters.send_receipt(tx, desk.gateway.desk, ticket, message, shop="", at=at)

    assert [opens, ""] == [dict(mail.values)["opens"] for mail in desk.outbox("receipt")]
