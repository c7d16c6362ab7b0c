"""Accounts from a database: any that SQLAlchemy reaches, by the queries of the configuration.

All queries see one moment. The connection can only read where the database has a way to promise that (PostgreSQL:
`default_transaction_read_only`; SQLite: `mode=ro` and `query_only`); elsewhere the user must be one who may only read.
Rows come as a stream; what is kept in memory is what becomes of them.

BUGS: a driver that does not stream holds a whole result. Other databases than SQLite and PostgreSQL have no limit of
their own for a query's time; the process that reads is ended by its parent in any case.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date, datetime
from typing import Any, TypeVar
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from gateway.accounts.budget import Budget
from gateway.accounts.record import account_of, address_of, newest, order_of, shop_of
from gateway.config import AccountsSql
from gateway.errors import ConfigError
from gateway.model import Account

ROWS = 1000
"""Rows that are fetched at once."""
CONNECT_SECONDS = 10
ROW_BYTES = 64
"""What a row counts for beside its text."""
T = TypeVar("T")
Row = Mapping[str, Any]


def read_sql(settings: AccountsSql, *, max_bytes: int, timeout_seconds: float) -> Iterator[Account]:
    """The accounts that the queries give; ConfigError says which query is wrong, and how."""
    budget = Budget(max_bytes)
    with _connected(settings, timeout_seconds) as connection, ExitStack() as closing:

        def rows(name: str, query: str, *needed: str) -> Iterator[tuple[str, Row]]:
            return _rows(connection, name, query, needed, budget, closing)

        def grouped(name: str, query: str, make: Callable[[Any, str], T], *needed: str) -> dict[str, list[T]]:
            return _grouped(rows(name, query, "account_id", *needed), make) if query else {}

        shops = grouped("shops_query", settings.shops_query, shop_of, "id", "domain")
        addresses = grouped("addresses_query", settings.addresses_query, address_of, "address", "verified")
        orders = grouped("orders_query", settings.orders_query, order_of, "number")
        for place, row in rows("accounts_query", settings.accounts_query, "id"):
            account = account_of(row, place)
            yield replace(
                account,
                shops=tuple(dict.fromkeys(shops.get(account.id, ()))),
                addresses=tuple(dict.fromkeys(addresses.get(account.id, ()))),
                orders=newest(orders.get(account.id, [])),
            )


def url_of(settings: AccountsSql) -> URL:
    """The database's URL, with our driver for PostgreSQL; ConfigError where it is none."""
    text = settings.url
    if settings.url_file:
        try:
            text = settings.url_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"[accounts.sql] url_file {settings.url_file}: cannot be read: {error}") from error
    try:
        url = make_url(text)
    except ArgumentError as error:  # its own message would quote the URL, which may hold a password
        raise ConfigError("[accounts.sql] url: is not an SQLAlchemy URL such as postgresql://USER@HOST/NAME") from error
    return url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url


@contextmanager
def _connected(settings: AccountsSql, timeout_seconds: float) -> Iterator[Connection]:
    """A connection in a transaction that only reads, rolled back at the end."""
    try:
        engine = _engine(url_of(settings), timeout_seconds)
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA query_only=ON")
                connection.exec_driver_sql("BEGIN")  # or each query would see its own moment
            yield connection
            connection.rollback()
    except DBAPIError as error:
        raise ConfigError(_first_line(error.orig)) from error
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise ConfigError(f"the driver of this kind of database is not installed: {_first_line(error)}") from error
    except SQLAlchemyError as error:
        raise ConfigError(_first_line(error)) from error


def _engine(url: URL, timeout_seconds: float) -> Engine:
    backend = url.get_backend_name()
    if backend == "sqlite":
        if not url.database or url.database.startswith(":"):
            raise ConfigError("[accounts.sql] url: SQLite needs a file: sqlite:////PATH")
        file = url.database.removeprefix("file:")
        read_only = url.set(database=f"file:{quote(file)}", query=url.query | {"mode": "ro", "uri": "true"})
        return create_engine(read_only, poolclass=NullPool, connect_args={"timeout": CONNECT_SECONDS})
    if backend == "postgresql":
        milliseconds = max(1, int(timeout_seconds * 1000))
        own = url.query.get("options", "")
        options = f"{own if isinstance(own, str) else ' '.join(own)} -c default_transaction_read_only=on"
        settings = {"connect_timeout": CONNECT_SECONDS, "options": f"{options} -c statement_timeout={milliseconds}"}
        return create_engine(url, poolclass=NullPool, connect_args=settings, isolation_level="REPEATABLE READ")
    return create_engine(url, poolclass=NullPool)


def _rows(
    connection: Connection, name: str, query: str, needed: tuple[str, ...], budget: Budget, closing: ExitStack
) -> Iterator[tuple[str, Row]]:
    """The rows of a query, each with its place for errors; columns by their names in small letters."""
    # Without parameters the driver takes the query as it is written: no `%` and no `:name` means anything in it.
    streaming = connection.execution_options(stream_results=True, yield_per=ROWS, no_parameters=True)
    try:
        result = streaming.exec_driver_sql(query)
        closing.callback(result.close)
        columns = [column.lower() for column in result.keys()]  # noqa: SIM118  # no dict: its iteration gives rows
    except DBAPIError as error:
        raise ConfigError(f"[accounts.sql] {name}: {_first_line(error.orig)}") from error
    except SQLAlchemyError as error:
        raise ConfigError(f"[accounts.sql] {name}: {_first_line(error)}") from error
    missing = [column for column in needed if column not in columns]
    if missing:
        raise ConfigError(f"[accounts.sql] {name}: gives no column {missing[0]}; it gives {', '.join(columns)}")
    for number, row in enumerate(result, 1):
        values = [_plain(value) for value in row]
        budget.spend(ROW_BYTES + sum(len(value) for value in values if isinstance(value, str)))
        yield f"[accounts.sql] {name}, row {number}", dict(zip(columns, values, strict=True))


def _grouped(rows: Iterator[tuple[str, Row]], make: Callable[[Any, str], T]) -> dict[str, list[T]]:
    found: dict[str, list[T]] = {}
    for place, row in rows:
        own = found.setdefault(str(row["account_id"]), [])
        own.append(make(row, place))
    return found


def _plain(value: Any) -> Any:
    """What a driver gave, as a file would give it: UUIDs and decimals are text."""
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8", "replace")
    return value if isinstance(value, str | bool | int | float | datetime | date | None) else str(value)


def _first_line(error: object) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
