"""Jobs that only one of all processes on a store may do: the one that holds the lease of their name."""

from collections.abc import Callable
from datetime import timedelta

from gateway.clock import Clock
from gateway.store import leases
from gateway.store.db import Store


def alone(store: Store, clock: Clock, name: str, every_seconds: float, run: Callable[[], object]) -> Callable[[], None]:
    """The job, done where this process has or gets the lease; it lasts until two turns were missed."""
    duration = timedelta(seconds=2 * every_seconds + 5)

    def job() -> None:
        if leases.take(store, f"clock {name}", now=clock.now(), duration=duration) is not None:
            run()

    return job
