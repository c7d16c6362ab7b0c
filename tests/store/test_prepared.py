"""A prepared statement does what SQLAlchemy would do with it, on both databases."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import (
    Column,
    DateTime,
    MetaData,
    Table,
    bindparam,
    delete,
    event,
    func,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy import Connection as Tx
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.types import Boolean, Float, LargeBinary, String, Text

from gateway.clock import FixedClock
from gateway.errors import Temporary
from gateway.store.db import Store
from gateway.store.prepared import Prepared
from gateway.store.types import Identity64, OutsideText, StringList, UtcTime

THING = Table(
    "thing",
    MetaData(),
    Column("id", Identity64, primary_key=True, autoincrement=True),
    Column("name", String(20), unique=True, nullable=False),
    Column("outside", OutsideText),
    Column("words", StringList),
    Column("at", UtcTime),
    Column("yes", Boolean),
    Column("content", LargeBinary),
    Column("share", Float),
)
INSERT = Prepared(insert(THING))
NAMES = Prepared(select(THING.c.name).order_by(THING.c.name))


@pytest.fixture
def things(store: Store) -> Iterator[Store]:
    """The store, with a table that has a column of each type."""
    THING.create(store.engine)
    yield store
    THING.drop(store.engine)


def values(at: datetime, name: str = "a") -> dict[str, object]:
    """A value for each column."""
    return {
        "name": name,
        "outside": "caf\u00e9",
        "words": ("x", "\u03b2"),
        "at": at,
        "yes": True,
        "content": b"\x00\xff",
        "share": 0.25,
    }


def test_values_come_back_as_they_went_in(things: Store, clock: FixedClock) -> None:
    """Each column's type is asked in both directions, and SQLAlchemy reads the same from the row."""
    given = values(clock.now() + timedelta(microseconds=7))
    with things.transaction() as tx:
        assert INSERT.run(tx, **given) == 1
        row = Prepared(select(THING).where(THING.c.name == bindparam("name"))).first(tx, name="a")
        ordinary = tx.execute(select(THING)).one()

    assert dict(row._mapping) == {"id": 1, **given} == dict(ordinary._mapping)
    assert (row.name, row[1]) == ("a", "a")


def test_what_an_outsider_typed_is_made_storable(things: Store) -> None:
    """A NUL and half a character, which no database takes."""
    with things.transaction() as tx:
        Prepared(insert(THING)).run(tx, name="a", outside="a\0b\ud800")
        assert Prepared(select(THING.c.outside)).scalar(tx) == "a\ufffdb\ufffd"


def test_none_is_null(things: Store, clock: FixedClock) -> None:
    """In every type; and a look-up for it finds nothing, as in SQL."""
    with things.transaction() as tx:
        INSERT.run(tx, **dict.fromkeys(values(clock.now())) | {"name": "a"})
        (row,) = Prepared(select(THING)).all(tx)
        assert tuple(row) == (1, "a", None, None, None, None, None, None)
        assert Prepared(select(THING.c.id).where(THING.c.share == bindparam("share"))).first(tx, share=None) is None


def test_columns_that_are_not_given_are_left_alone(things: Store, clock: FixedClock) -> None:
    """The same statement serves with other names, each compiled for itself."""
    change = Prepared(update(THING).where(THING.c.name == bindparam("which")))
    with things.transaction() as tx:
        INSERT.run(tx, **values(clock.now()))
        INSERT.run(tx, name="b")
        assert change.run(tx, which="a", share=0.5) == 1
        assert change.run(tx, which="a", yes=False, outside="") == 1
        assert change.run(tx, which="nobody", yes=True) == 0
        rows = Prepared(select(THING).order_by(THING.c.id)).all(tx)

    assert [(row.share, row.yes, row.outside, row.words) for row in rows] == [
        (0.5, False, "", ("x", "\u03b2")),
        (None, None, None, None),
    ]


def test_rows_may_be_returned(things: Store) -> None:
    """What the database chose: the new row's number."""
    returning = Prepared(insert(THING).returning(THING.c.id, THING.c.name))
    with things.transaction() as tx:
        assert [tuple(returning.first(tx, name=name)) for name in ("a", "b")] == [(1, "a"), (2, "b")]
        assert Prepared(insert(THING).returning(THING.c.id)).scalar(tx, name="c") == 3


