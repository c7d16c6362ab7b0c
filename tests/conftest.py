"""Fixtures of all tests: real servers, both stores, a clock that stands still."""

import importlib.util
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.clock import FixedClock
from gateway.mail.reader import Reader
from gateway.store.db import Store
from gateway.store.schema import Base

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever uses a real server is marked `peer`, so that `make check` can leave it out."""
    for item in items:
        names: tuple[str, ...] = getattr(item, "fixturenames", ())
        if SERVERS.intersection(names) or ("store" in names and "postgresql" in item.name):
            item.add_marker(pytest.mark.peer)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store with all tables, once on each database."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/store.db"
    else:
        make_database: Callable[[], str] = request.getfixturevalue("make_database")
        url = make_database()
    opened = Store(url)
    Base.metadata.create_all(opened.engine)
    yield opened
    opened.close()


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
