"""A desk for the tests of this folder, on the fast store: what the databases do differently is tested in `store`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.clock import FixedClock
from gateway.mail.reader import Reader
from gateway.store.db import Store
from gateway.store.schema import Base
from tests.desk import TestDesk, open_desk


@pytest.fixture
def desk(clock: FixedClock, tmp_path: Path, reader: Reader) -> Iterator[TestDesk]:
    """A desk on an empty store."""
    store = Store(f"sqlite:///{tmp_path}/desk.db")
    Base.metadata.create_all(store.engine)
    with open_desk(store, clock, tmp_path, reader) as opened:
        yield opened
    store.close()


@pytest.fixture
def any_desk(store: Store, clock: FixedClock, tmp_path: Path, reader: Reader) -> Iterator[TestDesk]:
    """A desk on an empty store, once on each database."""
    with open_desk(store, clock, tmp_path, reader) as opened:
        yield opened