def test_many_rows_in_one_call(things: Store, clock: FixedClock) -> None:
    """Each with its own values, converted like one."""
    rows = [values(clock.now(), name) for name in "abc"]
    with things.transaction() as tx:
        INSERT.run_many(tx, rows)
        assert [row.name for row in NAMES.all(tx)] == ["a", "b", "c"]
        assert [row.at for row in Prepared(select(THING.c.at)).all(tx)] == [clock.now()] * 3
        Prepared(update(THING).where(THING.c.name == bindparam("which"))).run_many(
            tx, [{"which": name, "share": 0.5} for name in "ab"]
        )
        assert Prepared(select(func.count()).select_from(THING).where(THING.c.share == 0.5)).scalar(tx) == 2


def test_a_statement_may_hold_values_of_its_own(things: Store, clock: FixedClock) -> None:
    """In a condition, in what is set, and in a limit; they stay what they are while others change."""
    found = Prepared(
        select(THING.c.name, literal("seen").label("how"))
        .where(THING.c.yes == True, THING.c.share > bindparam("share"), text("thing.outside = 'x%'"))  # noqa: E712
        .order_by(THING.c.name)
        .limit(2)
    )
    grow = Prepared(update(THING).where(THING.c.name == bindparam("which")).values(share=THING.c.share + 1.0))
    with things.transaction() as tx:
        INSERT.run_many(tx, [values(clock.now(), name) | {"outside": "x%"} for name in "abcd"])
        assert [tuple(row) for row in found.all(tx, share=0.1)] == [("a", "seen"), ("b", "seen")]
        assert grow.run(tx, which="c") == 1
        assert [row.name for row in found.all(tx, share=1.0)] == ["c"]


def test_first_and_scalar_of_nothing_are_none(things: Store) -> None:
    """And all of it is the empty list."""
    with things.transaction() as tx:
        assert (NAMES.first(tx), NAMES.scalar(tx), NAMES.all(tx)) == (None, None, [])
        assert Prepared(delete(THING)).run(tx) == 0


@pytest.mark.parametrize("given", [{}, {"name": "a", "nme": "b"}, {"nme": "a"}])
def test_values_that_do_not_fit_are_an_error(things: Store, given: dict[str, str]) -> None:
    """A name that was mistyped must not look for NULL, and find nothing."""
    with things.transaction() as tx, pytest.raises(TypeError, match="do not fit"):
        Prepared(select(THING.c.id).where(THING.c.name == bindparam("name"))).all(tx, **given)


def test_what_the_driver_raises_is_sqlalchemys_error(things: Store) -> None:
    """Of the kind that it would raise itself, so that who handles a duplicate knows it."""
    with pytest.raises(Temporary) as raised, things.transaction() as tx:
        INSERT.run_many(tx, [{"name": "a"}, {"name": "a"}])
    assert isinstance(raised.value.__cause__, IntegrityError)

    with things.reading() as tx:
        assert NAMES.all(tx) == [], "nothing of the transaction is kept"


def test_a_statement_that_cannot_run_is_an_error(things: Store) -> None:
    """A table that is not there: the transaction fails as Temporary, like everything the store cannot do now."""
    missing = Table("missing", MetaData(), Column("at", DateTime), Column("what", Text))
    with pytest.raises(Temporary, match="missing") as raised, things.transaction() as tx:
        Prepared(select(missing)).all(tx)
    assert isinstance(raised.value.__cause__, DBAPIError)


def test_who_listens_to_statements_hears_of_these_too(things: Store) -> None:
    """As tests do that count them."""
    heard: list[str] = []

    def listen(tx: Tx, cursor: object, sql: str, *more: object) -> None:
        heard.append(sql)

    with things.reading() as tx:
        event.listen(tx, "before_cursor_execute", listen)
        NAMES.all(tx)
    assert [sql.split()[0] for sql in heard] == ["SELECT"]
