"""Units of work that share one commit, each standing or falling alone.

On SQLite a commit waits for the disk while everybody waits for the writer, so one thread does what all others hand to
it: what waits when the first of it is done shares its transaction. What must stay true: `run` returns after the commit
that holds its unit, or raises and nothing of it is kept; a unit that fails leaves the others as they are. So a unit may
be run twice: when one of a group fails, nothing of the transaction is kept, and each is tried in one of its own. (A
savepoint for each would spare that, and costs every unit a second copy of the pages it changes; failures are rare.) A
commit that failed is not tried again: what the disk holds then is not known.
"""

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection

T = TypeVar("T")
Transaction = Callable[[], AbstractContextManager[Connection]]

AT_LEAST = 3
"""Units of a group, where so many wait, even if it is awaited: for one, the commit takes half as long as the work."""


class _Unit(Generic[T]):
    def __init__(self, work: Callable[[Connection], T]) -> None:
        self._work = work
        self._values: list[T] = []
        self._is_over = threading.Lock()
        self._is_over.acquire()
        self.error: BaseException | None = None

    def attempt(self, tx: Connection) -> None:
        """Do the work; raises what it raises."""
        self._values.clear()
        self._values.append(self._work(tx))

    def end(self) -> None:
        """It is committed, or has its error: who waits for it goes on."""
        self._is_over.release()

    def result(self) -> T:
        """Wait for its end."""
        self._is_over.acquire()
        if self.error:
            raise self.error
        return self._values[0]


_Line = queue.SimpleQueue[_Unit[Any] | None]
"""Who waits; None comes last."""


class SharedTransactions:
    """Usable from any thread; `is_awaited` tells that somebody waits who must not wait for a whole group."""

    def __init__(self, transaction: Transaction, is_awaited: Callable[[], bool]) -> None:
        self._transaction = transaction
        self._is_awaited = is_awaited
        self._guard = threading.Lock()
        self._line: _Line | None = None
        self._writer: threading.Thread | None = None

    def run(self, work: Callable[[Connection], T]) -> T:
        """Do the work in a transaction and commit it; what the work returned.

        Who is interrupted while he waits does not know whether it is kept.
        """
        unit = _Unit(work)
        with self._guard:
            self._started().put(unit)
        return unit.result()

    def start(self) -> None:
        """Start the thread now, not with the first work: the system treats it as the one that starts it."""
        with self._guard:
            self._started()

    def stop(self) -> None:
        """Do what waits, then end the thread; further work starts another one."""
        with self._guard:
            line, self._line = self._line, None
            writer, self._writer = self._writer, None
        if line and writer:
            line.put(None)
            writer.join()

    def _started(self) -> _Line:
        if self._line is None:
            line: _Line = queue.SimpleQueue()
            # A daemon thread: a program that ends without `stop` has nobody who waits for its work.
            writer = threading.Thread(target=self._write, args=[line], name="store-writer", daemon=True)
            writer.start()  # which may fail: nobody may stand in a line then that nobody serves
            self._line, self._writer = line, writer
        return self._line

    def _write(self, line: _Line) -> None:
        while unit := line.get():
            group: list[_Unit[Any]] = [unit]
            self._run_group(group, line)
            for each in group:
                each.end()
            del unit, group, each  # what their work holds, nobody needs while this thread waits

    def _run_group(self, group: list[_Unit[Any]], line: _Line) -> None:
        """All of them in one transaction: each has its value then, or its error, which `result` raises."""
        has_begun = is_units_fault = False
        try:
            with self._transaction() as tx:
                has_begun = True
                try:
                    self._attempt_all(tx, group, line)
                except BaseException:
                    is_units_fault = True
                    raise
        except BaseException as error:
            if is_units_fault and len(group) > 1:
                self._attempt_each_alone(group)
                return
            if not has_begun:  # everybody who waits hears of it, or each would wait as long in vain
                group += _waiting(line)
            for unit in group:
                unit.error = error

    def _attempt_all(self, tx: Connection, group: list[_Unit[Any]], line: _Line) -> None:
        group[0].attempt(tx)
        others = _waiting(line)
        while (len(group) < AT_LEAST or not self._is_awaited()) and (unit := next(others, None)):
            group.append(unit)
            unit.attempt(tx)

    def _attempt_each_alone(self, group: list[_Unit[Any]]) -> None:
        for unit in group:
            try:
                with self._transaction() as tx:
                    unit.attempt(tx)
            except BaseException as error:
                unit.error = error


def _waiting(line: _Line) -> Iterator[_Unit[Any]]:
    """Takes those out of the line, one by one, who stand in it now; who comes later waits for the next group."""
    for _ in range(line.qsize()):
        unit = line.get()
        if unit is None:
            line.put(None)
            return
        yield unit
