"""A database as the source of accounts, on SQLite and PostgreSQL: read, and never written."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from gateway.accounts.sql import read_sql
from gateway.config import AccountsSql, parse
from gateway.errors import ConfigError
from gateway.model import Account, AccountAddress, Order, Shop
from tests.cost import LATE_SECONDS

SHOP_SYSTEM = """
CREATE TABLE customer (number INTEGER PRIMARY KEY, company TEXT, lang TEXT, tel TEXT);
CREATE TABLE site (customer INTEGER, id INTEGER, host TEXT);
CREATE TABLE mail (customer INTEGER, address TEXT, proven INTEGER);
CREATE TABLE purchase (customer INTEGER, number TEXT, at TIMESTAMP, cents NUMERIC(10, 2));
INSERT INTO customer VALUES (7, 'Bakery 100% :bread', 'el-GR', NULL), (8, NULL, NULL, NULL);
INSERT INTO site VALUES (7, 1, 'bread.example'), (7, 2, 'cake.example'), (99, 3, 'of-nobody.example');
INSERT INTO mail VALUES (7, 'ann@bread.example', 1), (7, 'bob@bread.example', NULL), (8, 'ann@bread.example', 1);
INSERT INTO purchase VALUES (7, 'A-1', '2026-01-02 03:04:05', 10.50), (7, 'A-2', '2026-03-04 05:06:07', 3);
"""
QUERIES = {
    "accounts_query": "SELECT number AS id, company AS name, lang AS language, tel AS PHONE FROM customer"
    " WHERE company IS NULL OR company LIKE '%:bread' ORDER BY number",
    "shops_query": "SELECT customer AS account_id, id, host AS domain FROM site ORDER BY id",
    "addresses_query": "SELECT customer AS account_id, address, proven = 1 AS verified FROM mail ORDER BY address",
    "orders_query": "SELECT customer AS account_id, number, at AS placed_at, cents AS total FROM purchase",
}
EXPECTED = [
    Account(
        id="7",
        name="Bakery 100% :bread",
        language="el",
        shops=(Shop(id="1", domain="bread.example"), Shop(id="2", domain="cake.example")),
        addresses=(
            AccountAddress(address="ann@bread.example", verified=True),
            AccountAddress(address="bob@bread.example"),
        ),
        orders=(
            Order(number="A-2", placed_at=datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC), total="3"),
            Order(number="A-1", placed_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), total="10.5"),
        ),
    ),
    Account(id="8", addresses=(AccountAddress(address="ann@bread.example", verified=True),)),
]


def sqlite_url(folder: Path) -> str:
    """A database file of a webshop."""
    path = folder / "a shop's.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(SHOP_SYSTEM)
    connection.close()
    return f"sqlite:///{path}"


def postgresql_url(make_database: Callable[[], str]) -> str:
    """A PostgreSQL database of a webshop."""
    url = make_database()
    with psycopg.connect(url) as connection:
        connection.execute(SHOP_SYSTEM)
    return url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.peer)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The webshop's database, once on each kind."""
    if request.param == "sqlite":
        yield sqlite_url(tmp_path)
    else:
        yield postgresql_url(request.getfixturevalue("make_database"))


def read(url: str, *, limit: int = 1024 * 1024, seconds: float = 30, **queries: str) -> list[Account]:
    """What the queries give."""
    settings = AccountsSql(url=url, **{"accounts_query": QUERIES["accounts_query"]} | queries)  # type: ignore[arg-type]
    return list(read_sql(settings, max_bytes=limit, timeout_seconds=seconds))


def without_zeros(accounts: list[Account]) -> list[Account]:
    """PostgreSQL gives decimals with all their places."""
    for account in accounts:
        for order in account.orders:
            object.__setattr__(order, "total", f"{float(order.total):g}")
    return accounts


def test_four_queries_give_the_accounts(url: str) -> None:
    """Columns in any case, NULL for what is not there, `%` and `:` as they are written, rows of nobody left out."""
    assert EXPECTED == without_zeros(read(url, **QUERIES))


def test_only_the_accounts_query_is_needed(url: str) -> None:
    """Without the others there are no shops, addresses, orders."""
    assert [("7", ()), ("8", ())] == [(account.id, account.addresses) for account in read(url)]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM customer RETURNING number AS id",
        "UPDATE customer SET company = 'x' RETURNING number AS id",
        "CREATE TABLE stolen AS SELECT 1 AS id",
    ],
)
def test_the_database_is_only_read(url: str, statement: str) -> None:
    """A query that writes is refused by the database itself."""
    with pytest.raises(ConfigError, match=r"\[accounts\.sql\] accounts_query: .*(readonly|syntax error)"):
        read(url, accounts_query=statement)
    assert 2 == len(read(url))


