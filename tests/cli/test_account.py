"""Accounts come from a file as a whole or not at all, and can be looked at."""

import json

from tests.cli.conftest import Place

CSV = """\
id,name,language,phone,plan,notes,shop_id,shop_domain,shop_name,address,verified
100,Eleni's shoes,el,+30 210 000,gold,pays late,7,shoes.example,Shoes,eleni@shoes.example,true
100,,,,,,8,boots.example,Boots,info@boots.example,false
200,Νίκος,el,,,,,hats.example,,nikos@hats.example,true
"""


def imported(place: Place, text: str = CSV, code: int = 0) -> str:
    """Import a file; what was said."""
    file = place.state / "accounts.csv"
    file.write_text(text, encoding="utf-8")
    return place.run("account", "import", str(file), code=code).output


def test_an_import_says_what_is_on_file_now(place: Place) -> None:
    """Accounts, shops and addresses are counted."""
    assert "2 accounts with 3 shops and 3 addresses (2 verified)" in imported(place)


def test_accounts_are_listed_and_shown(place: Place) -> None:
    """By id and by any address on file; JSON has the keys of an import file."""
    imported(place)
    assert [account["id"] for account in place.json("account", "list")] == ["100", "200"]
    (shown,) = place.json("account", "show", "ELENI@shoes.example")
    assert shown == {
        "id": "100",
        "name": "Eleni's shoes",
        "language": "el",
        "phone": "+30 210 000",
        "plan": "gold",
        "notes": "pays late",
        "shops": [
            {"id": "7", "domain": "shoes.example", "name": "Shoes"},
            {"id": "8", "domain": "boots.example", "name": "Boots"},
        ],
        "addresses": [
            {"address": "eleni@shoes.example", "verified": True},
            {"address": "info@boots.example", "verified": False},
        ],
    }
    lines = place.run("account", "list").stdout.splitlines()
    assert lines[1].split(maxsplit=1) == [
        "100",
        "Eleni's shoes  shoes.example, boots.example  eleni@shoes.example, info@boots.example (not verified)",
    ]
    assert "Address   info@boots.example (not verified)" in place.run("account", "show", "100").stdout


def test_what_json_shows_can_be_imported_again(place: Place) -> None:
    """The keys are the same."""
    imported(place)
    before = place.json("account", "list")
    imported(place, "\n".join(json.dumps(account) for account in before))
    assert place.json("account", "list") == before


def test_a_wrong_line_leaves_everything_as_it_was(place: Place) -> None:
    """The file and the line are named; the code is 2."""
    imported(place)
    words = imported(place, CSV.replace("Νίκος", "new") + "300,x,,,,,,,,y@x.example,perhaps\n", code=2)
    assert "accounts.csv, line 5" in words
    assert place.json("account", "show", "200")[0]["name"] == "Νίκος"


def test_more_accounts_than_a_statement_takes_are_imported(place: Place) -> None:
    """In batches, still one transaction."""
    lines = [json.dumps({"id": f"{number:05}"}) for number in range(1201)]
    assert "1,201 accounts" in imported(place, "\n".join(lines))
    assert len(place.json("account", "list", "--limit", "5000")) == 1201


def test_an_unknown_account_ends_with_1(place: Place) -> None:
    """The answer is no."""
    assert "there is no account 9" in place.run("account", "show", "9", code=1).stderr
    assert place.run("account", "list").stdout.startswith("There are no accounts")


def test_a_file_that_is_not_there_is_wrong_usage(place: Place) -> None:
    """Named by click itself."""
    assert "does not exist" in place.run("account", "import", "/none.csv", code=2).stderr
