"""Whose mail counts for how often an account asks, and what that does to the queue (A-22)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event

from gateway.hours.desk_hours import DeskHours
from gateway.model import Account, AccountAddress, Priority, Ticket
from gateway.queue.look import demand, look
from gateway.store import queue as store_queue
from gateway.store.outcomes import Outcome
from gateway.tickets import change
from gateway.tickets.state import Happening
from gateway.tokens import Purpose
from tests.desk import AGENT, BAKERY, CUSTOMER, STRANGER, SUPPORT, TestDesk

HOURS = DeskHours()
FLORIST = Account(id="8", addresses=(AccountAddress(address="flora@signed.test", verified=True),))


def asked(desk: TestDesk, account: str = "7") -> int:
    """How many mails count for the account now."""
    since = (desk.clock.now() - timedelta(days=27)).date()
    with desk.store.reading() as tx:
        return store_queue.mails_of_account(tx, account, since, a_day=1000)


def queue(desk: TestDesk) -> list[tuple[int, str]]:
    """The queue: numbers and accounts."""
    with desk.store.reading() as tx:
        return [(one.ticket.id, one.ticket.account_id or "") for one in look(tx, HOURS, desk.clock.now())]


def test_a_customers_own_mails_count(desk: TestDesk) -> None:
    """The one that opens a ticket and those that follow; the account's, whichever of its shops it is about."""
    first = desk.take(desk.post.mail(CUSTOMER, SUPPORT))
    desk.take(desk.post.mail(CUSTOMER, SUPPORT, "and more", subject="Another thing"))

    assert "open" == first.action
    assert 2 == asked(desk)


@pytest.mark.parametrize(
    "headers",
    [
        [("Auto-Submitted", "auto-replied")],
        [("List-Id", "<news.bread.test>"), ("Precedence", "bulk")],
        [("X-Autoreply", "yes")],
    ],
)
def test_automatic_mail_does_not_count(fast_desk: TestDesk, headers: list[tuple[str, str]]) -> None:
    """Although it is proven to come from him."""
    fast_desk.take(fast_desk.post.mail(CUSTOMER, SUPPORT, headers=headers))

    assert 0 == asked(fast_desk)


def test_a_duplicate_does_not_count(fast_desk: TestDesk) -> None:
    """The same mail by another way."""
    raw = fast_desk.post.mail(CUSTOMER, SUPPORT)

    assert ["open", "duplicate"] == [fast_desk.take(raw).action, fast_desk.take(raw).action]
    assert 1 == asked(fast_desk)


def test_mails_of_strangers_and_agents_count_for_nobody(fast_desk: TestDesk) -> None:
    """Neither what is not proven nor what is not a customer's."""
    fast_desk.take(fast_desk.post.mail(CUSTOMER, SUPPORT, signed=False))
    fast_desk.take(fast_desk.post.mail(STRANGER, SUPPORT))
    fast_desk.take(fast_desk.post.mail("someone@signed.test", SUPPORT))
    fast_desk.take(fast_desk.post.mail(AGENT, SUPPORT))

    with fast_desk.store.reading() as tx:
        assert {} == demand(tx, fast_desk.clock.now()).mails


def test_a_days_mails_count_up_to_two_and_a_months_ago_not_at_all(desk: TestDesk) -> None:
    """One bad day makes nobody a frequent asker."""
    for number in range(5):
        desk.take(desk.post.mail(CUSTOMER, SUPPORT, subject=f"Question {number}"))
    with desk.store.reading() as tx:
        today = demand(tx, desk.clock.now()).mails
    desk.clock.at += timedelta(days=28)
    desk.take(desk.post.mail(CUSTOMER, SUPPORT, subject="Much later"))

    with desk.store.reading() as tx:
        assert [{"7": 2}, {"7": 1}] == [today, demand(tx, desk.clock.now()).mails]


def test_mails_in_a_customers_name_leave_his_rank_unchanged(fast_desk: TestDesk) -> None:
    """Spoofed ones, hundreds in the real attack; here as many as show it (A-22)."""
    fast_desk.put_accounts(BAKERY, FLORIST)
    fast_desk.take(fast_desk.post.mail(CUSTOMER, SUPPORT))
    fast_desk.take(fast_desk.post.mail("flora@signed.test", SUPPORT))
    before = queue(fast_desk)
    for number in range(12):
        fast_desk.take(fast_desk.post.mail(CUSTOMER, SUPPORT, subject=f"Spoofed {number}", signed=False))

    assert before == queue(fast_desk)[:2]
    assert 1 == asked(fast_desk)


def test_a_merged_double_counts_no_more_until_the_merge_is_taken_back(desk: TestDesk) -> None:
    """Two mails about one matter are one question."""
    desk.gateway = replace(desk.gateway, desk=replace(desk.gateway.desk, undo_seconds=600))
    first = desk.take(desk.post.mail(CUSTOMER, SUPPORT))
    desk.take(desk.post.mail(CUSTOMER, SUPPORT, subject="Payment fails!!"))
    agent = _notified(desk)
    desk.take(desk.post.mail(AGENT, agent, f"#merge {first.ticket_id}"), rcpt=[agent])
    merged = asked(desk)
    desk.take(desk.post.mail(AGENT, agent, "#undo"), rcpt=[agent])

    assert [1, 2] == [merged, asked(desk)]


