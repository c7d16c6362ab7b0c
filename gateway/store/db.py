"""The store itself: engines, the one `transaction()`, and where SQLite and PostgreSQL differ.

SQLite: WAL, `synchronous=FULL`, every write transaction `BEGIN IMMEDIATE` (a deferred one that reads before it writes
fails at once with "database is locked" instead of waiting). Writers take turns first, those of one process
(`store.turns`) and all processes (`store.machine_turns`), and may share a commit (`together`).
PostgreSQL: READ COMMITTED with `synchronous_commit` on; `lock_names` serialises what must not be decided twice at once.
Who only reads sees one moment (REPEATABLE READ).
"""

import hashlib
import os
import secrets
import socket
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, Pool, PoolProxiedConnection, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from gateway.errors import ConfigError, Temporary
from gateway.store.machine_turns import MachineTurns
from gateway.store.sharing import SharedTransactions
from gateway.store.turns import Turns

BUSY_MILLISECONDS = 30_000
Tx = Connection
"""An open transaction. All SQL of one unit of work goes through one of these."""
T = TypeVar("T")


class Store:
    """The durable store. Thread-safe; one for each process."""

    def __init__(self, url: str, owner: str = "") -> None:
        try:
            parsed = make_url(url)
            self.is_sqlite = parsed.get_backend_name() == "sqlite"
            self.engine: Engine = _sqlite_engine(url) if self.is_sqlite else _postgresql_engine(url)
            self._reading = _reading_engine(url, self.engine)
        except Exception as error:
            raise ConfigError(f"[store] url: {type(error).__name__}: {_first_line(error)}") from error
        self.owner = owner or f"{socket.gethostname()[:24]}:{os.getpid()}::{secrets.token_hex(4)}"
        """Names this process in claims and leases; see `store.claims`."""
        self._turns = Turns()
        self._machine_turns = _machine_turns(parsed)
        self._writer: Connection | None = None
        self._shared = SharedTransactions(self.transaction, self._is_awaited)

    @contextmanager
    def transaction(self, *, first: bool = False) -> Iterator[Tx]:
        """A transaction for reading and writing: commits at the end, rolls back on any exception.

        `first` is for what a peer waits for: it does not stand in line with other work (see `store.turns`). Raises
        Temporary where the database cannot be reached or cannot commit (full, locked, shut down).
        """
        with self._in_turn(first), _as_temporary(), self._begun() as tx:
            yield tx

    @contextmanager
    def _begun(self) -> Iterator[Tx]:
        """A transaction in its turn.

        Of a file, the connection is kept for the next one: to take one out of the pool and put it back costs more than
        some look-ups. One that failed is not kept.
        """
        if self._machine_turns is None:
            with self.engine.begin() as tx:
                yield tx
            return
        writer, self._writer = self._writer or self.engine.connect(), None
        try:
            with writer.begin():
                yield writer
        except BaseException:
            writer.close()
            raise
        self._writer = writer

    def together(self, work: Callable[[Tx], T]) -> T:
        """Do work in a transaction that it may share with other work that waits just now (see `store.sharing`).

        Returns when it is committed; what the work raises is raised here, and undoes this work alone. It may be called
        more than once, each time in a new transaction.
        """
        if self.is_sqlite:
            return self._shared.run(work)
        with self.transaction() as tx:  # PostgreSQL has many writers, and groups their commits itself
            return work(tx)

    def start_sharing(self) -> None:
        """Start the thread that does the work of `together`, where there is one; otherwise the first work starts it."""
        if self.is_sqlite:
            self._shared.start()

    @contextmanager
    def reading(self) -> Iterator[Tx]:
        """A transaction that only reads, all of it at one moment, and never waits for writers."""
        with _as_temporary(), self._reading.connect() as tx:
            tx.begin()
            yield tx
            tx.rollback()

    @contextmanager
    def _in_turn(self, first: bool) -> Iterator[None]:
        if not self.is_sqlite:
            yield
            return
        with self._turns.take(first=first):
            if self._machine_turns is None:
                yield
                return
            self._machine_turns.take(first=first)
            try:
                yield
            finally:
                self._machine_turns.give()

    def _is_awaited(self) -> bool:
        return self._turns.is_awaited or (self._machine_turns is not None and self._machine_turns.is_awaited)

    def lock_names(self, tx: Tx, names: Iterable[str]) -> None:
        """Hold these names until the transaction ends: of two that share a name, the second waits for the first.

        On SQLite there is only ever one writer, so nothing needs to be done.
        """
        if self.is_sqlite:
            return
        # In one order everywhere, or two mails that refer to each other would wait for each other.
        for key in sorted(
            {
                int.from_bytes(hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest()[:8], signed=True)
                for name in names
            }
        ):
            tx.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})

    def close(self) -> None:
        """Give up all connections."""
        self._shared.stop()
        if self._writer:
            self._writer.close()
            self._writer = None
        self.engine.dispose()
        if self._machine_turns:
            self._machine_turns.close()


@contextmanager
def _as_temporary() -> Iterator[None]:
    try:
        yield
    except (DBAPIError, NoConnectionFree, sqlite3.Error, OSError) as error:
        raise Temporary(f"the store failed: {_first_line(getattr(error, 'orig', None) or error)}") from error


def _machine_turns(url: URL) -> MachineTurns | None:
    if url.get_backend_name() != "sqlite" or not url.database or url.database.startswith((":", "file:")):
        return None  # no file, or one that only SQLite knows the name of
    return MachineTurns(Path(url.database), BUSY_MILLISECONDS / 1000)


def _sqlite_engine(url: str) -> Engine:
    pooled = create_engine(
        url,
        pool_size=20,
        max_overflow=20,
        pool_use_lifo=True,  # the one used last still has its pages in its cache
        connect_args={"check_same_thread": False, "timeout": BUSY_MILLISECONDS / 1000},
    )

    @event.listens_for(pooled.pool, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        cursor = connection.cursor()
        for pragma in ("synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_MILLISECONDS}"):
            cursor.execute(f"PRAGMA {pragma}")
        _turn_to_wal(cursor)
        cursor.close()

    return _beginning(url, pooled.pool, "BEGIN IMMEDIATE")


def _turn_to_wal(cursor: sqlite3.Cursor) -> None:
    """Of two processes that do this to a new file at once, SQLite refuses one without letting it wait."""
    end = time.monotonic() + BUSY_MILLISECONDS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.01)
        else:
            return


def _reading_engine(url: str, engine: Engine) -> Engine:
    if engine.dialect.name == "sqlite":
        return _beginning(url, engine.pool, "BEGIN")
    # Otherwise each statement looks at its own moment, and an audit counts what was decided between two of them.
    return engine.execution_options(isolation_level="REPEATABLE READ")


def _beginning(url: str, pool: Pool, begin: str) -> Engine:
    """An engine on these connections, whose transactions begin with that statement.

    Not by a listener for "begin": an engine that has one does more work for every single statement.
    """

    def do_begin(dbapi_connection: PoolProxiedConnection) -> None:
        dbapi_connection.cursor().execute(begin)

    engine = create_engine(url, pool=pool)
    engine.dialect.do_begin = do_begin  # type: ignore[method-assign]
    return engine


def _postgresql_engine(url: str) -> Engine:
    return create_engine(url, pool_size=20, max_overflow=20, pool_pre_ping=True, connect_args={"connect_timeout": 10})


def _first_line(error: object) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
