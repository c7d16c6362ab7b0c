"""Column types that mean the same on SQLite and PostgreSQL."""

import json
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

# SQLite makes only INTEGER PRIMARY KEY an alias of its row id, which is what counts up by itself.
Identity64 = BigInteger().with_variant(Integer(), "sqlite")


class UtcTime(TypeDecorator[datetime]):
    """A moment, stored as microseconds since 1970 (UTC); always aware, on every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """To the database."""
        if value is None:
            return None
        # Of a time that comes twice both are equal in their own zone, and one would be remembered for the other.
        return _microseconds(value) if value.tzinfo is UTC else (value - EPOCH) // MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """From the database."""
        return None if value is None else _moment(value)


# One mail writes the same moment into a dozen rows, and those of a customer are read again and again.
@lru_cache(1000)
def _microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // MICROSECOND


@lru_cache(1000)
def _moment(microseconds: int) -> datetime:
    return EPOCH + timedelta(microseconds=int(microseconds))


class OutsideText(TypeDecorator[str]):
    """Text that may hold what an outsider typed: NUL and lone surrogates, which no database takes, become U+FFFD."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """To the database."""
        if value is None or (value.isascii() and "\0" not in value):
            return value
        value = value.replace("\0", "\ufffd")
        try:
            value.encode()  # which takes a fraction of what mending takes
        except UnicodeEncodeError:
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return value


class StringList(TypeDecorator[tuple[str, ...]]):
    """A short list of strings, stored as JSON text; not for what one looks things up by."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str | None:
        """To the database."""
        return None if value is None else json.dumps(list(value))

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[str, ...] | None:
        """From the database."""
        return None if value is None else _strings(value)


@lru_cache(1000)  # most lists are empty, or those of the few agents
def _strings(written: str) -> tuple[str, ...]:
    return tuple(json.loads(written))
