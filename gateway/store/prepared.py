"""Statements that run for every mail: compiled once for each database, and handed to its driver as they are.

SQLAlchemy does ten times as much work for a call as SQLite does for a look-up, and a mail takes twenty of them. Of that
work only what has a meaning is done here: values are converted by the types of the columns, and what the driver raises
comes out as SQLAlchemy's DBAPIError.

What must stay true: a statement has the same effect as `tx.execute` of it; a value that is missing, or that it has no
place for, is an error.

BUGS: no IN with a list (`expanding`), no decimal numbers, and no defaults of columns: every column that is to be set
must be given.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import Any

from sqlalchemy import BindParameter, Connection, Delete, Dialect, Float, Insert, Select, Update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

Statement = Select[*tuple[Any, ...]] | Insert | Update | Delete
Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Form:
    """A statement as one database takes it, called with values of certain names."""

    sql: str
    take: Callable[[Mapping[str, Any]], Sequence[Any]]
    """The values of a mapping, in the order in which the statement has them."""
    names: tuple[str, ...] | None
    """For a driver that takes them by name: of each in that order."""
    constants: Mapping[str, Any]
    """Values that the statement itself has, as the driver takes them."""
    converted: tuple[tuple[int, Convert], ...]
    row: Callable[[Sequence[Any]], Any]
    converted_columns: tuple[tuple[int, Convert], ...]

    def arguments(self, values: Mapping[str, Any]) -> tuple[Any, ...] | dict[str, Any]:
        found = self.take({**self.constants, **values} if self.constants else values)
        if self.converted:
            found = _converted(found, self.converted)
        return tuple(found) if self.names is None else dict(zip(self.names, found, strict=True))

    def rows(self, fetched: Sequence[Sequence[Any]]) -> list[Any]:
        if not self.converted_columns:
            return [self.row(row) for row in fetched]
        return [self.row(_converted(row, self.converted_columns)) for row in fetched]


def _converted(values: Sequence[Any], converters: Sequence[tuple[int, Convert]]) -> list[Any]:
    found = list(values)
    for index, convert in converters:
        found[index] = convert(found[index])
    return found


class Prepared:
    """A statement without values; each method runs it with some. Rows are named tuples."""

    def __init__(self, statement: Statement) -> None:
        self.statement = statement
        self._forms: dict[tuple[str, ...], _Form] = {}

    def all(self, tx: Connection, **values: Any) -> list[Any]:
        """All rows."""
        form = self._form(tx, values)
        fetched: list[Any] = _run_by_driver(tx, form.sql, form.arguments(values), many=False).fetchall()
        return form.rows(fetched) if fetched else fetched

    def first(self, tx: Connection, **values: Any) -> Any:
        """The first row, None where there is none."""
        rows = self.all(tx, **values)
        return rows[0] if rows else None

    def scalar(self, tx: Connection, **values: Any) -> Any:
        """The first value of the first row, None where there is none."""
        row = self.first(tx, **values)
        return None if row is None else row[0]

    def run(self, tx: Connection, **values: Any) -> int:
        """Run it for its effect; how many rows it had an effect on."""
        form = self._form(tx, values)
        count: int = _run_by_driver(tx, form.sql, form.arguments(values), many=False).rowcount
        return count

    def run_many(self, tx: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run it with each of these, which all give the same names."""
        form = self._form(tx, rows[0])
        _run_by_driver(tx, form.sql, [form.arguments(row) for row in rows], many=True)

    def _form(self, tx: Connection, values: Mapping[str, Any]) -> _Form:
        key = (tx.dialect.name, *values)
        form = self._forms.get(key)
        if form is None:
            form = self._forms[key] = _compiled(self.statement, tx.dialect, list(values))
        return form


def _run_by_driver(tx: Connection, sql: str, arguments: Any, *, many: bool) -> Any:
    driver = tx.connection.dbapi_connection
    assert driver is not None, "the transaction is open"
    cursor = driver.cursor()
    if tx._has_events or tx.engine._has_events:  # who listens sees these statements, too
        for listener in tx.dispatch.before_cursor_execute:
            listener(tx, cursor, sql, arguments, None, many)
    try:
        (cursor.executemany if many else cursor.execute)(sql, arguments)
    except tx.dialect.loaded_dbapi.Error as error:
        raise DBAPIError.instance(sql, None, error, tx.dialect.loaded_dbapi.Error, dialect=tx.dialect) from error
    return cursor


def _compiled(statement: Statement, dialect: Dialect, names: list[str]) -> _Form:
    compiled = statement.compile(dialect=dialect, column_keys=names)
    assert isinstance(compiled, SQLCompiler)
    binds = {name: bind for bind, name in compiled.bind_names.items()}
    wrong = {name for name, bind in binds.items() if bind.required} ^ set(names)
    if wrong - {name for name in names if name in binds}:
        raise TypeError(f"the statement and its values do not fit: {', '.join(sorted(wrong))}: {compiled}")
    order = list((compiled.positiontup if compiled.positional else binds) or ())
    binders = {name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in binds.items()}
    columns = list(statement.exported_columns)
    readers = [_result_converter(column.type, dialect) for column in columns]
    return _Form(
        sql=str(compiled),
        take=_taker(order),
        names=None if compiled.positional else tuple(order),
        constants={name: _constant(bind, binders[name]) for name, bind in binds.items() if name not in names},
        converted=tuple(
            (index, convert) for index, name in enumerate(order) if name in names and (convert := binders[name])
        ),
        row=_row_class([str(column.key) for column in columns]),
        converted_columns=tuple((index, convert) for index, convert in enumerate(readers) if convert),
    )


def _taker(names: Sequence[str]) -> Callable[[Mapping[str, Any]], Sequence[Any]]:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: [values[name] for name in names]  # of one name an itemgetter gives no sequence


def _constant(bind: BindParameter[Any], convert: Convert | None) -> Any:
    return convert(bind.value) if convert else bind.value


def _result_converter(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    if isinstance(kind, Float):  # both drivers give floats; SQLAlchemy would ask what kind of number it got
        return None
    return kind.dialect_impl(dialect).result_processor(dialect, None)


def _row_class(names: Sequence[str]) -> Callable[[Sequence[Any]], Any]:
    """Rows that can be read as those of SQLAlchemy: by attribute, by index, and whole as `_mapping`."""
    base: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]  # the names come from the statement
    made: Any = type("Row", (base,), {"__slots__": (), "_mapping": property(base._asdict)})
    return partial(tuple.__new__, made)  # what `_make` does, without a look at the length
