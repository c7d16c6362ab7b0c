"""Job: the spam engine is told what people decided, until it takes it.

What must stay true: a lesson is noted as taught only after the engine took it, so that a crash in between tells it once
more, which harms nothing; an engine that does not answer costs one question a pause, and loses no lesson.
"""

from datetime import timedelta

from gateway import events
from gateway.clock import Clock
from gateway.spam.engine import Engine
from gateway.spam.server import Lesson
from gateway.store import lessons
from gateway.store.db import Store
from gateway.store.lessons import StoredLesson, Wanted

LOOK_SECONDS = 10.0
LESSONS = 200
"""Of one turn at most."""
TURN_SECONDS = 30.0
"""Longest turn, the last lesson aside."""
FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=1)
LONGEST_PAUSE = 600.0
NOT_KEPT = "its bytes are no longer kept"


class Learning:
    """Teaches what waits. One at a time: of all processes, the one that holds the lease of the job."""

    def __init__(self, store: Store, clock: Clock, engine: Engine) -> None:
        self._store = store
        self._clock = clock
        self._engine = engine
        self._failures = 0
        self._paused_until = float("-inf")
        self._problem = ""

    def run(self) -> int:
        """Teach what is due; how many lessons the engine took."""
        began = self._clock.monotonic()
        if not self._engine.can_learn or began < self._paused_until:
            return 0
        with self._store.reading() as tx:
            due = lessons.due(tx, self._clock.now(), limit=LESSONS)
        taken = 0
        for lesson in due:
            problem = self._teach(lesson)
            self._note(problem)
            if problem or self._clock.monotonic() - began > TURN_SECONDS:
                break
            taken += 1
        return taken

    def _teach(self, lesson: StoredLesson) -> str:
        """Tell the engine; "" when it took it (or the mail is gone), else the problem."""
        with self._store.reading() as tx:
            raw = lessons.raw_of(tx, lesson.entry_id)
        if raw is None:
            with self._store.transaction() as tx:
                lessons.give_up(tx, lesson.entry_id, NOT_KEPT)
            events.lesson_given_up(entry_id=lesson.entry_id, error=NOT_KEPT)
            return ""
        problem = self._engine.learn(raw, self._lesson(lesson))
        with self._store.transaction() as tx:
            if problem:
                pause = min(LONGEST_RETRY, FIRST_RETRY * 2 ** min(lesson.tries, 10))
                lessons.note_failed(tx, lesson.entry_id, problem, next_try_at=self._clock.now() + pause)
            else:
                lessons.note_taught(tx, lesson.entry_id, lesson.wanted, self._clock.now())
        if not problem:
            events.lesson_taught(entry_id=lesson.entry_id, lesson=lesson.wanted.value)
        return problem

    def _lesson(self, lesson: StoredLesson) -> Lesson:
        """What is said to the engine: of one that cannot forget, the other lesson takes the place of a wrong one."""
        if lesson.wanted is Wanted.FORGET and not self._engine.can_forget:
            return Lesson.HAM if lesson.taught is Wanted.SPAM else Lesson.SPAM
        return Lesson(lesson.wanted.value)

    def _note(self, problem: str) -> None:
        """After a failure the next turn comes later, and the log is told once."""
        if problem:
            self._paused_until = self._clock.monotonic() + min(LONGEST_PAUSE, LOOK_SECONDS * 2**self._failures)
            self._failures = min(self._failures + 1, 10)
        else:
            self._failures = 0
        if problem and problem != self._problem:
            events.lessons_wait(error=problem)
        elif self._problem and not problem:
            events.lessons_go_on()
        self._problem = problem
