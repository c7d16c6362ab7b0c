"""A desk on SQLite with one ticket that an agent answered: what a machine's mail may be about."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.clock import FixedClock
from gateway.mail.reader import Reader
from tests.automatic.mails import Scene
from tests.desk import open_desk
from tests.stores import sqlite_store


@pytest.fixture
def scene(clock: FixedClock, tmp_path: Path, reader: Reader) -> Iterator[Scene]:
    """Ann's ticket, answered."""
    store = sqlite_store(tmp_path / "automatic.db")
    with open_desk(store, clock, tmp_path, reader) as desk:
        yield Scene.begin(desk)
    store.close()
