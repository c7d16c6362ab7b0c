"""Is the schema of the database the one that this program knows, and how does it get there?

Revisions are numbered in order; there is no way back but a backup. The whole upgrade is one transaction on both
databases: it happens or it does not, and of two at once the second waits and finds nothing left to do.
Alembic takes 0.4 s to import, so only an upgrade does; looking costs one query.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Inspector, inspect, text
from sqlalchemy.exc import DBAPIError

from gateway.errors import StoreMismatch, Temporary
from gateway.store.db import Store, Tx

REVISIONS = ("0001",)
"""Every revision this program knows, oldest first. A test compares it with the files in `migrations/versions`."""
HEAD = REVISIONS[-1]
"""The revision this program works with."""
FOLDER = Path(__file__).parent / "migrations"
_UPGRADE = "run `ticket-gateway db upgrade`"


def revision_of(store: Store) -> str | None:
    """The revision of the database's schema, None where there is no schema yet.

    Raises Temporary where the database cannot be asked, StoreMismatch where its tables are not ours.
    """
    with store.reading() as tx:
        return _revision(tx)


def require_current(store: Store) -> None:
    """Raise StoreMismatch, with what to type, unless the schema is the one this program works with."""
    found = revision_of(store)
    if found is None:
        raise StoreMismatch(f"the database is empty: {_UPGRADE} to make its tables (`ticket-gateway init` does it too)")
    _refuse_newer(found)
    if found != HEAD:
        raise StoreMismatch(f"the database has schema {found}, this program works with {HEAD}: {_UPGRADE}")


def upgrade(store: Store) -> str | None:
    """Bring the schema to `HEAD`; gives the revision it had before (`HEAD` where nothing was to be done).

    Works on a live database and may be started twice at once. Raises StoreMismatch where the schema is newer than this
    program or is not ours, Temporary where the database failed; then nothing has changed.
    """
    with migrating(store) as connection:
        before = _revision(connection)
        if before is not None:
            _refuse_newer(before)
        if before != HEAD:
            _run(connection)
        return before


def _revision(tx: Tx) -> str | None:
    inspector: Inspector = inspect(tx)
    if inspector.has_table("alembic_version"):
        found = tx.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
        if found is not None:
            return str(found)
    from gateway.store.schema.whole import Base  # all tables, which the doors do not need

    foreign = sorted(set(inspector.get_table_names()) & set(Base.metadata.tables))
    if foreign:
        raise StoreMismatch(
            f"the database holds tables that no release of ticket-gateway made ({', '.join(foreign[:3])}, …):"
            " give ticket-gateway a database of its own"
        )
    return None


def _refuse_newer(found: str) -> None:
    if found not in REVISIONS:
        raise StoreMismatch(
            f"the database has schema {found[:32]!r}, which is newer than this program ({HEAD}): install the newer"
            " ticket-gateway; an older one must not write to it"
        )


@contextmanager
def migrating(store: Store) -> Iterator[Connection]:
    """A transaction that no other upgrade runs beside, with foreign keys checked at its end on SQLite.

    SQLite changes a table by making a new one and dropping the old one, which would break the references to it; it
    can be told not to look only outside of a transaction.
    """
    try:
        with store.engine.connect() as connection:
            _check_references(connection, store, on=False)
            try:
                with connection.begin():
                    store.lock_names(connection, ["schema"])
                    yield connection
                    _require_references(connection, store)
            finally:
                _check_references(connection, store, on=True)
    except DBAPIError as error:
        raise Temporary(f"the schema could not be upgraded, nothing has changed: {error.orig}") from error


def _check_references(connection: Connection, store: Store, *, on: bool) -> None:
    driver = connection.connection.dbapi_connection
    if store.is_sqlite and driver is not None:
        driver.cursor().execute(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}")


def _require_references(connection: Connection, store: Store) -> None:
    if store.is_sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first()):
        raise StoreMismatch(f"the upgrade would break references of table {broken[0]}; nothing has changed")


def _run(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    command.upgrade(config, HEAD)
