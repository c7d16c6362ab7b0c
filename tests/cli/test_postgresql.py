"""The commands on PostgreSQL: the same answers as on SQLite."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Place
from tests.cli.test_import import mail

pytestmark = pytest.mark.peer


@pytest.fixture
def on_postgresql(place: Place, make_database: Callable[[], str]) -> Place:
    """The gateway with an empty PostgreSQL database as its store."""
    place.file.write_text(f'{place.file.read_text()}\n[store]\nurl = "{make_database()}"\n')
    return place


def test_every_command_works_on_postgresql(on_postgresql: Place, tmp_path: Path) -> None:
    """From an empty database to an answered ticket, with an even balance."""
    place = on_postgresql
    assert "`ticket-gateway db upgrade` to make its tables" in place.run("audit", code=2).stderr
    assert place.json("db", "upgrade")["before"] is None
    accounts = tmp_path / "accounts.csv"
    accounts.write_text("id,address,verified\n7,eleni@shop.example,true\n")
    place.run("account", "import", str(accounts))
    assert [account["id"] for account in place.json("account", "list")] == ["7"]
    for number in (1, 1, 2):
        (tmp_path / f"{number}.eml").write_bytes(mail(number))
    assert place.json("explain", str(tmp_path / "1.eml"))["identity"]["account"] == "7"
    assert place.json("import", str(tmp_path / "1.eml"), str(tmp_path / "2.eml"))["pending"] == 0
    assert place.json("import", str(tmp_path / "1.eml"))["outcomes"] == {"duplicate": 1}
    number = str(place.json("ticket", "list")[0]["number"])
    place.run("ticket", "reply", number, "--text", "Hello", "--as", "Alex")
    assert place.json("ticket", "show", number)["state"] == "waiting_for_customer"
    answers = [each for each in place.json("outbox", "list") if each["recipient"] == "eleni@shop.example"]
    assert len(answers) == 1
    assert place.json("held", "list") == []
    audit = place.json("audit")
    assert (audit["received"], audit["duplicates"], audit["even"]) == (3, 1, True)
    assert {check["state"] for check in place.json("check")["checks"] if check["name"] == "store"} == {"ok"}
