"""The circuit breaker."""

from gateway.clock import FixedClock
from gateway.spam.breaker import FAILURES, OPEN_SECONDS, Breaker


def opened(clock: FixedClock) -> Breaker:
    """A breaker that has just opened."""
    breaker = Breaker(clock)
    for _ in range(FAILURES):
        assert breaker.admit()
        breaker.failed()
    return breaker


def test_it_stays_closed_below_five_failures_in_a_row(clock: FixedClock) -> None:
    """A success in between starts the count again."""
    breaker = Breaker(clock)
    for outcome in (breaker.failed,) * 4 + (breaker.succeeded,) + (breaker.failed,) * 4:
        assert breaker.admit()
        outcome()

    assert breaker.seconds_closed_to_all() == 0.0
    assert breaker.admit()


def test_after_five_failures_nobody_asks_for_a_minute(clock: FixedClock) -> None:
    """And it tells for how long."""
    breaker = opened(clock)

    clock.seconds = 18
    assert not breaker.admit()
    assert breaker.seconds_closed_to_all() == 42.0


def test_then_one_caller_tries_and_the_others_wait_for_him(clock: FixedClock) -> None:
    """Half-open."""
    breaker = opened(clock)
    clock.seconds = OPEN_SECONDS

    assert [breaker.admit() for _ in range(3)] == [True, False, False]


def test_a_trial_that_came_to_nothing_leaves_the_next_caller_to_try(clock: FixedClock) -> None:
    """It had no time to wait for an answer."""
    breaker = opened(clock)
    clock.seconds = OPEN_SECONDS
    breaker.admit()
    breaker.undecided()

    assert [breaker.admit() for _ in range(2)] == [True, False]


def test_a_good_trial_closes_it(clock: FixedClock) -> None:
    """Everybody asks again, and five failures are needed again."""
    breaker = opened(clock)
    clock.seconds = OPEN_SECONDS
    breaker.admit()
    breaker.succeeded()

    breaker.failed()
    assert [breaker.admit() for _ in range(3)] == [True] * 3


def test_a_bad_trial_opens_it_for_another_minute(clock: FixedClock) -> None:
    """One failure is enough then."""
    breaker = opened(clock)
    clock.seconds = OPEN_SECONDS
    breaker.admit()
    breaker.failed()

    assert breaker.seconds_closed_to_all() == OPEN_SECONDS
    assert not breaker.admit()
