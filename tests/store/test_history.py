"""What became of a sender's mails: counted once, read at once, on both databases."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import event

from gateway.clock import FixedClock
from gateway.store import history
from gateway.store.db import Store
from gateway.store.history import Counted, Happening

KEYS = ("address ann@bread.test", "account 7", "domain bread.test")
ADDRESS = KEYS[0]
HOUR = timedelta(hours=1)


def test_every_happening_is_counted_under_every_key(store: Store, clock: FixedClock) -> None:
    """Each in its own column, for each key of the sender; the first and the last moment are kept."""
    for times, happening in enumerate(Happening, start=1):
        for _ in range(times):
            with store.transaction() as tx:
                history.note(tx, KEYS, happening, clock.now())
        clock.at += timedelta(minutes=1)

    with store.reading() as tx:
        found = history.histories(tx, KEYS)
    assert KEYS == tuple(each.key for each in found)
    assert {(1, 2, 3, 4)} == {(each.accepted, each.answered, each.released, each.spam) for each in found}
    assert {timedelta(minutes=3)} == {each.last_at - each.first_at for each in found}


def test_what_was_undone_is_taken_back_and_never_below_nothing(store: Store, clock: FixedClock) -> None:
    """A mark that is undone twice leaves 0; one of which nothing is known leaves nothing."""
    with store.transaction() as tx:
        history.note(tx, KEYS, Happening.SPAM, clock.now())
        history.take_back(tx, KEYS, Happening.SPAM)
        history.take_back(tx, KEYS, Happening.SPAM)
        history.take_back(tx, ["address nobody@bread.test"], Happening.SPAM)

    with store.reading() as tx:
        found = history.histories(tx, (*KEYS, "address nobody@bread.test"))
    assert [0, 0, 0] == [each.spam for each in found]


def test_the_same_key_twice_in_one_mail_counts_once(store: Store, clock: FixedClock) -> None:
    """An address that stands on two accounts gives its domain once."""
    with store.transaction() as tx:
        history.note(tx, (ADDRESS, ADDRESS), Happening.ACCEPTED, clock.now())
        history.note(tx, (), Happening.ACCEPTED, clock.now())

    with store.reading() as tx:
        found = history.history_of(tx, ADDRESS)
    assert found
    assert 1 == found.accepted


def test_reading_all_keys_of_a_mail_is_one_statement(store: Store, clock: FixedClock) -> None:
    """However many keys there are, and none where there are none."""
    statements = []
    with store.transaction() as tx:
        history.note(tx, KEYS, Happening.ACCEPTED, clock.now())
    with store.reading() as tx:
        history.histories(tx, KEYS)
        event.listen(tx, "before_cursor_execute", lambda *arguments: statements.append(arguments[2]))
        history.histories(tx, KEYS)
        history.histories(tx, KEYS[:1])
        history.histories(tx, ())

    assert 2 == len(statements)


@pytest.mark.parametrize(("minutes", "opened", "spam"), [(0, 3, 1), (59, 3, 1), (60, 2, 0), (600, 2, 0)])
def test_the_window_lasts_an_hour_from_its_first_mail(
    store: Store, clock: FixedClock, minutes: int, opened: int, spam: int
) -> None:
    """Within it mails add up; after it the next one begins a new one."""
    with store.transaction() as tx:
        history.note_window(tx, ADDRESS, Counted(opened=1, spam=1), clock.now(), window=HOUR)
    clock.at += timedelta(minutes=minutes)
    with store.transaction() as tx:
        history.note_window(tx, ADDRESS, Counted(opened=1), clock.now(), window=HOUR)
        history.note_window(tx, ADDRESS, Counted(opened=1), clock.now(), window=HOUR)

    with store.reading() as tx:
        found = history.history_of(tx, ADDRESS)
    assert found
    assert (opened, spam) == (found.burst_opened, found.burst_spam)


def test_an_address_is_held_until_its_time_or_an_operators_word(store: Store, clock: FixedClock) -> None:
    """What is noted later leaves the moment as it is, unless it says a later one."""
    until = clock.now() + timedelta(hours=1)
    with store.transaction() as tx:
        history.note_window(tx, ADDRESS, Counted(opened=1, held_until=until), clock.now(), window=HOUR)
        history.note_window(tx, ADDRESS, Counted(opened=1), clock.now(), window=HOUR)
        history.note(tx, KEYS, Happening.ACCEPTED, clock.now())
        held = history.history_of(tx, ADDRESS)
        ended = history.end_burst(tx, ADDRESS)
        free = history.history_of(tx, ADDRESS)
        unknown = history.end_burst(tx, "address nobody@bread.test")

    assert held
    assert free
    assert (until, 2, 1) == (held.held_until, held.burst_opened, held.accepted)
    assert (None, 0, 1, None) == (free.held_until, free.burst_opened, free.accepted, free.burst_since)
    assert (True, False) == (ended, unknown)


def test_the_keys_of_a_decided_mail_stand_in_its_explanation() -> None:
    """Older explanations, and those of what could not be read, have none."""
    assert KEYS == history.keys_in(json.dumps({"spam": {"history": {"keys": KEYS}}}))
    assert () == history.keys_in("{}") == history.keys_in("")
