"""A held mail that is released goes on as if it had never been held: once, with its own time, and never again held."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from gateway.authn.resolver import Resolver
from gateway.clock import FixedClock, SystemClock
from gateway.config import Dns, Spam
from gateway.mail.reader import Reader
from gateway.model import Article, ArticleKind
from gateway.pipeline.process import Later, process
from gateway.spam.spamd import Spamd
from gateway.store import lessons, marks, tickets
from gateway.store import spool as spool_sql
from gateway.store.db import Store
from gateway.store.lessons import Wanted
from gateway.store.outcomes import Outcome, balance, outcome_of
from gateway.store.schema.outcome import OutcomeRow
from gateway.store.schema.ticket import TicketRow
from gateway.tickets import held
from gateway.tickets.held import Done, Result
from tests.desk import AGENT, CUSTOMER, STRANGER, SUPPORT, TestDesk, open_desk
from tests.peers.spamd import RunningSpamd
from tests.spam.mails import GTUBE

CAME = datetime.fromisoformat("2026-09-01T08:00:00+00:00")
LATER = timedelta(days=6)
"""Later than the outbox tries a mail."""


@pytest.fixture
def desk(store: Store, clock: FixedClock, tmp_path: Path, reader: Reader, spamd: RunningSpamd) -> Iterator[TestDesk]:
    """A desk that asks a real spamd, once on each database."""
    engine = Spamd(Spam(port=spamd.port), SystemClock())
    with open_desk(store, clock, tmp_path, reader, engine) as opened:
        yield opened


def hold(desk: TestDesk, author: str = CUSTOMER, to: str = SUPPORT, *, signed: bool = True, text: str = GTUBE) -> str:
    """A mail that is held; its entry id."""
    outcome = desk.take(desk.post.mail(author, to, text, signed=signed), rcpt=[to], mail_from=author)
    assert outcome.action == "hold", outcome
    return outcome.entry_id


def let_go(desk: TestDesk, entry_id: str, by: str = "Kim") -> Result:
    """Release it; it is pending then."""
    with desk.store.transaction() as tx:
        return held.release(tx, entry_id, by=by, at=desk.clock.now())


def go_on(desk: TestDesk) -> Outcome:
    """Decide what is pending, as `serve` does."""
    (entry,) = spool_sql.claim(desk.store, limit=2, now=desk.clock.now(), lease=timedelta(minutes=10))
    result = process(desk.gateway, entry)
    assert not isinstance(result, Later)
    return result


def released(desk: TestDesk, entry_id: str) -> Outcome:
    """Release it and decide it."""
    assert Result(entry_id=entry_id, done=Done.RELEASED) == let_go(desk, entry_id)
    return go_on(desk)


def articles(desk: TestDesk, outcome: Outcome) -> list[Article]:
    """The articles of its ticket."""
    assert outcome.ticket_id
    with desk.store.reading() as tx:
        return tickets.articles(tx, outcome.ticket_id)


def is_even(desk: TestDesk) -> bool:
    """Does the audit agree?"""
    with desk.store.reading() as tx:
        return balance(tx).is_even


def test_a_customers_mail_becomes_the_ticket_that_it_would_have_been(desk: TestDesk) -> None:
    """His account and shop, his receipt, word to the agents; its own time, and who let it go on."""
    entry_id = hold(desk)
    assert [] == desk.outbox()
    desk.clock.at += LATER

    outcome = released(desk, entry_id)

    ticket = desk.ticket(outcome)
    assert ("open", True, "7", "s1") == (outcome.action, ticket.confirmed, ticket.account_id, ticket.shop_id)
    assert (CAME, CAME) == (ticket.opened_at, articles(desk, outcome)[0].at)
    assert ["notification", "receipt"] == sorted(mail.template for mail in desk.outbox())
    assert "released by Kim: a proven customer writes" == outcome.why
    (event,) = [event for event in desk.events(outcome) if event.kind == "released"]
    assert (desk.clock.at, "Kim") == (event.at, event.actor)
    assert event.detail.startswith(
        "released from held by Kim; it came at 2026-09-01 08:00 UTC and was held: spam score"
    )


def test_an_entry_has_one_outcome_or_is_pending(desk: TestDesk) -> None:
    """At every moment the two sides of the audit agree; the mark keeps why it was held."""
    entry_id = hold(desk)
    assert is_even(desk)
    let_go(desk, entry_id)
    assert is_even(desk)
    with desk.store.reading() as tx:
        assert (1, None) == (spool_sql.count_pending(tx), outcome_of(tx, entry_id))
    go_on(desk)

    assert is_even(desk)
    with desk.store.reading() as tx:
        assert 1 == tx.execute(select(func.count()).select_from(OutcomeRow)).scalar_one()
        mark = marks.mark_of(tx, entry_id)
    assert mark
    assert ("Kim", desk.clock.at, True) == (mark.released_by, mark.released_at, mark.held_why.startswith("spam score"))


def test_neither_dns_nor_the_engine_is_asked_again(desk: TestDesk, tmp_path: Path) -> None:
    """What was found then counts: the domain may have lost its key since."""
    entry_id = hold(desk)
    (tmp_path / "nothing").write_text("$TTL 300\n")
    desk.gateway = replace(desk.gateway, resolver=Resolver(Dns(zone_file=tmp_path / "nothing"), desk.clock))
    desk.gateway.engine.close()

    outcome = released(desk, entry_id)

    document = json.loads(outcome.explanation)
    assert ("open", "A3", "scanned") == (
        outcome.action,
        document["authentication"]["grade"],
        document["spam"]["state"],
    )
    assert document["spam"]["score"] > 900


def test_an_answer_goes_on_in_its_ticket(desk: TestDesk) -> None:
    """With the reply address that has expired since: nothing counts as older than it was."""
    first = desk.take(desk.post.mail(CUSTOMER, SUPPORT, "It fails."), mail_from=CUSTOMER)
    address = desk.outbox("receipt")[0].reply_to
    entry_id = hold(desk, to=address)
    desk.clock.at += timedelta(days=200)

    outcome = released(desk, entry_id)

    assert ("append", first.ticket_id) == (outcome.action, outcome.ticket_id)
    assert CAME == articles(desk, outcome)[-1].at
    assert "T3" == json.loads(outcome.explanation)["identity"]["token"]


def test_a_strangers_mail_is_answered_as_every_strangers(desk: TestDesk) -> None:
    """Unconfirmed, and the neutral letter."""
    outcome = released(desk, hold(desk, "joe@signed.test"))

    assert "open_unconfirmed" == outcome.action
    assert ["neutral", "notification"] == sorted(mail.template for mail in desk.outbox())


def test_a_mail_that_its_domain_denies_is_shown_to_the_agents_alone(desk: TestDesk) -> None:
    """The table would hold it for ever; nothing is proven by its release, and nobody outside hears of it."""
    outcome = released(desk, hold(desk, signed=False, text="Please change my bank account."))

    ticket = desk.ticket(outcome)
    assert ("open_unconfirmed", False, None) == (outcome.action, ticket.confirmed, ticket.account_id)
    assert {AGENT} == {mail.recipient.address for mail in desk.outbox()}
    assert "(A0)" in dict(desk.outbox("notification")[0].values)["proof"]


def test_a_list_mail_is_opened_and_not_answered(desk: TestDesk) -> None:
    """What asks for silence gets it, also when a person let it go on."""
    raw = desk.post.mail("joe@signed.test", SUPPORT, "News", headers=[("List-Id", "<news.signed.test>")])
    entry_id = desk.take(raw, mail_from="joe@signed.test").entry_id

    outcome = released(desk, entry_id)

    assert "open_unconfirmed" == outcome.action
    assert ["notification"] == [mail.template for mail in desk.outbox()]


def test_an_agents_unproven_mail_never_acts(desk: TestDesk) -> None:
    """Released, it is an unconfirmed article: no answer leaves, no command is done (A-19)."""
    first = desk.take(desk.post.mail(CUSTOMER, SUPPORT, "It fails."), mail_from=CUSTOMER)
    address = desk.outbox("notification")[0].reply_to
    entry_id = hold(desk, AGENT, address, signed=False, text="#close\nPay to this account: GR99.")

    outcome = released(desk, entry_id)

    assert ("append_unconfirmed", first.ticket_id) == (outcome.action, outcome.ticket_id)
    assert [] == desk.outbox("answer")
    assert "new" == desk.ticket(outcome).state
    assert [ArticleKind.IN, ArticleKind.IN] == [article.kind for article in articles(desk, outcome)]


def test_its_own_copies_do_not_stand_in_its_way(desk: TestDesk) -> None:
    """They are duplicates of it, and stay so; one that comes later is one, too."""
    raw = desk.post.mail("joe@signed.test", SUPPORT, GTUBE)
    entry_id = desk.take(raw, mail_from="joe@signed.test").entry_id
    copy = desk.take(raw, mail_from="joe@signed.test")
    assert ("duplicate", entry_id) == (copy.action, copy.duplicate_of)
    assert "open_unconfirmed" == released(desk, entry_id).action
    third = desk.take(raw, mail_from="joe@signed.test")
    assert ("duplicate", entry_id) == (third.action, third.duplicate_of)
    assert is_even(desk)


def test_a_mail_whose_better_copy_came_is_not_shown_twice(desk: TestDesk) -> None:
    """A forwarder broke the signature of the first; the second one is a ticket already."""
    good = desk.post.mail(CUSTOMER, SUPPORT, "It fails.")
    unsigned = good[good.index(b"From:") :]
    entry_id = desk.take(unsigned, mail_from=CUSTOMER).entry_id
    shown = desk.take(good, mail_from=CUSTOMER)
    assert "open" == shown.action

    outcome = released(desk, entry_id)

    assert ("duplicate", shown.entry_id) == (outcome.action, outcome.duplicate_of)
    assert is_even(desk)


def test_of_two_who_release_it_one_does(desk: TestDesk) -> None:
    """At the same moment, on connections of their own; the other one hears who was first."""
    entry_id = hold(desk)
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda number: let_go(desk, entry_id, f"Kim {number}"), range(8)))
    first = [result for result in results if result.done is Done.RELEASED]
    assert 1 == len(first)
    assert {Done.RELEASED, Done.RELEASED_BEFORE} == {result.done for result in results}

    outcome = go_on(desk)

    with desk.store.reading() as tx:
        assert 1 == tx.execute(select(func.count()).select_from(TicketRow)).scalar_one()
    before = let_go(desk, entry_id)
    assert (Done.RELEASED_BEFORE, outcome.ticket_id) == (before.done, before.ticket_id)
    assert before.by.startswith("Kim ")


def test_a_mark_stays_until_it_is_undone(desk: TestDesk) -> None:
    """Held, marked, learnt; undone, it waits for somebody again."""
    entry_id = hold(desk)
    with desk.store.transaction() as tx:
        at = desk.clock.now()
        assert Done.MARKED is held.mark_spam(tx, entry_id, by="Kim", at=at).done
        again = held.mark_spam(tx, entry_id, by="Lee", at=at)
        assert (Done.MARKED_BEFORE, "Kim") == (again.done, again.by)
        assert (0, 1) == marks.count_held(tx)
        assert [entry_id] == [mail.entry_id for mail in marks.newest_held(tx, limit=5, spam=True)]
        lesson = lessons.lesson_of(tx, entry_id)
        assert lesson
        assert lesson.wanted is Wanted.SPAM
        assert Done.UNMARKED is held.undo(tx, entry_id, by="Lee", at=at).done
        assert Done.NOTHING_TO_UNDO is held.undo(tx, entry_id, by="Lee", at=at).done
        lesson = lessons.lesson_of(tx, entry_id)
        assert lesson
        assert lesson.wanted is Wanted.FORGET
        assert (1, 0) == marks.count_held(tx)
    assert is_even(desk)
    assert "open" == released(desk, entry_id).action


def test_a_mail_marked_as_spam_can_still_be_released(desk: TestDesk) -> None:
    """The other lesson takes the place of the first; undone, only the lesson goes."""
    entry_id = hold(desk)
    with desk.store.transaction() as tx:
        held.mark_spam(tx, entry_id, by="Kim", at=desk.clock.now())
    outcome = released(desk, entry_id)

    with desk.store.transaction() as tx:
        lesson = lessons.lesson_of(tx, entry_id)
        assert lesson
        assert lesson.wanted is Wanted.HAM
        undone = held.undo(tx, entry_id, by="Kim", at=desk.clock.now())
        assert (Done.UNLEARNT, outcome.ticket_id) == (undone.done, undone.ticket_id)
        assert Done.RELEASED_BEFORE is held.mark_spam(tx, entry_id, by="Kim", at=desk.clock.now()).done


def test_what_is_not_held_cannot_be_released(desk: TestDesk) -> None:
    """A ticket, and an id that nobody has."""
    outcome = desk.take(desk.post.mail(STRANGER, SUPPORT))

    result = let_go(desk, outcome.entry_id)
    assert (Done.NOT_HELD, outcome.ticket_id) == (result.done, result.ticket_id)
    assert Done.UNKNOWN is let_go(desk, "01K8Z6Q2V3W4X5Y6Z7A8B9C0D1").done
