"""Lessons: what is wanted beside what was taught, on both databases."""

from datetime import timedelta

import pytest

from gateway.clock import FixedClock
from gateway.model import Envelope, Incoming, Via
from gateway.store import lessons
from gateway.store.db import Store
from gateway.store.lessons import Because, LessonCount, LessonState, StoredLesson, Wanted
from gateway.store.spool import Spool


@pytest.fixture
def entries(store: Store, clock: FixedClock) -> list[str]:
    """Three mails."""
    spool = Spool(store, clock)
    spool.start()
    envelope = Envelope(via=Via.FILE, received_at=clock.now())
    ids = [spool.put(Incoming(envelope=envelope, raw=b"%d" % number)).result(10) for number in range(3)]
    spool.stop()
    return ids


def want(store: Store, clock: FixedClock, entry: str, wanted: Wanted) -> StoredLesson:
    """Want it, for some reason."""
    with store.transaction() as tx:
        lessons.want(tx, entry, wanted, because=Because.MARKED, by="Kim", at=clock.now())
        found = lessons.lesson_of(tx, entry)
    assert found
    return found


def waiting(store: Store, clock: FixedClock) -> list[str]:
    """What is due, by entry."""
    with store.reading() as tx:
        return [lesson.entry_id for lesson in lessons.due(tx, clock.now(), limit=10)]


def test_a_lesson_waits_until_it_was_taught(store: Store, clock: FixedClock, entries: list[str]) -> None:
    """And what is taught is not taught again."""
    lesson = want(store, clock, entries[0], Wanted.SPAM)
    assert (Wanted.SPAM, Wanted.FORGET, LessonState.WAITING) == (lesson.wanted, lesson.taught, lesson.state)
    assert [entries[0]] == waiting(store, clock)
    with store.transaction() as tx:
        lessons.note_taught(tx, entries[0], Wanted.SPAM, clock.now())
    assert [] == waiting(store, clock)
    assert LessonState.DONE is want(store, clock, entries[0], Wanted.SPAM).state


def test_what_is_taken_back_before_it_was_taught_is_never_taught(
    store: Store, clock: FixedClock, entries: list[str]
) -> None:
    """There is nothing to forget."""
    want(store, clock, entries[0], Wanted.SPAM)
    assert LessonState.DONE is want(store, clock, entries[0], Wanted.FORGET).state
    assert LessonState.DONE is want(store, clock, entries[1], Wanted.FORGET).state
    assert [] == waiting(store, clock)


def test_what_is_taken_back_while_it_is_taught_waits_again(store: Store, clock: FixedClock, entries: list[str]) -> None:
    """The engine took the first lesson after the second was wanted."""
    want(store, clock, entries[0], Wanted.SPAM)
    want(store, clock, entries[0], Wanted.FORGET)
    with store.transaction() as tx:
        lessons.note_taught(tx, entries[0], Wanted.SPAM, clock.now())
        lesson = lessons.lesson_of(tx, entries[0])

    assert lesson
    assert (Wanted.FORGET, Wanted.SPAM, LessonState.WAITING) == (lesson.wanted, lesson.taught, lesson.state)
    assert [entries[0]] == waiting(store, clock)


def test_a_failure_is_tried_again_later(store: Store, clock: FixedClock, entries: list[str]) -> None:
    """With its reason kept; a new wish begins anew."""
    want(store, clock, entries[0], Wanted.HAM)
    with store.transaction() as tx:
        lessons.note_failed(tx, entries[0], "no answer", next_try_at=clock.now() + timedelta(minutes=1))
        lesson = lessons.lesson_of(tx, entries[0])
    assert lesson
    assert (1, "no answer") == (lesson.tries, lesson.last_error)
    assert [] == waiting(store, clock)
    clock.at += timedelta(minutes=1)
    assert [entries[0]] == waiting(store, clock)
    assert (0, "") == ((again := want(store, clock, entries[0], Wanted.SPAM)).tries, again.last_error)


def test_what_a_person_said_is_not_changed_by_an_answer(store: Store, clock: FixedClock, entries: list[str]) -> None:
    """Only mails of which nobody said anything are taken for wanted."""
    want(store, clock, entries[0], Wanted.SPAM)
    with store.transaction() as tx:
        lessons.want_where_nothing_is(tx, entries[:2], Wanted.HAM, because=Because.ANSWERED, by="Kim", at=clock.now())
        lessons.give_up(tx, entries[1], "gone")
        counted = lessons.count_lessons(tx)
        newest = lessons.newest_lessons(tx, limit=10)

    assert [
        LessonCount(wanted=Wanted.HAM, because=Because.ANSWERED, state=LessonState.GIVEN_UP, count=1),
        LessonCount(wanted=Wanted.SPAM, because=Because.MARKED, state=LessonState.WAITING, count=1),
    ] == list(counted)
    assert {entries[0]: "", entries[1]: "gone"} == {lesson.entry_id: lesson.last_error for lesson in newest}
