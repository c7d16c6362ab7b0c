"""Lessons reach the real engines, wait while these do not take them, and are taken back when a mark is undone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.clock import FixedClock, SystemClock
from gateway.config import Spam
from gateway.jobs.learning import FIRST_RETRY, NOT_KEPT, Learning
from gateway.mail.reader import Reader
from gateway.spam.engine import Engine
from gateway.spam.none import NoEngine
from gateway.spam.rspamd import Rspamd
from gateway.spam.spamd import Spamd
from gateway.store import lessons, marks, spool
from gateway.store.lessons import LessonState, StoredLesson, Wanted
from gateway.store.outcomes import Outcome, insert_outcome
from gateway.store.schema.spool import RawRow
from gateway.tickets import held
from tests.desk import AGENT, SUPPORT, TestDesk, open_desk
from tests.peers.process import free_port
from tests.peers.rspamd import RunningRspamd
from tests.peers.spamd import RunningSpamd, running_spamd
from tests.stores import sqlite_store

OFFER = (
    "Replica watches number {0}, luxury brands, order today with a discount of {0} percent, limited stock, click the "
    "shop now, genuine looking watches shipped worldwide by express courier. Bracelets, handbags and sunglasses of "
    "every famous brand are waiting for you at unbeatable prices, only this week.\r\n"
)
LETTER = (
    "Order {0} has been waiting for days now, and the customer asks every morning where the parcel is. Could somebody "
    "of your team look into the delivery settings of our shop, please? Many thanks for the help.\r\n"
)


@pytest.fixture
def desk(clock: FixedClock, tmp_path: Path, reader: Reader) -> Iterator[TestDesk]:
    """A desk without an engine of its own: what the store does differently is tested in `store`."""
    store = sqlite_store(tmp_path / "desk.db")
    with open_desk(store, clock, tmp_path, reader) as opened:
        yield opened
    store.close()


def held_mail(desk: TestDesk, text: str = "Buy!") -> str:
    """A mail that its author's domain denies: held, whatever an engine says."""
    outcome = desk.take(desk.post.mail(f"eve{desk.post.count}@signed.test", SUPPORT, text, signed=False))
    assert "hold" == outcome.action
    return outcome.entry_id


def mark(desk: TestDesk, entry_id: str, *, spam: bool) -> None:
    """Somebody says what it is."""
    with desk.store.transaction() as tx:
        act = held.mark_spam if spam else held.release
        assert act(tx, entry_id, by="Kim", at=desk.clock.now()).done in held.CHANGES


def mark_released(desk: TestDesk, text: str) -> str:
    """A held mail that somebody lets go on; it is left pending."""
    raw = desk.post.mail("joe@signed.test", SUPPORT, text, signed=False)
    entry_id = desk.put(raw).id
    with desk.store.transaction() as tx:
        insert_outcome(tx, Outcome(entry_id=entry_id, decided_at=desk.clock.now(), action="hold", why="x"))
        spool.finish(tx, entry_id)
    mark(desk, entry_id, spam=False)
    # Far in the future, so that the next mail that is put is the one that is claimed.
    with desk.store.transaction() as tx:
        marks.make_pending(tx, entry_id, at=desk.clock.now() + timedelta(days=9))
    return entry_id


def undo(desk: TestDesk, entry_id: str) -> None:
    """And takes it back."""
    with desk.store.transaction() as tx:
        assert held.undo(tx, entry_id, by="Kim", at=desk.clock.now()).done in held.CHANGES


def lesson(desk: TestDesk, entry_id: str) -> StoredLesson:
    """How its lesson stands."""
    with desk.store.reading() as tx:
        found = lessons.lesson_of(tx, entry_id)
    assert found
    return found


def learnt_rules(engine: Engine, text: str) -> list[str]:
    """What the engine's Bayes filter says of a new mail with this text."""
    raw = f"From: a@b.test\r\nSubject: x\r\nMessage-ID: <new@b.test>\r\n\r\n{text}".encode()
    return [rule for rule in engine.scan(raw).rules if rule.startswith("BAYES")]


def test_marks_and_releases_change_what_spamd_says(desk: TestDesk) -> None:
    """Nothing is known before; offers are spam and letters are not afterwards."""
    with running_spamd() as server:
        engine = Spamd(Spam(port=server.port), SystemClock())
        assert [] == learnt_rules(engine, OFFER.format(77))
        for number in range(6):
            mark(desk, held_mail(desk, OFFER.format(number)), spam=True)
            mark_released(desk, LETTER.format(number))
        job = Learning(desk.store, desk.clock, engine)

        assert 12 == job.run()
        assert 0 == job.run(), "nothing is taught twice"
        assert learnt_rules(engine, OFFER.format(77)) in (["BAYES_99"], ["BAYES_99", "BAYES_999"], ["BAYES_95"])
        assert learnt_rules(engine, LETTER.format(77)) in (["BAYES_00"], ["BAYES_05"])


def test_an_undone_mark_is_forgotten_by_spamd(desk: TestDesk, spamd: RunningSpamd) -> None:
    """It is told to forget; what it was never told needs no word."""
    engine = Spamd(Spam(port=spamd.port), SystemClock())
    job = Learning(desk.store, desk.clock, engine)
    told, untold = held_mail(desk, "one"), held_mail(desk, "two")
    mark(desk, told, spam=True)
    assert 1 == job.run()
    mark(desk, untold, spam=True)
    undo(desk, told)
    undo(desk, untold)

    assert 1 == job.run()
    assert [(Wanted.FORGET, Wanted.FORGET, LessonState.DONE)] * 2 == [
        (each.wanted, each.taught, each.state) for each in (lesson(desk, told), lesson(desk, untold))
    ]


