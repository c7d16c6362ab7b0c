"""Fixtures of all tests: real servers, both stores, a clock that stands still."""

import importlib.util
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from gateway.clock import FixedClock
from gateway.mail.reader import Reader
from gateway.store.db import Store
from tests.desk import TestDesk, open_desk
from tests.once import shipped_templates_checked_once
from tests.schedule import Schedule, longest_first
from tests.stores import sqlite_store

# No example is wrong because it took long: the machine may be busy.
settings.register_profile("tests", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tests")

PEERS = ("clamd", "dns", "dovecot", "mutt", "postfix", "postgresql", "rspamd", "spamd", "systemd")
pytest_plugins = [f"tests.peers.{peer}" for peer in PEERS if importlib.util.find_spec(f"tests.peers.{peer}")]


SERVERS = frozenset(
    (
        "clamd",
        "dovecot",
        "make_database",
        "postfix",
        "postgresql",
        "private_dovecot",
        "private_postgresql",
        "rspamd",
        "sink",
        "smarthost",
        "spamd",
    )
)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Schedule:
    """Whatever `--dist` says: files stay together."""
    return Schedule(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Whatever uses a real server is marked `peer`, so that `make check` can leave it out."""
    for item in items:
        names: tuple[str, ...] = getattr(item, "fixturenames", ())
        if SERVERS.intersection(names) or ("store" in names and "postgresql" in item.name):
            item.add_marker(pytest.mark.peer)
    if hasattr(config, "workerinput"):  # one of several processes
        longest_first(items)


@pytest.fixture(scope="session", autouse=True)
def _templates() -> Iterator[None]:
    """Which of the shipped templates are wrong is found out once."""
    with shipped_templates_checked_once():
        yield


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store with all tables, once on each database."""
    if request.param == "sqlite":
        with closing(sqlite_store(tmp_path / "store.db")) as opened:
            yield opened
        return
    server = request.getfixturevalue("postgresql")
    with server.filled() as url, closing(Store(url)) as opened:
        yield opened


@pytest.fixture
def fast_store(tmp_path: Path) -> Iterator[Store]:
    """An empty store on SQLite, for what does not depend on the database."""
    with closing(sqlite_store(tmp_path / "fast.db")) as opened:
        yield opened


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands on a Tuesday morning."""
    return FixedClock(datetime(2026, 9, 1, 8, 0, tzinfo=UTC))


@pytest.fixture(scope="session")
def reader() -> Iterator[Reader]:
    """A reader of mail, its worker process shared by all tests."""
    started = Reader(1, 512 * 1024 * 1024, 10, 20)
    started.start()
    yield started
    started.stop()


@pytest.fixture
def desk(store: Store, clock: FixedClock, tmp_path: Path, reader: Reader) -> Iterator[TestDesk]:
    """A desk on an empty store, once on each database."""
    with open_desk(store, clock, tmp_path, reader) as opened:
        yield opened


@pytest.fixture
def fast_desk(fast_store: Store, clock: FixedClock, tmp_path: Path, reader: Reader) -> Iterator[TestDesk]:
    """A desk on SQLite, for what does not depend on the database."""
    with open_desk(fast_store, clock, tmp_path, reader) as opened:
        yield opened
