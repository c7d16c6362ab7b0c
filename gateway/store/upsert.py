"""INSERT … ON CONFLICT, which SQLAlchemy has once for each database.

What is there for PostgreSQL takes some megabytes, and is loaded where that is the database.
"""

from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")
InsertOf = Callable[[Any], Any]
"""Given a table: an INSERT into it that may say `on_conflict_do_update` and `on_conflict_do_nothing`."""


def insert_of(database: str) -> InsertOf:
    """The one of a database: "sqlite" or "postgresql", as `tx.dialect.name` has it."""
    if database == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert
    from sqlalchemy.dialects import postgresql

    return postgresql.insert


class OnEach(dict[str, T]):
    """By the name of a database what is made of its INSERT, when it is first asked for."""

    def __init__(self, make: Callable[[InsertOf], T]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, database: str) -> T:
        self[database] = made = self._make(insert_of(database))
        return made
