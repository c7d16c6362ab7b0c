"""Accounts from CSV and JSON Lines: the same values from both, and wrong lines named."""

from pathlib import Path

import pytest

from gateway.accounts.files import read_accounts
from gateway.errors import ConfigError
from gateway.model import Account, AccountAddress, Shop

EXPECTED = [
    Account(
        id="7",
        name="Bakery",
        language="el",
        phone="+30 210 1",
        shops=(Shop(id="s1", domain="bread.example", name="Bread"), Shop(id="s2", domain="cake.example")),
        addresses=(
            AccountAddress(address="ann@bread.example", verified=True),
            AccountAddress(address="bob@bread.example"),
        ),
    ),
    Account(id="8"),
]
JSON_LINES = """\
{"id": "7", "name": "Bakery", "language": "el", "phone": "+30 210 1", "colour": "unknown keys are left alone", \
"shops": [{"id": "s1", "domain": "bread.example", "name": "Bread"}, {"id": "s2", "domain": "cake.example"}], \
"addresses": [{"address": "ann@bread.example", "verified": true}, {"address": "bob@bread.example"}]}

{"id": 8}
"""
CSV = """\
id,name,language,phone,shop_id,shop_domain,shop_name,address,verified
7,Bakery,el,+30 210 1,s1,bread.example,Bread,ann@bread.example,true
7,,,,s2,cake.example,,bob@bread.example,false
8,,,,,,,,
"""


@pytest.mark.parametrize("text", [JSON_LINES, CSV, "\ufeff" + CSV], ids=["jsonl", "csv", "csv-with-bom"])
def test_both_forms_give_the_same_accounts(tmp_path: Path, text: str) -> None:
    """An account is the same value whichever way it was exported."""
    path = tmp_path / "accounts"
    path.write_text(text, encoding="utf-8")

    assert read_accounts(path) == EXPECTED


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"id": "7"}\n{"id": }', "line 2: is not JSON"),
        ('{"name": "no id"}', "line 1: id: Field required"),
        ('{"id": "7", "addresses": [{"verified": true}]}', "line 1: addresses.0.address: Field required"),
        ("name,address\nx,y", "line 1: the header line must name the column id"),
        ("id,address,verified\n7,a@b.example,perhaps", "line 2: addresses.0.verified:"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, text: str, words: str) -> None:
    """The error says which file, which line, and what is wrong there."""
    path = tmp_path / "accounts"
    path.write_text(text)

    with pytest.raises(ConfigError, match=words) as raised:
        read_accounts(path)
    assert str(path) in raised.value.reason


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The error names the file."""
    with pytest.raises(ConfigError, match=r"accounts\.csv: No such file"):
        read_accounts(tmp_path / "accounts.csv")
