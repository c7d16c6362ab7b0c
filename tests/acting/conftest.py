"""Stages: one for all tests of a file on the fast store, or a fresh one on each database."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.clock import FixedClock
from gateway.mail.reader import Reader
from gateway.store.db import Store
from tests.acting.stage import Stage, open_stage
from tests.stores import sqlite_store


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, reader: Reader) -> Iterator[Stage]:
    """One for all tests of a file: each takes a ticket of its own."""
    folder = tmp_path_factory.mktemp("stage")
    store = sqlite_store(folder / "store.db")
    clock = FixedClock(datetime(2026, 9, 1, 10, 0, tzinfo=UTC))
    with open_stage(store, clock, folder, reader) as opened:
        yield opened
    store.close()


@pytest.fixture
def each_stage(store: Store, clock: FixedClock, tmp_path: Path, reader: Reader) -> Iterator[Stage]:
    """An empty one, once on each database."""
    with open_stage(store, clock, tmp_path, reader) as opened:
        yield opened
