"""Large values in SQLite, moved piece by piece between their bytes and the database's pages.

As a parameter or a column of a statement a mail of 25 MB would be in memory three times more: SQLite makes a copy, and
a row out of it. PostgreSQL's driver needs the whole in any case, so there the ordinary statements are used.
"""

import sqlite3
from collections.abc import Iterator
from typing import cast

from sqlalchemy import Connection

from gateway.model import Octets

LARGE = 1024 * 1024
"""Bytes from which it matters."""


PIECE = 1024 * 1024


def pieces(content: Octets) -> Iterator[bytes]:
    """All of it, never much of it at once."""
    return (content[start : start + PIECE] for start in range(0, len(content), PIECE))


def is_large(tx: Connection, size: int) -> bool:
    """Is a value of so many bytes better moved by these functions?"""
    return size > LARGE and tx.dialect.name == "sqlite"


def insert_raw(tx: Connection, entry_id: str, content: Octets) -> None:
    """A row of `raw`."""
    row = _driver(tx).execute(
        "INSERT INTO raw (entry_id, content) VALUES (?, zeroblob(?)) RETURNING rowid", (entry_id, len(content))
    )
    _write(tx, "raw", row.fetchall()[0][0], content)


def insert_blob(tx: Connection, sha256: str, content: bytes) -> None:
    """A row of `blob`, where there is none of that digest."""
    rows = _driver(tx).execute(
        "INSERT INTO blob (sha256, size, content) VALUES (?, ?, zeroblob(?)) ON CONFLICT DO NOTHING RETURNING rowid",
        (sha256, len(content), len(content)),
    )
    for (row,) in rows.fetchall():
        _write(tx, "blob", row, content)


def raw(tx: Connection, entry_id: str) -> bytes:
    """The bytes of an entry that has some."""
    ((row,),) = _driver(tx).execute("SELECT rowid FROM raw WHERE entry_id = ?", (entry_id,)).fetchall()
    with _driver(tx).blobopen("raw", "content", row, readonly=True) as blob:
        return blob.read()


def _write(tx: Connection, table: str, row: int, content: Octets) -> None:
    with _driver(tx).blobopen(table, "content", row) as blob:
        for piece in pieces(content):
            blob.write(piece)


def _driver(tx: Connection) -> sqlite3.Connection:
    return cast(sqlite3.Connection, tx.connection.dbapi_connection)