@pytest.mark.peer
def test_postgresql_lets_no_function_write_either(make_database: Callable[[], str]) -> None:
    """A SELECT may call one; the transaction is read-only."""
    url = postgresql_url(make_database)
    with psycopg.connect(url) as connection:
        connection.execute(
            "CREATE FUNCTION cleared() RETURNS integer LANGUAGE sql AS 'DELETE FROM customer RETURNING number'"
        )

    with pytest.raises(ConfigError, match="cannot execute DELETE in a read-only transaction"):
        read(url, accounts_query="SELECT cleared() AS id")
    assert 2 == len(read(url))


def test_wrong_queries_are_named(url: str) -> None:
    """Which one, and what the database says; a missing column is told with those that there are."""
    with pytest.raises(ConfigError, match=r"\[accounts\.sql\] shops_query: .*nowhere"):
        read(url, shops_query="SELECT * FROM nowhere")
    with pytest.raises(ConfigError, match=r"accounts_query: gives no column id; it gives number, company"):
        read(url, accounts_query="SELECT number, company FROM customer")
    with pytest.raises(ConfigError, match=r"addresses_query: gives no column verified; it gives account_id, address"):
        read(url, addresses_query="SELECT customer AS account_id, address FROM mail")
    with pytest.raises(ConfigError, match=r"accounts_query, row 1: id: "):
        read(url, accounts_query="SELECT NULL AS id")


def test_a_result_without_an_end_is_given_up_at_the_limit(url: str) -> None:
    """Rows are counted as they come, and the rest is never fetched."""
    endless = "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT id FROM n"

    with pytest.raises(ConfigError, match="gives more than 1 MB"):
        read(url, accounts_query=endless)


@pytest.mark.peer
def test_postgresql_ends_a_query_that_takes_too_long(make_database: Callable[[], str]) -> None:
    """By its own statement timeout, so that nothing is left running there."""
    began = time.monotonic()
    with pytest.raises(ConfigError, match="statement timeout"):
        read(make_database(), accounts_query="SELECT pg_sleep(60) AS id", seconds=0.3)
    assert time.monotonic() - began < LATE_SECONDS


def test_all_queries_see_one_moment(tmp_path: Path) -> None:
    """What the webshop writes between two of them is in none."""
    url = sqlite_url(tmp_path)
    other = sqlite3.connect(url.removeprefix("sqlite:///"))
    other.execute("PRAGMA journal_mode=WAL")
    settings = AccountsSql(url=url, **QUERIES)  # type: ignore[arg-type]
    reading = read_sql(settings, max_bytes=1024 * 1024, timeout_seconds=10)
    first = next(reading)
    with other:
        other.execute("DELETE FROM customer WHERE number = 8")
    other.close()

    assert ["7", "8"] == [first.id, *(account.id for account in reading)]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqlite:////nowhere/shop.db", "unable to open database file"),
        ("sqlite://", "SQLite needs a file"),
        ("not a url with secret-1", "is not an SQLAlchemy URL"),
        ("nosuch://user:secret-1@127.0.0.1/x", "the driver of this kind of database is not installed"),
        ("postgresql://user:secret-1@127.0.0.1:1/x", "refused"),
    ],
)
def test_a_wrong_url_is_told_without_its_password(url: str, words: str) -> None:
    """In a sentence."""
    with pytest.raises(ConfigError, match=words) as raised:
        read(url)
    assert "secret-1" not in raised.value.reason


def test_the_url_may_stand_in_a_file(tmp_path: Path) -> None:
    """For one with a password in it; url and url_file exclude each other."""
    file = tmp_path / "url"
    file.write_text(f"{sqlite_url(tmp_path)}\n")
    settings = AccountsSql(url_file=file, accounts_query="SELECT number AS id FROM customer ORDER BY 1")

    assert ["7", "8"] == [each.id for each in read_sql(settings, max_bytes=1024, timeout_seconds=5)]
    gateway = {"support_addresses": ["a@b.example"], "reply_domain": "r.example"}
    for given in ({}, {"url": "sqlite:////x", "url_file": "/x"}):
        with pytest.raises(ConfigError, match=r"accounts\.sql: set url or url_file"):
            parse({"gateway": gateway, "accounts": {"sql": {"accounts_query": "x", **given}}}, "config.toml")
