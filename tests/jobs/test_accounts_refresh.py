"""The configured sources are followed by the clock, by one process, and a bad one harms nobody."""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway import events
from gateway.accounts.reader import SourceFailed
from gateway.clock import FixedClock
from gateway.config import Accounts
from gateway.errors import Temporary
from gateway.jobs.accounts_refresh import LEASE, AccountSources, Busy
from gateway.store import leases
from gateway.store.account_sources import source_states
from gateway.store.accounts import account_ids
from gateway.store.db import Store
from tests.accounts.servers import Answer, documents, serving
from tests.cost import LATE_SECONDS
from tests.stores import sqlite_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store on SQLite: what a refresh does on both is shown elsewhere."""
    opened = sqlite_store(tmp_path / "store.db")
    yield opened
    opened.close()


@pytest.fixture
def follow(store: Store, clock: FixedClock, tmp_path: Path) -> Callable[..., AccountSources]:
    """Follows the sources that these settings name."""

    def make(**settings: Any) -> AccountSources:
        return AccountSources(store, clock, Accounts.model_validate(settings), tmp_path)

    return make


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Callable[[], list[tuple[str, dict[str, Any]]]]:
    """What the log was told since it was last asked."""
    caplog.set_level(logging.DEBUG, events.LOGGER.name)

    def take() -> list[tuple[str, dict[str, Any]]]:
        records = [record for record in caplog.records if record.name == events.LOGGER.name]
        found = [(record.msg, dict(record.__dict__["fields"])) for record in records]
        caplog.clear()
        return found

    return take


def ids(store: Store) -> list[str]:
    """The accounts on file."""
    with store.reading() as tx:
        return account_ids(tx, limit=100)


def test_a_file_is_read_when_it_changed(
    store: Store, clock: FixedClock, follow: Callable[..., AccountSources], told: Any, tmp_path: Path
) -> None:
    """Missing, there, wrong, right again: the log tells each change once, with its reason and since when."""
    path = tmp_path / "accounts.jsonl"
    sources = follow(file=path)
    began = clock.now().isoformat()
    sources.look()
    sources.look()
    (failed,) = told()
    error = f"{path}: No such file or directory"
    assert ("account_source_failed", {"source": "file", "error": error, "since": began}) == failed

    clock.at += timedelta(seconds=10)
    path.write_text('{"id": "1"}\n')
    sources.look()
    recovered, refreshed = told()
    assert ("account_source_recovered", {"source": "file", "since": began}) == recovered
    assert ("accounts_refreshed", 1) == (refreshed[0], refreshed[1]["changed"])

    path.write_text('{"id": "1"}\n{"id": \n')
    sources.look()
    sources.look()
    clock.at += timedelta(minutes=10)
    sources.look()
    ((name, fields),) = told()
    assert ("account_source_failed", True) == (name, "line 2: is not JSON" in fields["error"])
    assert ["1"] == ids(store)

    path.write_text('{"id": "1"}\n{"id": "2"}\n')
    sources.look()
    assert ["account_source_recovered", "accounts_refreshed"] == [name for name, _ in told()]
    assert ["1", "2"] == ids(store)
    again = follow(file=path)
    again.look()
    assert [] == told(), "another process reads it only when it changes again"


def test_a_database_is_asked_by_the_clock_and_a_dead_service_beside_it_harms_nobody(
    store: Store, clock: FixedClock, follow: Callable[..., AccountSources], told: Any, tmp_path: Path
) -> None:
    """Every `refresh_minutes`; what fails is tried again sooner, and said once."""
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as shop:
        shop.execute("CREATE TABLE customer (id INTEGER)")
        shop.execute("INSERT INTO customer VALUES (1)")
    with serving() as service:
        pass  # dead from now on
    sources = follow(
        refresh_minutes=15,
        sql={"url": f"sqlite:///{path}", "accounts_query": "SELECT id FROM customer"},
        http={"url": service.url},
    )
    tried = []
    for minute in range(0, 17, 4):
        sources.look()
        with store.reading() as tx:
            tried.append([(state.name, state.tried_at) for state in source_states(tx)])
        with shop:
            shop.execute("INSERT OR IGNORE INTO customer VALUES (2)")
        assert (["1"] if minute < 15 else ["1", "2"]) == ids(store)
        clock.at += timedelta(minutes=4)
    shop.close()

    times: dict[str, set[object]] = {}
    for name, at in (pair for pairs in tried for pair in pairs):
        times.setdefault(name, set()).add(at)
    assert {"http": 3, "sql": 2} == {name: len(moments) for name, moments in times.items()}
    assert ["accounts_refreshed", "account_source_failed", "accounts_refreshed"] == [name for name, _ in told()]


def test_one_process_refreshes_at_a_time(
    store: Store, clock: FixedClock, follow: Callable[..., AccountSources], tmp_path: Path
) -> None:
    """While another one has the lease nobody else begins; it is given up at the end."""
    (tmp_path / "accounts.jsonl").write_text('{"id": "1"}\n')
    sources = follow(file=tmp_path / "accounts.jsonl")
    (source,) = sources.sources
    other = Store(store.engine.url.render_as_string(), owner="another-host:1:1:x")
    assert leases.take(other, LEASE, now=clock.now(), duration=timedelta(seconds=60))
    with pytest.raises(Busy, match="another process refreshes the accounts"):
        sources.refresh(source)
    sources.look()
    assert [] == ids(store)

    clock.at += timedelta(seconds=61)
    sources.look()
    assert ["1"] == ids(store)
    assert leases.take(other, LEASE, now=clock.now(), duration=timedelta(seconds=60))
    other.close()


def test_a_stop_ends_a_refresh_that_hangs(follow: Callable[..., AccountSources], told: Any) -> None:
    """At once, and without blaming the source."""
    end = threading.Event()
    with serving() as service:
        service.answer = lambda request: Answer(body=b"[]", wait_for=end)
        sources = follow(http={"url": service.url})
        sources.look_aside()
        while not service.requests:
            time.sleep(0.02)
        sources.look_aside()
        began = time.monotonic()
        sources.stop()
        end.set()

        assert time.monotonic() - began < LATE_SECONDS
        assert 1 == len(service.requests), "a look that is not over is not begun again"
    sources.look_aside()
    sources.stop()
    assert [] == told()


def test_a_store_that_is_away_is_not_the_sources_fault(
    store: Store, follow: Callable[..., AccountSources], told: Any, tmp_path: Path
) -> None:
    """It is raised as what it is, and nothing is kept against the source."""
    (tmp_path / "accounts.jsonl").write_text('{"id": "1"}\n')
    sources = follow(file=tmp_path / "accounts.jsonl")
    with store.transaction() as tx:
        tx.exec_driver_sql("ALTER TABLE account RENAME TO away")
    with pytest.raises(Temporary) as raised:
        sources.look()
    assert not isinstance(raised.value, SourceFailed)
    assert [] == told()
    sources.look_aside()
    while not (said := told()):
        time.sleep(0.02)
    assert ["job_failed"] == [name for name, _ in said]
    with store.transaction() as tx:
        tx.exec_driver_sql("ALTER TABLE away RENAME TO account")
    assert [] == told()

    sources.refresh(sources.sources[0])
    assert ["1"] == ids(store)


def test_a_service_that_changes_its_mind_is_followed(store: Store, follow: Callable[..., AccountSources]) -> None:
    """The whole way: answer, page, change, refusal, and the operator who insists."""
    with serving() as service:
        sources = follow(http={"url": service.url})
        (source,) = sources.sources
        service.answer = lambda request: documents(*({"id": number} for number in range(10)))
        assert 10 == sources.refresh(source).changed
        service.answer = lambda request: documents({"id": 1})
        with pytest.raises(SourceFailed, match="1 accounts where 10 are on file"):
            sources.refresh(source)
        assert 10 == len(ids(store))
        assert 9 == sources.refresh(source, force=True).removed
    assert ["1"] == ids(store)
