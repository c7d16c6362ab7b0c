"""A job with a lease is done by one process, and by another when that one is gone."""

from datetime import timedelta
from functools import partial

from gateway.clock import FixedClock
from gateway.jobs.alone import alone
from gateway.store.db import Store


def test_one_process_does_it_and_the_next_takes_over(store: Store, clock: FixedClock) -> None:
    """While the first one comes round it does the job; after two missed turns the second one does."""
    other = Store(store.engine.url.render_as_string(hide_password=False), owner="another-host:1:1:x")
    done: list[str] = []
    first = alone(store, clock, "work", 10, partial(done.append, "first"))
    second = alone(other, clock, "work", 10, partial(done.append, "second"))
    for _ in range(3):
        first()
        second()
        clock.at += timedelta(seconds=10)
    clock.at += timedelta(seconds=20)
    second()
    first()
    other.close()

    assert ["first", "first", "first", "second"] == done
