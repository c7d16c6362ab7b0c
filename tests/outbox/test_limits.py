"""Nobody is bombed with mail that carries our name (A-24), and no two machines answer each other for long (A-25)."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from gateway import events
from gateway.model import ArticleKind
from gateway.outbox.enqueue import enqueue
from gateway.outbox.limits import LADDER, Limit, Refusal, Step
from gateway.store.db import Store, Tx
from gateway.store.outbox import claim, queued
from gateway.store.tickets import insert_article, insert_ticket
from tests.outbox.sending import ANSWER, NOTICE, NOW, RECEIPT, mail, rows

HOUR = timedelta(hours=1)


def send(store: Store, addresses: Iterable[str], at: datetime = NOW, first: int = 0) -> list[Refusal | None]:
    """A receipt to each of these addresses, one after the other."""
    with store.transaction() as tx:
        return [enqueue(tx, mail(first + n, RECEIPT, to), at) for n, to in enumerate(addresses)]


def limits(answers: list[Refusal | None]) -> list[Limit | None]:
    """Which limit stood against each."""
    return [answer.limit if answer else None for answer in answers]


def test_an_address_gets_three_receipts_a_day(store: Store) -> None:
    """However it is spelled; the fourth is refused with a reason, and the day after there is room again."""
    spellings = ["maria@shop.example", "Maria@shop.example", "maria@SHOP.example"]
    answers = send(store, spellings * 20)

    assert [None] * 3 + [Limit.ADDRESS] * 57 == limits(answers)
    assert answers[3] is not None
    assert "there were 3 automatic mails to this address in 24 hours, and more are not sent" == answers[3].why
    assert [None] == limits(send(store, spellings[:1], NOW + timedelta(days=1, seconds=1), first=100))
    assert 4 == len(rows(store))


def test_a_domain_gets_thirty_receipts_an_hour(store: Store) -> None:
    """Spread over its addresses; another domain and the next hour are free."""
    addresses = [f"a{number}@shop.example" for number in range(32)]

    assert [None] * 30 + [Limit.DOMAIN] * 2 == limits(send(store, addresses))
    assert [None] == limits(send(store, ["a@other.example"], first=100))
    assert [None] == limits(send(store, ["b@shop.example"], NOW + HOUR + timedelta(seconds=1), first=200))


def test_freemail_has_a_limit_of_its_own_and_everybody_together_has_one(store: Store) -> None:
    """More than thirty at one provider of mailboxes; two hundred altogether in an hour, then none until it is over."""
    answers = limits(send(store, [f"a{number}@gmail.com" for number in range(150)]))
    answers += limits(send(store, [f"a@d{number}.example" for number in range(60)], first=1000))

    assert [None] * 200 + [Limit.ALTOGETHER] * 10 == answers
    assert [None] == limits(send(store, ["z@gmail.com"], NOW + HOUR + timedelta(seconds=1), first=2000))


def test_what_people_write_and_what_agents_are_told_is_not_limited(store: Store) -> None:
    """Ten answers to one customer, ten notices to one agent; and they do not use up the receipts."""
    with store.transaction() as tx:
        answers = [enqueue(tx, mail(number, like), NOW) for number, like in enumerate([ANSWER, NOTICE] * 10)]

    assert [None] * 20 == answers
    assert [None] * 3 + [Limit.ADDRESS] == limits(send(store, [ANSWER.recipient.address] * 4, first=100))


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    """What the log is told when automatic mail is switched off."""
    found: list[tuple[int, str]] = []
    monkeypatch.setattr(events, "automatic_mail_off", lambda mails, until: found.append((mails, until)))
    return found


def test_too_much_automatic_mail_switches_it_off_for_an_hour(store: Store, told: list[tuple[int, str]]) -> None:
    """The alarm rings once; mails that were sent long before the limit do not bring it back on earlier."""
    send(store, [f"a@d{number}.example" for number in range(100)], NOW - timedelta(minutes=50))
    send(store, [f"a@e{number}.example" for number in range(100)], NOW, first=1000)

    assert [Limit.ALTOGETHER] * 5 == limits(send(store, ["a@f.example"] * 5, NOW, first=2000))
    later = send(store, ["b@f.example"], NOW + timedelta(minutes=59), first=3000)
    assert [Limit.ALTOGETHER] == limits(later)
    assert later[0] is not None
    assert "automatic mail is off until 09:00 UTC: there was too much of it" == later[0].why
    assert [None] == limits(send(store, ["c@f.example"], NOW + HOUR, first=4000))
    assert [(200, "2026-09-01T09:00:00Z")] == told


def test_what_agents_write_goes_while_automatic_mail_is_off(store: Store, told: list[tuple[int, str]]) -> None:
    """Their answers and their notifications are not counted, and not held back."""
    send(store, [f"a@d{number}.example" for number in range(201)])

    with store.transaction() as tx:
        assert [None, None] == [enqueue(tx, mail(9000 + n, like), NOW) for n, like in enumerate((ANSWER, NOTICE))]
    assert 1 == len(told)


@pytest.mark.parametrize("step", LADDER)
def test_each_step_of_the_ladder_holds(store: Store, step: Step) -> None:
    """So many mails of a ticket that went back to one address within its time; one more leaves later."""
    with store.transaction() as tx:
        returned = replace(NOTICE, ticket_id=ticket(tx))
        pause = step.window / step.most  # just as many as may be, evenly spread
        for number in range(step.most):
            enqueue(tx, mail(number, returned), NOW + number * pause)
        last = NOW + step.window - timedelta(seconds=1)
        enqueue(tx, mail(1000, returned), last)
        enqueue(tx, replace(mail(1001, returned), ticket_id=ticket(tx, 2)), last)

    waited = {row.message_id: row.next_try_at - row.created_at for row in rows(store)}
    assert step.window <= waited["<m1-1000@reply.example>"]
    assert timedelta(0) == waited["<m1-1001@reply.example>"]


def test_a_mail_of_an_article_does_not_wait(store: Store) -> None:
    """A customer who writes twenty times in ten minutes is read twenty times."""
    with store.transaction() as tx:
        number = ticket(tx)
        article = insert_article(
            tx,
            ticket_id=number,
            entry_id=None,
            kind=ArticleKind.IN,
            at=NOW,
            author="a@x.test",
            author_name="",
            confirmed=True,
            message_id="",
            subject="",
            text="",
            reply="",
        )
        for each in range(20):
            enqueue(tx, replace(mail(each, NOTICE), ticket_id=number, article_id=article), NOW)

    assert {NOW} == {row.next_try_at for row in rows(store)}


def ticket(tx: Tx, ref: int = 1) -> int:
    """A ticket to be the reason for a mail."""
    made = insert_ticket(
        tx,
        ref=ref,
        subject="x",
        correspondent="maria@shop.example",
        correspondent_name="",
        confirmed=True,
        account_id=None,
        shop_id=None,
        language="en",
        at=NOW,
    )
    return made.id


def test_counting_and_claiming_read_only_what_an_index_names(store: Store) -> None:
    """None of them looks through the table or sorts it, on either database (I10)."""
    statements: list[tuple[str, Any]] = []
    event.listen(
        store.engine,
        "before_cursor_execute",
        lambda _c, _cursor, statement, parameters, _x, _many: statements.append((statement, parameters)),
    )
    with store.transaction() as tx:
        enqueue(tx, replace(mail(0, RECEIPT), ticket_id=ticket(tx)), NOW)
    claim(store, limit=5, now=NOW, lease=HOUR)
    with store.transaction() as tx:
        queued(tx, limit=5)
    selects = [(text, values) for text, values in statements if text.startswith("SELECT")]

    assert 8 == len(selects)
    for statement, values in selects:
        plan = "\n".join(explained(store, statement, values))
        # A Seq Scan that remains while they are forbidden is one that no index can take the place of.
        assert re.search(r"USING (COVERING )?INDEX|Index (Only )?Scan", plan), (statement, plan)
        assert not re.search(r"SCAN outbox$|Seq Scan|Sort|TEMP B-TREE", plan, re.MULTILINE), (statement, plan)


def explained(store: Store, statement: str, values: Any) -> list[str]:
    """How the database would find the rows."""
    with store.reading() as tx:
        if store.is_sqlite:
            plan = tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
            return [row.detail for row in plan]
        for kind in ("seqscan", "bitmapscan"):
            tx.exec_driver_sql(f"SET LOCAL enable_{kind} = off")
        return [row[0] for row in tx.exec_driver_sql(f"EXPLAIN {statement}", values)]
