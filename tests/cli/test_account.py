"""Accounts come from a file as a whole or not at all, and can be looked at."""

import json

from tests.cli.conftest import Place

HEAD = "id,name,language,phone,plan,notes,shop_id,shop_domain,shop_name,address,verified"
CSV = f"""\
{HEAD},order_number,order_shop,order_placed_at,order_status,order_total
100,Eleni's shoes,el,+30 210 000,gold,pays late,7,shoes.example,Shoes,eleni@shoes.example,true,N-1,7,2026-01-02,paid,9
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
    (listed,) = place.json("account", "list", "--address", "ELENI@shoes.example")
    assert listed == {
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
        "orders": [
            {
                "number": "N-1",
                "shop": "7",
                "placed_at": "2026-01-02T00:00:00+00:00",
                "status": "paid",
                "total": "9",
            }
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


def test_the_list_is_narrowed_by_text_domain_and_address(place: Place) -> None:
    """Text in any field of the account, a domain with what is below it, an address in any spelling."""
    imported(place, CSV + "300,100% Bread,,,,,1,www.shoes.example,,x@y.example,true\n")

    def listed(*filters: str) -> list[str]:
        return [account["id"] for account in place.json("account", "list", *filters)]

    assert listed("--text", "ELENI") == ["100"]
    assert listed("--text", "pays") == ["100"]
    assert listed("--text", "100") == ["100", "300"]
    assert listed("--text", "100%") == ["300"]
    assert listed("--domain", "Shoes.example") == ["100", "300"]
    assert listed("--domain", "oes.example") == []
    assert listed("--address", "NIKOS@hats.example") == ["200"]
    assert listed("--address", "NIKOS@hats.example", "--text", "eleni") == []
    assert place.run("account", "list", "--text", "none").stdout == "There are no such accounts.\n"


def test_a_whole_import_forgets_what_the_file_lacks(place: Place) -> None:
    """But not most of it, unless told twice; without --whole the others stay."""
    imported(place)
    file = place.state / "accounts.csv"
    file.write_text("id\n200\n300\n")
    place.run("account", "import", str(file))
    assert len(place.json("account", "list")) == 3
    assert place.json("account", "import", str(file), "--whole")["removed"] == 1
    file.write_text("id\n400\n")
    words = place.run("account", "import", str(file), "--whole", code=1).stderr
    assert "2 of 2 imported accounts would be gone; --force does it" in words
    assert [each["id"] for each in place.json("account", "list")] == ["200", "300"]
    assert (
        "2 that were imported before are gone" in place.run("account", "import", str(file), "--whole", "--force").output
    )
    assert [each["id"] for each in place.json("account", "list")] == ["400"]
