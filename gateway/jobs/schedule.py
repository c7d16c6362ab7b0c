"""What happens by the clock, as one table. Each job is short, may run late, and never twice at once in one process.

What must happen in only one process of several takes a lease, or claims its rows, by itself.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from gateway import events


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something to do again and again; it blocks, so it runs in a thread."""

    name: str
    every_seconds: float
    run: Callable[[], object]


class Schedule:
    """Runs jobs in the daemon's loop until it is stopped."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._scheduler = AsyncIOScheduler(
            timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 300}
        )
        for job in jobs:
            # The first run comes at once: what is to be done by the clock may have been due while nobody ran.
            self._scheduler.add_job(
                _guarded, "interval", [job], seconds=job.every_seconds, id=job.name, next_run_time=datetime.now(UTC)
            )

    def start(self) -> None:
        """Start; each job runs once at once."""
        self._scheduler.start()

    def stop(self) -> None:
        """No further runs; one in its thread ends by itself."""
        self._scheduler.shutdown(wait=False)


async def _guarded(job: Job) -> None:
    try:
        await asyncio.to_thread(job.run)
    except Exception as error:  # a job that fails is told and tried again at its next turn
        events.job_failed(name=job.name, error=events.describe(error))