def test_rspamd_gets_the_other_lesson_where_it_cannot_forget(desk: TestDesk, rspamd: RunningRspamd) -> None:
    """The wrong one must not stay."""
    settings = {"engine": "rspamd", "port": rspamd.port, "controller_port": rspamd.controller_port}
    engine = Rspamd(Spam.model_validate(settings | {"password_file": rspamd.password_file}), SystemClock())
    job = Learning(desk.store, desk.clock, engine)
    entry_id = held_mail(desk, OFFER.format(1) * 2)
    mark(desk, entry_id, spam=True)
    assert 1 == job.run()
    undo(desk, entry_id)

    assert 1 == job.run()
    assert LessonState.DONE is lesson(desk, entry_id).state


def test_an_engine_that_is_away_loses_no_lesson(desk: TestDesk, caplog: pytest.LogCaptureFixture) -> None:
    """Told once, tried again with growing pauses, taught when it is back."""
    port = free_port()
    engine = Spamd(Spam(port=port, timeout_seconds=5), SystemClock())
    job = Learning(desk.store, desk.clock, engine)
    entries = [held_mail(desk, "one"), held_mail(desk, "two")]
    for entry_id in entries:
        mark(desk, entry_id, spam=True)

    tries = 0
    for _ in range(30):
        job.run()
        desk.clock.at += timedelta(seconds=10)
        desk.clock.seconds += 10
        tries = sum(lesson(desk, entry_id).tries for entry_id in entries)
    assert 2 <= tries <= 8
    assert "cannot be reached" in lesson(desk, entries[0]).last_error
    assert 1 == [record.message for record in caplog.records].count("lessons_wait")

    desk.clock.at += timedelta(hours=2)
    desk.clock.seconds += 7200
    with running_spamd(port):
        assert 2 == job.run()
    assert [LessonState.DONE] * 2 == [lesson(desk, entry_id).state for entry_id in entries]
    assert timedelta(minutes=1) == FIRST_RETRY


@dataclass(slots=True)
class Undoing:
    """A real engine; somebody undoes the mark while it learns."""

    engine: Engine
    desk: TestDesk
    entry_id: str
    can_learn: bool = True
    can_forget: bool = True
    told: tuple[str, ...] = ()

    def learn(self, raw: bytes, lesson: object) -> str:
        """Undo at the first call."""
        if not self.told:
            undo(self.desk, self.entry_id)
        self.told += (str(lesson),)
        return self.engine.learn(raw, lesson)  # type: ignore[arg-type]


def test_a_mark_that_is_undone_while_it_is_taught_is_forgotten(desk: TestDesk, spamd: RunningSpamd) -> None:
    """Whatever comes first, the engine ends with what people want last."""
    entry_id = held_mail(desk)
    mark(desk, entry_id, spam=True)
    engine = Undoing(Spamd(Spam(port=spamd.port), SystemClock()), desk, entry_id)
    job = Learning(desk.store, desk.clock, engine)  # type: ignore[arg-type]
    job.run()
    job.run()

    assert ("spam", "forget") == engine.told
    assert LessonState.DONE is lesson(desk, entry_id).state


def test_a_mail_whose_bytes_are_gone_is_given_up(desk: TestDesk, spamd: RunningSpamd) -> None:
    """The others go on."""
    gone, there = held_mail(desk, "one"), held_mail(desk, "two")
    mark(desk, gone, spam=True)
    mark(desk, there, spam=True)
    with desk.store.transaction() as tx:
        tx.execute(RawRow.__table__.delete().where(RawRow.entry_id == gone))  # type: ignore[attr-defined]
    Learning(desk.store, desk.clock, Spamd(Spam(port=spamd.port), SystemClock())).run()

    assert (LessonState.GIVEN_UP, NOT_KEPT) == (lesson(desk, gone).state, lesson(desk, gone).last_error)
    assert LessonState.DONE is lesson(desk, there).state


def test_without_an_engine_lessons_wait_for_one(desk: TestDesk) -> None:
    """It may be configured later."""
    entry_id = held_mail(desk)
    mark(desk, entry_id, spam=True)

    assert 0 == Learning(desk.store, desk.clock, NoEngine(5)).run()
    assert LessonState.WAITING is lesson(desk, entry_id).state


def test_what_an_agent_answers_first_is_wanted(desk: TestDesk) -> None:
    """Of a proven sender; not what somebody wrote in another's name, and not what was called spam."""
    proven = desk.take(desk.post.mail("joe@signed.test", SUPPORT, "Hello"), mail_from="joe@signed.test")
    loose = desk.take(desk.post.mail("zoe@loose.test", SUPPORT, "Hello", signed=False), mail_from="zoe@loose.test")
    for outcome in (proven, loose):
        address = next(mail for mail in desk.outbox("notification") if mail.ticket_id == outcome.ticket_id).reply_to
        desk.take(desk.post.mail(AGENT, address, "Good morning."), rcpt=[address], mail_from=AGENT)

    with desk.store.reading() as tx:
        found = lessons.newest_lessons(tx, limit=10)
    assert [(proven.entry_id, Wanted.HAM, "answered", "Kim")] == [
        (each.entry_id, each.wanted, each.because, each.by) for each in found
    ]
