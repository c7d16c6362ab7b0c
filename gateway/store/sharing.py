"""Units of work that share one commit, each standing or falling alone.

On SQLite a commit waits for the disk while everybody waits for the writer, so who finds others waiting takes their work
into his own transaction. What must stay true: `run` returns after the commit that holds its unit, or raises and nothing
of it is kept; a unit that fails leaves the others as they are. So a unit may be run twice: when one of a group fails,
nothing of the transaction is kept, and each is tried in one of its own. (A savepoint for each would spare that, and
costs every unit a second copy of the pages it changes; failures are rare.) A commit that failed is not tried again:
what the disk holds then is not known.
"""

import threading
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection

T = TypeVar("T")
Transaction = Callable[[], AbstractContextManager[Connection]]


class _Unit(Generic[T]):
    def __init__(self, work: Callable[[Connection], T]) -> None:
        self._work = work
        self._values: list[T] = []
        self._called = threading.Lock()
        self._called.acquire()
        self.error: BaseException | None = None
        self.is_over = False

    def attempt(self, tx: Connection) -> None:
        """Do the work; raises what it raises."""
        self._values.clear()
        self._values.append(self._work(tx))

    def wait(self) -> None:
        """Until it is called: over, or to lead."""
        self._called.acquire()

    def call(self) -> None:
        self._called.release()

    def result(self) -> T:
        if self.error:
            raise self.error
        return self._values[0]


class SharedTransactions:
    """Usable from any thread; `is_awaited` tells that somebody waits who must not wait for a whole group.

    Of those who wait the first leads: he does the work of all. Each is called on his own when his work is over; if they
    stood in line for a lock, those whose work is over would wait there for the next group, too.
    """

    def __init__(self, transaction: Transaction, is_awaited: Callable[[], bool]) -> None:
        self._transaction = transaction
        self._is_awaited = is_awaited
        self._guard = threading.Lock()
        self._waiting: deque[_Unit[Any]] = deque()
        self._leader: _Unit[Any] | None = None

    def run(self, work: Callable[[Connection], T]) -> T:
        """Do the work in a transaction and commit it; what the work returned."""
        unit = _Unit(work)
        group: list[_Unit[Any]] = []
        self._stand_in_line(unit)
        try:
            unit.wait()
            if not unit.is_over:
                self._run_group(group)
        finally:
            self._leave(unit, group)
        return unit.result()

    def _stand_in_line(self, unit: _Unit[Any]) -> None:
        with self._guard:
            self._waiting.append(unit)
            if self._leader is None:
                self._appoint()

    def _leave(self, unit: _Unit[Any], group: list[_Unit[Any]]) -> None:
        """Whoever led calls the next one, and those of his group; also where he, or who waited, was interrupted."""
        with self._guard:
            if unit in self._waiting:
                self._waiting.remove(unit)
            if unit is self._leader:
                self._appoint()
        for other in group:
            if other is not unit:
                other.call()

    def _appoint(self) -> None:
        self._leader = self._waiting[0] if self._waiting else None
        if self._leader:
            self._leader.call()

    def _run_group(self, group: list[_Unit[Any]]) -> None:
        is_units_fault = False
        try:
            with self._transaction() as tx:
                try:
                    self._attempt_all(tx, group)
                except Exception:
                    is_units_fault = True
                    raise
        except Exception as error:
            if is_units_fault and len(group) > 1:
                self._attempt_each_alone(group)
            else:
                self._fail(group, error)
        finally:
            for unit in group:
                unit.is_over = True

    def _attempt_all(self, tx: Connection, group: list[_Unit[Any]]) -> None:
        with self._guard:
            present = len(self._waiting)  # who comes later leads the next group
        for _ in range(present):
            if group and self._is_awaited():
                return
            with self._guard:
                group.append(self._waiting.popleft())
            group[-1].attempt(tx)

    def _attempt_each_alone(self, group: list[_Unit[Any]]) -> None:
        for unit in group:
            try:
                with self._transaction() as tx:
                    unit.attempt(tx)
            except Exception as error:
                unit.error = error

    def _fail(self, group: list[_Unit[Any]], error: Exception) -> None:
        if not group:  # no transaction could be begun: everybody who waits hears of it
            with self._guard:
                group += self._waiting
                self._waiting.clear()
        for unit in group:
            unit.error = error
