"""`db upgrade` makes the tables, and does nothing twice."""

from tests.cli.conftest import Place


def test_upgrade_makes_the_tables_of_a_new_database(place: Place) -> None:
    """Also where the state directory is not there yet."""
    (place.state / "ticket-gateway.db").unlink()
    assert place.json("db", "upgrade") == {"before": None, "after": "0001"}
    place.run("audit")
    assert "nothing was to be done" in place.run("db", "upgrade").stdout


def test_a_newer_database_is_left_alone(place: Place) -> None:
    """An older program must not write to it."""
    import sqlite3

    connection = sqlite3.connect(place.state / "ticket-gateway.db")
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    for command in (["db", "upgrade"], ["audit"], ["ticket", "list"]):
        assert "newer than this program" in place.run(*command, code=2).stderr
