"""The migrations give the schema that the models describe, on both databases, and can be run at any time."""

import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from gateway.errors import StoreMismatch, Temporary
from gateway.store import migrate
from gateway.store.db import Store
from gateway.store.schema.whole import Base

REGENERATE = "the models changed: `.venv/bin/python scripts/new_migration.py` writes the migration"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.peer)])
def make_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Store]]:
    """Makes stores on empty databases, once on each kind."""
    made: list[Store] = []

    def make() -> Store:
        if request.param == "sqlite":
            made.append(Store(f"sqlite:///{tmp_path}/{len(made)}.db"))
        else:
            make_database: Callable[[], str] = request.getfixturevalue("make_database")
            made.append(Store(make_database()))
        return made[-1]

    yield make
    for store in made:
        store.close()


@pytest.fixture
def empty(make_store: Callable[[], Store]) -> Store:
    """A store on an empty database."""
    return make_store()


def set_revision(store: Store, revision: str) -> None:
    """Pretend that another release was here."""
    with store.transaction() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


def definitions(store: Store) -> dict[str, object]:
    """What the database itself says about every table: columns, keys, checks, indexes with their conditions."""
    with store.reading() as tx:
        inspector = inspect(tx)
        found: dict[str, object] = {}
        for table in sorted(set(inspector.get_table_names()) - {"alembic_version"}):
            columns = {
                column["name"]: (str(column["type"]), column["nullable"], column["default"])
                for column in inspector.get_columns(table)
            }
            keys = [inspector.get_pk_constraint(table), *inspector.get_foreign_keys(table)]
            uniques = [*inspector.get_unique_constraints(table), *inspector.get_check_constraints(table)]
            found[table] = (columns, sorted(map(repr, keys)), sorted(map(repr, uniques)), sorted(indexes(tx, table)))
        return found


def indexes(tx: Connection, table: str) -> list[str]:
    """The statements that make the indexes of a table."""
    if tx.dialect.name == "postgresql":
        query = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename = :name"
    else:
        query = "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = :name"
    return [re.sub(r"\s+", " ", row) for row in tx.execute(text(query), {"name": table}).scalars()]


def test_migrations_give_exactly_the_schema_of_the_models(make_store: Callable[[], Store]) -> None:
    """Two databases, one made by the migrations and one from the models, describe themselves the same."""
    migrated, modelled = make_store(), make_store()
    migrate.upgrade(migrated)
    Base.metadata.create_all(modelled.engine)

    assert definitions(modelled) == definitions(migrated), REGENERATE


def test_alembic_sees_no_difference_either(empty: Store) -> None:
    """Autogenerate would have nothing to write."""
    migrate.upgrade(empty)

    with empty.reading() as tx:
        assert [] == compare_metadata(MigrationContext.configure(tx), Base.metadata), REGENERATE


def test_the_known_revisions_are_the_files_in_order() -> None:
    """`REVISIONS`, which is read without Alembic, names each file of the folder and ends with the newest."""
    scripts = ScriptDirectory(str(migrate.FOLDER))
    files = [script.revision for script in scripts.walk_revisions()]

    assert list(migrate.REVISIONS) == files[::-1]
    assert migrate.HEAD == scripts.get_current_head()


def test_an_empty_database_is_refused_with_what_to_type(empty: Store) -> None:
    """Before the first upgrade there is no revision."""
    assert migrate.revision_of(empty) is None
    with pytest.raises(StoreMismatch, match="is empty: run `ticket-gateway db upgrade`"):
        migrate.require_current(empty)


def test_after_an_upgrade_the_database_is_current_and_a_second_does_nothing(empty: Store) -> None:
    """`upgrade` tells what was there before."""
    assert migrate.upgrade(empty) is None
    migrate.require_current(empty)
    assert migrate.HEAD == migrate.revision_of(empty)
    assert migrate.HEAD == migrate.upgrade(empty)


