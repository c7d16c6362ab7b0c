"""What docs/accounts.md shows can be used as it stands there."""

import json
import re
import tomllib
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from gateway.accounts.files import read_accounts
from gateway.accounts.sql import read_sql
from gateway.config import Config, parse
from tests.accounts.servers import JSON, Answer, serving
from tests.accounts.test_http import read

PAGE = Path(__file__).parent.parent.parent / "docs" / "accounts.md"
SHOP_SYSTEM = """
CREATE TABLE customer (number integer, company text, lang text, phone text, tariff text);
CREATE TABLE shop (customer integer, id integer, host text, title text, closed boolean);
CREATE TABLE address (customer integer, address text, confirmed_at timestamptz);
CREATE TABLE purchase (customer integer, number text, shop integer, placed_at timestamptz, status text, total text);
INSERT INTO customer VALUES (4711, 'Eleni''s Shoes', 'el', NULL, 'gold');
INSERT INTO shop VALUES (4711, 1, 'shoes.example', 'Shoes', false), (4711, 3, 'old.example', '', true);
INSERT INTO address VALUES (4711, 'eleni@shoes.example', now()), (4711, 'info@shoes.example', NULL);
INSERT INTO purchase VALUES (4711, 'A-1001', 1, now(), 'paid', '49.00 EUR');
"""


def examples(language: str) -> list[str]:
    """The examples in this language, in their order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)


def config(toml: str) -> Config:
    """A configuration with this part."""
    gateway = {"support_addresses": ["a@b.example"], "reply_domain": "r.example"}
    return parse({"gateway": gateway} | tomllib.loads(toml), "docs/accounts.md")


def test_both_files_are_the_same_accounts(tmp_path: Path) -> None:
    """JSON Lines and CSV, every field of it."""
    lines, table = tmp_path / "accounts.jsonl", tmp_path / "accounts.csv"
    lines.write_text(examples("json")[0])
    table.write_text(examples("csv")[0])
    accounts = read_accounts(lines)

    assert accounts == read_accounts(table)
    assert ["4711", "4712"] == [account.id for account in accounts]
    first = accounts[0]
    assert all((first.name, first.language, first.phone, first.plan, first.shops, first.addresses, first.orders))


def test_every_piece_of_configuration_is_valid() -> None:
    """One for each source."""
    parsed = [config(toml).accounts for toml in examples("toml")]

    assert [(True, False, False), (False, True, False), (False, False, True)] == [
        (bool(accounts.file), bool(accounts.sql), bool(accounts.http)) for accounts in parsed
    ]


def test_the_page_of_the_web_service_is_read(tmp_path: Path) -> None:
    """And leads to the next one."""
    page = examples("json")[1]
    with serving() as service:
        service.answer = lambda request: Answer(headers=JSON, body=(page if "?" not in request.path else "[]").encode())

        assert ["4711"] == [account.id for account in read(service)]
        assert json.loads(page)["next"] == service.requests[1].path


@pytest.mark.peer
def test_the_queries_run_on_postgresql(make_database: object) -> None:
    """On tables like those that they name."""
    assert callable(make_database)
    url = make_database()
    with psycopg.connect(url) as connection:
        connection.execute(SHOP_SYSTEM)
    sql = config(examples("toml")[1]).accounts.sql
    assert sql
    settings = sql.model_copy(update={"url": url, "url_file": None})
    (account,) = read_sql(settings, max_bytes=1024 * 1024, timeout_seconds=10)

    assert ("4711", "gold", "shoes.example") == (account.id, account.plan, account.shops[0].domain)
    assert [("eleni@shoes.example", True), ("info@shoes.example", False)] == [
        (entry.address, entry.verified) for entry in account.addresses
    ]
    assert ["A-1001"] == [order.number for order in account.orders]
    assert replace(account, orders=()) != account


def test_the_page_names_every_key() -> None:
    """Of [accounts] and of the sections in it."""
    text = PAGE.read_text()
    keys = [key for toml in examples("toml") for key in toml.split() if key.isidentifier()]
    sections = [Config.model_fields["accounts"].annotation]
    for name in ("sql", "http"):
        annotation = sections[0].model_fields[name].annotation  # type: ignore[union-attr]
        sections.append(annotation.__args__[0])  # type: ignore[union-attr]
    expected = {key for section in sections for key in section.model_fields}  # type: ignore[union-attr]

    assert set() == {key for key in expected - {"sql", "http"} if key not in keys and f"`{key}" not in text}
