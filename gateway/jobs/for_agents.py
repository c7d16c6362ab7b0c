"""What agents asked for by commands and happens by the clock: tickets come back, and the list of the day goes out."""

from gateway.clock import Clock
from gateway.jobs.alone import alone
from gateway.jobs.done_digest import LOOK_SECONDS as LIST_SECONDS
from gateway.jobs.done_digest import DoneDigest
from gateway.jobs.schedule import Job
from gateway.jobs.waiting import LOOK_SECONDS, Waiting
from gateway.store.db import Store
from gateway.tickets.desk import Desk


def jobs(store: Store, clock: Clock, desk: Desk, digest_hour: int) -> list[Job]:
    """Each is done by one process of all."""
    wake, listed = Waiting(store, clock, desk), DoneDigest(store, clock, desk, digest_hour)
    return [
        Job(name="waiting", every_seconds=LOOK_SECONDS, run=alone(store, clock, "waiting", LOOK_SECONDS, wake.look)),
        Job(
            name="done-digest",
            every_seconds=LIST_SECONDS,
            run=alone(store, clock, "done-digest", LIST_SECONDS, listed.look),
        ),
    ]