def test_what_was_asked_long_ago_is_forgotten(desk: TestDesk) -> None:
    """The table does not grow for ever."""
    desk.take(desk.post.mail(CUSTOMER, SUPPORT))
    today = desk.clock.now().date()
    with desk.store.transaction() as tx:
        assert [0, 1] == [store_queue.forget_asked(tx, today), store_queue.forget_asked(tx, today + timedelta(days=1))]
    assert 0 == asked(desk)


def test_the_queue_reads_no_more_than_what_waits(fast_desk: TestDesk) -> None:
    """However many tickets there were: the indexes hold only what waits, and only strangers'."""
    said: list[tuple[str, object]] = []

    @event.listens_for(fast_desk.store._reading, "before_cursor_execute")
    def on_statement(_connection: object, _cursor: object, sql: str, values: object, *_rest: object) -> None:
        said.append((sql, values))

    queue(fast_desk)
    with fast_desk.store.reading() as tx:
        plans = [str(tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values).all()) for sql, values in tuple(said)]

    assert [] == [plan for plan in plans if "SCAN" in plan]
    assert "ix_ticket_waiting_since" in plans[0]
    assert "ix_ticket_strangers_opened_at" in plans[2]


def test_strangers_are_remembered_who_came_lately_and_wait_no_more(desk: TestDesk) -> None:
    """Neither customers, nor those who still wait, nor those of long ago."""
    from_stranger = [desk.take(desk.post.mail(STRANGER, SUPPORT, subject=f"Question {number}")) for number in range(2)]
    from_customer = desk.take(desk.post.mail(CUSTOMER, SUPPORT))
    with desk.store.transaction() as tx:
        for outcome in (from_stranger[0], from_customer):
            change.move(tx, desk.ticket(outcome), Happening.CLOSED, actor="", at=desk.clock.now())
    came = desk.ticket(from_stranger[0]).opened_at

    with desk.store.reading() as tx:
        assert [came] == list(demand(tx, desk.clock.now()).strangers)
        assert [] == list(demand(tx, desk.clock.now() + timedelta(days=15)).strangers)


# --- deadlines in the life of a ticket ---


def deadline(desk: TestDesk, outcome: Outcome) -> tuple[bool, str]:
    """Does the ticket wait, and until when?"""
    ticket = desk.ticket(outcome)
    return ticket.waiting_since is not None, f"{ticket.due_at:%d %H:%M}" if ticket.due_at else ""


def test_a_deadline_begins_when_a_ticket_begins_to_wait_and_ends_with_the_answer(fast_desk: TestDesk) -> None:
    """An impatient customer does not move it; one who writes again gets a new one."""
    opened = fast_desk.take(fast_desk.post.mail(CUSTOMER, SUPPORT))
    first = deadline(fast_desk, opened)
    fast_desk.clock.at += timedelta(hours=3)
    ticket = fast_desk.ticket(opened)
    fast_desk.take(_reply(fast_desk, ticket, "hello?"))
    impatient = deadline(fast_desk, opened)
    agent = _notified(fast_desk)
    fast_desk.take(fast_desk.post.mail(AGENT, agent, "Try again."), rcpt=[agent])
    answered = deadline(fast_desk, opened)
    fast_desk.clock.at += timedelta(hours=1)
    fast_desk.take(_reply(fast_desk, ticket, "It still fails."))

    assert [(True, "01 17:00"), (True, "01 17:00"), (False, ""), (True, "02 12:00")] == [
        first,
        impatient,
        answered,
        deadline(fast_desk, opened),
    ]


def test_a_new_priority_counts_from_when_the_ticket_began_to_wait(fast_desk: TestDesk) -> None:
    """Of one that does not wait only the priority changes."""
    opened = fast_desk.take(fast_desk.post.mail(CUSTOMER, SUPPORT))
    now = fast_desk.clock.now() + timedelta(hours=5)
    with fast_desk.store.transaction() as tx:
        urgent = change.prioritise(tx, fast_desk.ticket(opened), Priority.URGENT, hours=HOURS, actor="Kim", at=now)
        solved = change.move(tx, urgent, Happening.SOLVED, actor="Kim", at=now)
        low = change.prioritise(tx, solved, Priority.LOW, hours=HOURS, actor="Kim", at=now)

    assert urgent.due_at is not None
    assert "01 11:00" == f"{urgent.due_at:%d %H:%M}"
    assert (None, Priority.LOW, Priority.LOW) == (low.due_at, low.priority, fast_desk.ticket(opened).priority)
    assert "priority" in fast_desk.story(opened)


def _notified(desk: TestDesk) -> str:
    """The agent's own address of the ticket."""
    return desk.outbox("notification")[-1].reply_to


def _reply(desk: TestDesk, ticket: Ticket, text: str) -> bytes:
    """The customer's mail to his own address of the ticket."""
    to = desk.gateway.desk.reply_address(
        Purpose.REPLY, ticket_ref=ticket.ref, address=ticket.correspondent, at=desk.clock.now()
    )
    return desk.post.mail(CUSTOMER, to, text)
