"""Empty stores: tables are made once, then copied or emptied (to make them takes longer than most tests do)."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from gateway.store.db import Store
from gateway.store.migrate import upgrade
from gateway.store.schema.whole import Base

_TABLES = tuple(table.name for table in reversed(Base.metadata.sorted_tables))
_SHAPE = """
SELECT string_agg(concat_ws(' ', c.relname, a.attname, a.atttypid, a.attnotnull), ',' ORDER BY c.relname, a.attnum)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0
"""
_RESTART = """
SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace
"""


def sqlite_store(file: Path) -> Store:
    """The store in this file; if it is not there yet, an empty one with all tables."""
    if not file.exists():
        file.write_bytes(_made(_create))
    return Store(f"sqlite:///{file}")


def write_migrated(file: Path) -> None:
    """An empty database as `db upgrade` leaves it."""
    file.write_bytes(_made(upgrade))
    file.chmod(0o600)


def fill(url: str) -> str:
    """Make all tables in a database of PostgreSQL; what `empty` must find again."""
    store = Store(url)
    _create(store)
    store.close()
    with psycopg.connect(url) as connection:
        return _shape(connection)


def empty(connection: "psycopg.Connection[tuple[str]]", shape: str) -> bool:
    """Delete all rows, if the tables are still the ones that `fill` made."""
    if _shape(connection) != shape:
        return False
    connection.execute("; ".join(f'DELETE FROM "{name}"' for name in _TABLES))
    connection.execute(_RESTART)
    return True


def _shape(connection: "psycopg.Connection[tuple[str]]") -> str:
    row = connection.execute(_SHAPE).fetchone()
    assert row is not None
    return row[0]


def _create(store: Store) -> None:
    Base.metadata.create_all(store.engine)


@cache
def _made(make: Callable[[Store], object]) -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "store.db"
        store = Store(f"sqlite:///{file}")
        make(store)
        store.close()
        return file.read_bytes()
