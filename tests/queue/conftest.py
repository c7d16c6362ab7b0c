"""Desks for the tests of this folder, on both stores or on the fast one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.clock import FixedClock
from gateway.mail.reader import Reader
from gateway.store.db import Store
from tests.desk import TestDesk, open_desk
from tests.stores import sqlite_store


@pytest.fixture
def desk(store: Store, clock: FixedClock, tmp_path: Path, reader: Reader) -> Iterator[TestDesk]:
    """A desk with one customer's account and one agent."""
    with open_desk(store, clock, tmp_path, reader) as opened:
        yield opened


@pytest.fixture
def fast_desk(clock: FixedClock, tmp_path: Path, reader: Reader) -> Iterator[TestDesk]:
    """A desk on SQLite only, for what does not depend on the database."""
    store = sqlite_store(tmp_path / "fast.db")
    with open_desk(store, clock, tmp_path, reader) as opened:
        yield opened
    store.close()