def test_an_older_database_is_refused_with_what_to_type(empty: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program has learned a revision that the database has not seen."""
    migrate.upgrade(empty)
    monkeypatch.setattr(migrate, "REVISIONS", (*migrate.REVISIONS, "9999"))
    monkeypatch.setattr(migrate, "HEAD", "9999")

    with pytest.raises(StoreMismatch, match="has schema 0001, this program works with 9999: run"):
        migrate.require_current(empty)


def test_a_newer_database_is_refused_by_both(empty: Store) -> None:
    """An older program neither works with nor upgrades what a newer one made."""
    migrate.upgrade(empty)
    set_revision(empty, "9999")

    with pytest.raises(StoreMismatch, match="newer than this program"):
        migrate.require_current(empty)
    with pytest.raises(StoreMismatch, match="install the newer ticket-gateway"):
        migrate.upgrade(empty)


def test_somebody_elses_tables_are_not_touched(empty: Store) -> None:
    """A database that already has a table of one of our names, but no revision, is not ours."""
    with empty.transaction() as tx:
        tx.execute(text("CREATE TABLE ticket (mine INTEGER)"))

    with pytest.raises(StoreMismatch, match=r"no release of ticket-gateway made \(ticket"):
        migrate.upgrade(empty)


def test_an_upgrade_that_would_break_references_is_not_done(tmp_path: Path) -> None:
    """Foreign keys are not looked at while it runs, so they are looked at before it counts."""
    store = Store(f"sqlite:///{tmp_path}/store.db")

    def break_a_reference() -> None:
        with migrate.migrating(store) as tx:
            tx.execute(text("CREATE TABLE parent (id INTEGER PRIMARY KEY)"))
            tx.execute(text("CREATE TABLE child (parent_id INTEGER NOT NULL REFERENCES parent (id))"))
            tx.execute(text("INSERT INTO child VALUES (7)"))

    with pytest.raises(StoreMismatch, match="would break references of table child"):
        break_a_reference()
    with store.reading() as tx:
        assert [] == inspect(tx).get_table_names()
    store.close()


def test_two_upgrades_at_once_make_one_schema(empty: Store) -> None:
    """The second waits for the first and finds nothing to do: also from two connections of two stores."""
    other = Store(empty.engine.url.render_as_string(hide_password=False))
    gate = threading.Barrier(2)
    results: list[object] = []

    def run(store: Store) -> None:
        gate.wait()
        try:
            results.append(migrate.upgrade(store))
        except Exception as error:
            results.append(error)

    threads = [threading.Thread(target=run, args=(store,)) for store in (empty, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()

    assert {None, migrate.HEAD} == set(results)
    migrate.require_current(empty)


def test_an_upgrade_that_fails_in_the_middle_leaves_nothing(
    empty: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tables of the steps before it are gone too: the upgrade is one transaction."""
    folder = tmp_path / "migrations"
    (folder / "versions").mkdir(parents=True)
    (folder / "env.py").write_text((migrate.FOLDER / "env.py").read_text())
    (folder / "versions" / "0001.py").write_text(
        'revision, down_revision = "0001", None\n'
        "from alembic import op\n"
        "def upgrade():\n"
        '    op.execute("CREATE TABLE ticket (id INTEGER)")\n'
        '    op.execute("INSERT INTO no_such_table VALUES (1)")\n'
    )
    monkeypatch.setattr(migrate, "FOLDER", folder)

    with pytest.raises(Temporary, match="nothing has changed"):
        migrate.upgrade(empty)
    assert migrate.revision_of(empty) is None
    with empty.reading() as tx:
        assert [] == inspect(tx).get_table_names()


def test_a_table_that_others_refer_to_can_be_made_anew_on_sqlite(tmp_path: Path) -> None:
    """SQLite changes a table by replacing it; rows that refer to it survive, and foreign keys are on again after."""
    store = Store(f"sqlite:///{tmp_path}/store.db")
    migrate.upgrade(store)
    with store.transaction() as tx:
        tx.execute(text("CREATE TABLE parent (id INTEGER PRIMARY KEY, plan TEXT)"))
        tx.execute(text("CREATE TABLE child (parent_id INTEGER NOT NULL REFERENCES parent (id))"))
        tx.execute(text("INSERT INTO parent VALUES (7, 'basic')"))
        tx.execute(text("INSERT INTO child VALUES (7)"))

    with migrate.migrating(store) as connection:
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("parent", recreate="always") as batch:
            batch.alter_column("plan", new_column_name="tariff")

    with store.reading() as tx:
        assert "basic" == tx.execute(text("SELECT tariff FROM parent JOIN child ON parent_id = id")).scalar_one()
        assert 1 == tx.execute(text("PRAGMA foreign_keys")).scalar_one()
    store.close()


def test_looking_does_not_import_alembic(tmp_path: Path) -> None:
    """Every command looks; only an upgrade may take the 0.4 s."""
    code = (
        "import sys; from gateway.store import migrate; from gateway.store.db import Store;"
        f" store = Store('sqlite:///{tmp_path}/store.db'); migrate.revision_of(store); store.close();"
        " sys.exit('alembic' in sys.modules)"
    )

    assert 0 == subprocess.run([sys.executable, "-c", code], check=False).returncode
