"""`account refresh` asks the sources now, `account sources` tells how they did."""

import sqlite3

import pytest

from tests.accounts.servers import documents, serving
from tests.cli.conftest import Place


@pytest.fixture
def shop(place: Place) -> sqlite3.Connection:
    """The webshop's database, which the gateway follows, beside a file that is not there."""
    path = place.state / "shop.db"
    place.file.write_text(
        place.file.read_text()
        + f'''
[accounts]
file = "{place.state}/accounts.csv"
[accounts.sql]
url = "sqlite:///{path}"
accounts_query = "SELECT id FROM customer"
'''
    )
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE customer (id)")
    connection.executemany("INSERT INTO customer VALUES (?)", [(number,) for number in range(10)])
    connection.commit()
    return connection


def test_sources_are_refreshed_on_demand(place: Place, shop: sqlite3.Connection) -> None:
    """One that fails does not stop the other, and the command ends with 1; the states are kept."""
    never = place.run("account", "sources").stdout
    assert never.count("never asked") == 2
    done = place.run("account", "refresh", code=1)
    assert "accounts.csv: No such file" in done.stdout
    assert "1 of 2 sources failed: what is on file of them stays as it was" in done.stderr
    assert len(place.json("account", "list")) == 10
    file, sql = place.json("account", "sources")
    assert (file["name"], file["state"], file["accounts"], file["succeeded_at"]) == ("file", "failing", 0, None)
    assert (sql["name"], sql["state"], sql["accounts"], sql["error"]) == ("sql", "ok", 10, "")
    assert sql["place"].endswith("shop.db")

    with shop:
        shop.execute("DELETE FROM customer WHERE id > 1")
    shop.close()
    document = place.json("account", "refresh", "sql", code=1)
    assert "2 accounts where 10 are on file" in document["sources"][0]["error"]
    assert len(place.json("account", "list")) == 10
    text = place.run("account", "sources").stdout
    assert "failing" in text
    assert "(since " in text
    (forced,) = place.json("account", "refresh", "sql", "--force")["sources"]
    assert (forced["ok"], forced["accounts"], forced["changed"], forced["removed"]) == (True, 2, 0, 8)


def test_a_hand_made_import_does_not_hide_what_the_source_says(place: Place) -> None:
    """The source is asked for all of it again, although nothing changed there."""
    file = place.state / "by-hand.csv"
    file.write_text("id,name\n1,by hand\n2,by hand\n")
    with serving() as service:
        service.answer = lambda request: documents({"id": 1, "name": "of the source"}, ETag='"1"')
        place.file.write_text(place.file.read_text() + f'\n[accounts.http]\nurl = "{service.url}"\n')
        place.run("account", "refresh")
        place.run("account", "import", str(file))
        assert place.json("account", "show", "1")[0]["name"] == "by hand"
        place.run("account", "refresh", "http")

    assert [each["name"] for each in place.json("account", "list")] == ["of the source", "by hand"]
    assert {each["name"]: each["state"] for each in place.json("account", "sources")} == {
        "http": "ok",
        "import": "by hand",
    }


def test_what_is_not_configured_is_not_asked(place: Place) -> None:
    """With the name that is missing; nothing is there to be listed."""
    assert "does not name any source" in place.run("account", "refresh", code=1).stderr
    assert "does not name sql" in place.run("account", "refresh", "sql", code=1).stderr
    assert "There are no sources" in place.run("account", "sources").stdout
