"""A desk for the tests of this folder, on the fast store: what the databases do differently is tested in `store`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.clock import FixedClock
from gateway.mail.reader import Reader
from gateway.store.db import Store
from tests.desk import TestDesk, open_desk
from tests.stores import sqlite_store


@pytest.fixture
def desk(clock: FixedClock, tmp_path: Path, reader: Reader) -> Iterator[TestDesk]:
    """A desk on an empty store."""
    store = sqlite_store(tmp_path / "desk.db")
    with open_desk(store, clock, tmp_path, reader) as opened:
        yield opened
    store.close()


@pytest.fixture
def any_desk(store: Store, clock: FixedClock, tmp_path: Path, reader: Reader) -> Iterator[TestDesk]:
    """A desk on an empty store, once on each database."""
    with open_desk(store, clock, tmp_path, reader) as opened:
        yield opened
