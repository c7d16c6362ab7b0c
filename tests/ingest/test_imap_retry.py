"""When a mailbox, and when a mail, is tried again."""

from itertools import chain

import pytest

from gateway.ingest.imap_events import clean
from gateway.ingest.imap_retry import Attempts, Backoff


def test_pauses_double_from_one_second_to_five_minutes() -> None:
    """Each up to a half shorter by chance, for as long as the server is away; then it begins again."""
    backoff = Backoff()
    pauses = [backoff.next_seconds() for _ in range(2000)]
    longest = [min(2.0 ** min(step, 9), 300.0) for step in range(2000)]
    assert all(step / 2 <= pause <= step for step, pause in zip(longest, pauses, strict=True))
    assert len(set(pauses)) > 1000, "many readers must not go in step"
    backoff.reset()
    assert backoff.next_seconds() <= 1


def test_batches_hold_to_both_limits_and_begin_with_the_oldest() -> None:
    """Four mails or 1000 bytes; a mail larger than that goes alone."""
    sizes = {5: 100, 1: 400, 2: 500, 3: 200, 4: 5000, 6: 1, 7: 1, 8: 1, 9: 1}
    plan = list(Attempts().plan(sizes, count=4, size=1000, now=0))
    assert plan == [[1, 2], [3], [4], [5, 6, 7, 8], [9]]


@pytest.mark.parametrize(("failures", "pause"), [(1, 0), (2, 10), (3, 20), (4, 40), (12, 3600), (5000, 3600)])
def test_a_mail_that_fails_is_tried_alone_and_ever_more_rarely(failures: int, pause: float) -> None:
    """After the others, not before its pause is over, and never given up."""
    attempts = Attempts()
    for _ in range(failures):
        attempts.begin([2], now=100)
    sizes = {1: 10, 2: 10, 3: 10}
    assert list(attempts.plan(sizes, count=50, size=1000, now=100 + pause)) == [[1, 3], [2]]
    if pause:
        assert list(attempts.plan(sizes, count=50, size=1000, now=99 + pause)) == [[1, 3]]


def test_what_was_taken_or_is_gone_is_forgotten() -> None:
    """So that nothing gathers over the years."""
    attempts = Attempts()
    attempts.begin([1, 2, 3], now=0)
    attempts.forget([1])
    attempts.forget_others([3, 4])
    plan = list(attempts.plan({1: 1, 2: 1, 3: 1, 4: 1}, count=50, size=100, now=0))
    assert plan == [[1, 2, 4], [3]]
    assert sorted(chain(*plan)) == [1, 2, 3, 4]


def test_a_servers_words_are_one_short_printable_line() -> None:
    """They go to a log."""
    assert clean(b"[ALERT]\r\n\x1b[31mgo\xff away" + b"!" * 9999).startswith("[ALERT]   [31mgo� away!!!")
    assert len(clean("x" * 9999)) == 200
