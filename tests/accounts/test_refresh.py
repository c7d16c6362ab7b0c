"""A refresh: what changed is written, what vanished goes, what cannot be true is refused. Real reading processes."""

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from gateway.accounts.reader import SourceFailed
from gateway.accounts.refresh import Progress, Refreshed, refresh
from gateway.accounts.sources import sources_of
from gateway.clock import FixedClock
from gateway.config import Accounts
from gateway.model import Account, AccountAddress
from gateway.store.account_addresses import verify_address
from gateway.store.account_sources import SourceState, accounts_of_sources, source_state
from gateway.store.accounts import account_ids, accounts_by_address, add_known_address, put_accounts
from gateway.store.db import Store
from gateway.store.schema.account import AccountRow
from gateway.store.tickets import insert_ticket, tickets_of_account
from tests.accounts.servers import Answer, Service, documents, serving
from tests.stores import sqlite_store

ANN, BOB = "ann@bread.example", "bob@bread.example"


class Gateway:
    """A store that follows one source; the file is written by `tell`."""

    def __init__(self, store: Store, clock: FixedClock, folder: Path) -> None:
        self.store = store
        self.clock = clock
        self.folder = folder
        self.file = folder / "accounts.jsonl"
        self.settings = Accounts(file=self.file)

    def tell(self, *accounts: Mapping[str, Any]) -> None:
        """Write the file anew."""
        self.file.write_text("".join(f"{json.dumps(account)}\n" for account in accounts))

    def refresh(
        self,
        name: str = "file",
        *,
        others: tuple[str, ...] = (),
        force: bool = False,
        tick: Callable[[Progress], None] = lambda progress: None,
    ) -> Refreshed:
        """Refresh one source."""
        (source,) = (source for source in sources_of(self.settings) if source.name == name)
        return refresh(self.store, self.clock, source, others, scratch=self.folder, force=force, tick=tick)

    def failure(self, name: str = "file", *, others: tuple[str, ...] = ()) -> str:
        """Why a refresh of this source is refused."""
        with pytest.raises(SourceFailed) as raised:
            self.refresh(name, others=others)
        return raised.value.reason

    def follow(self, service: Service, **settings: Any) -> None:
        """The source is this service from now on."""
        self.settings = Accounts.model_validate({"http": {"url": service.url}, **settings})

    def ids(self) -> list[str]:
        """The accounts on file."""
        with self.store.reading() as tx:
            return account_ids(tx, limit=1000)

    def verified(self, address: str) -> list[str]:
        """The accounts on which the address is verified."""
        with self.store.reading() as tx:
            return [account.id for account, is_verified in accounts_by_address(tx, address) if is_verified]

    def state(self, name: str = "file") -> SourceState:
        """How the source did."""
        with self.store.reading() as tx:
            found = source_state(tx, name)
        assert found
        return found


@pytest.fixture
def gateway(store: Store, clock: FixedClock, tmp_path: Path) -> Gateway:
    """A gateway on each database."""
    return Gateway(store, clock, tmp_path)


@pytest.fixture
def light(tmp_path: Path, clock: FixedClock) -> Iterator[Gateway]:
    """A gateway on SQLite, where the database does not matter."""
    store = sqlite_store(tmp_path / "store.db")
    yield Gateway(store, clock, tmp_path)
    store.close()


def bakery(**more: Any) -> dict[str, Any]:
    """An account as its source tells it."""
    return {"id": "7", "addresses": [{"address": ANN, "verified": True}, {"address": "n/a"}]} | more


def test_accounts_follow_their_source(gateway: Gateway) -> None:
    """New, changed and vanished ones; what others said of an address outlives it all; tickets keep naming them."""
    gateway.tell(bakery(orders=[{"number": "A"}]), {"id": "8"}, {"id": "9"})
    first = gateway.refresh()
    assert (3, 3, 0) == (first.accounts, first.changed, first.removed)
    assert "1 addresses that no mail can come from were left out" == first.remark == gateway.state().remark
    with gateway.store.transaction() as tx:
        verify_address(tx, "7", BOB, by="operator kim", at=gateway.clock.now(), reason="")
        add_known_address(tx, "7", "home@ann.example", gateway.clock.now())
        insert_ticket(
            tx,
            ref=1,
            subject="Hello",
            correspondent=ANN,
            correspondent_name="",
            confirmed=True,
            account_id="9",
            shop_id=None,
            language="en",
            at=gateway.clock.now(),
        )

    gateway.tell(bakery(addresses=[{"address": "new@bread.example", "verified": True}]), {"id": "8"})
    second = gateway.refresh()

    assert (2, 1, 1) == (second.accounts, second.changed, second.removed)
    assert ["7", "8"] == gateway.ids()
    assert [[], ["7"], ["7"]] == [gateway.verified(address) for address in (ANN, BOB, "new@bread.example")]
    with gateway.store.reading() as tx:
        ((account, is_verified),) = accounts_by_address(tx, "home@ann.example")
        assert (False, ()) == (is_verified, account.orders)
        assert ["9"] == [ticket.account_id for ticket in tickets_of_account(tx, "9", limit=5)]


def test_only_what_changed_is_written(gateway: Gateway) -> None:
    """The others keep the time of their last change, whatever order they come in."""

    def written() -> dict[str, datetime]:
        with gateway.store.reading() as tx:
            rows = tx.execute(select(AccountRow.id, AccountRow.updated_at))
            return {row.id: row.updated_at for row in rows}

    gateway.tell(bakery(), {"id": "8", "name": "Florist"})
    gateway.refresh()
    before = written()
    gateway.clock.at += timedelta(hours=1)
    gateway.tell({"id": "8", "name": "Flowers"}, bakery())

    assert 1 == gateway.refresh().changed
    assert {"7": before["7"], "8": gateway.clock.now()} == written()
    assert 0 == gateway.refresh().changed, "the file did not change"


def test_an_answer_that_is_empty_or_much_smaller_is_refused(gateway: Gateway) -> None:
    """Everything stays, the sentence says what to do, and --force does it."""
    told = [{"id": f"{n}", "addresses": [{"address": f"a{n}@x.example", "verified": True}]} for n in range(10)]
    gateway.tell(*told)
    gateway.refresh()
    since = gateway.clock.now()
    wrong = {
        "is empty": [],
        "it tells of 4 accounts where 10 are on file: refused": told[:4],
        "it tells of 0 verified addresses where 10 are on file": [{"id": f"{n}"} for n in range(10)],
    }
    for words, accounts in wrong.items():
        gateway.tell(*accounts)
        assert words in gateway.failure()
        gateway.clock.at += timedelta(minutes=5)
    gateway.file.write_text("id,name\n")
    assert "it tells of no account at all" in gateway.failure()
    assert 10 == len(gateway.ids())
    assert ["3"] == gateway.verified("a3@x.example")
    state = gateway.state()
    assert (since, since, 10) == (state.succeeded_at, state.failing_since, state.accounts)
    assert "`account refresh --force` believes it" in state.error

    gateway.tell(*told[:4])
    assert 6 == gateway.refresh(force=True).removed
    assert ("", None) == (gateway.state().error, gateway.state().failing_since)


def test_an_account_that_was_imported_by_hand_stays_until_its_source_tells_of_it(light: Gateway) -> None:
    """Then it is the source's."""
    at = light.clock.now()
    with light.store.transaction() as tx:
        put_accounts(tx, [Account(id="7"), Account(id="hand", addresses=(AccountAddress(address=ANN),))], at)
    light.tell(bakery(), {"id": "8"})
    light.refresh()
    light.tell({"id": "8"})
    light.refresh()

    assert ["8", "hand"] == light.ids()


def test_two_sources_must_not_tell_of_one_account(light: Gateway) -> None:
    """The second is refused; what a source told that is not configured any more goes to the one that is."""
    light.tell(bakery(), {"id": "8"})
    light.refresh(others=("http",))
    with serving() as service:
        service.answer = lambda request: documents({"id": "8"}, {"id": "10"})
        light.follow(service)
        assert "account 8, which the source file tells of too" in light.failure("http", others=("file",))
        assert ["7", "8"] == light.ids()

        light.refresh("http")
    assert ["10", "8"] == light.ids()
    with light.store.reading() as tx:
        assert {"http": 2} == accounts_of_sources(tx)


def test_one_account_in_two_versions_is_refused(light: Gateway) -> None:
    """In a file, and over pages that changed while they were read; the same twice is no harm."""
    with serving() as service:
        service.answer = lambda request: documents({"id": "7"}, {"id": "7"}, {"id": "8"})
        light.follow(service)
        assert 2 == light.refresh("http").accounts
        service.answer = lambda request: documents({"id": "7"}, {"id": "7", "name": "other"})
        assert "account 7 twice, in different words" in light.failure("http")


def test_a_service_that_says_nothing_changed_is_believed(light: Gateway) -> None:
    """By its ETag, unless the configuration changed since, or the operator insists."""
    with serving() as service:
        service.answer = lambda request: (
            Answer(status=304, headers={}) if "If-None-Match" in request.headers else documents({"id": "7"}, ETag='"1"')
        )
        light.follow(service)
        asked: list[bool] = []
        for settings, force in (({}, False), ({}, False), ({}, True), ({"max_bytes": 2_000_000}, False)):
            light.follow(service, **settings)
            assert 1 == light.refresh("http", force=force).accounts
            asked.append("If-None-Match" in service.requests[-1].headers)

    assert [False, True, False, False] == asked
    assert ["7"] == light.ids()


@pytest.mark.parametrize("trouble", ["drips", "kills", "never ends"])
def test_whatever_a_source_does_its_reading_ends(light: Gateway, trouble: str) -> None:
    """A service that drips is given up at the deadline; a process that dies, or takes too much, is told."""
    light.tell(bakery())
    light.refresh()
    end = threading.Event()
    words = {
        "drips": r"was not read whole within 1.5 seconds \(\[accounts\] timeout_seconds\)",
        "kills": "the process that reads it ended with status -9",
        "never ends": "gives more than 1 MB",
    }

    def answer(request: object) -> Answer:
        if trouble == "kills":
            for process in Path("/proc").glob("[0-9]*"):
                if is_reading(process):
                    os.kill(int(process.name), signal.SIGKILL)
        if trouble == "never ends":
            return Answer(headers={"Content-Type": "application/x-ndjson"}, body=b"".join(lines()))
        return Answer(body=b"[]", wait_for=end)

    with serving() as service:
        service.answer = answer
        light.follow(service, timeout_seconds=1.5 if trouble == "drips" else 60, max_bytes=1024 * 1024)
        began = time.monotonic()
        with pytest.raises(SourceFailed, match=words[trouble]):
            light.refresh("http", others=("file",))
        assert time.monotonic() - began < 30
        end.set()
    assert ["7"] == light.ids()


def is_reading(process: Path) -> bool:
    """Is this a reading process that we started?"""
    try:
        stat = (process / "stat").read_text().rpartition(")")[2].split()
        return int(stat[1]) == os.getpid() and b"gateway.accounts.reading" in (process / "cmdline").read_bytes()
    except OSError:
        return False


def lines() -> list[bytes]:
    """More lines than anybody wants."""
    return [b'{"id": "%d", "notes": "%s"}\n' % (number, b"x" * 1000) for number in range(2000)]


def test_a_file_that_is_too_large_or_gone_is_told(light: Gateway) -> None:
    """And what is on file stays."""
    light.tell(bakery())
    light.refresh()
    light.settings = Accounts(file=light.file, max_bytes=1024 * 1024)
    light.tell(bakery(notes="x" * 1024 * 1024))
    assert "is larger than 1 MB ([accounts] max_bytes)" in light.failure()
    light.settings = light.settings.model_copy(update={"file": light.folder / "gone.csv"})
    assert "gone.csv: No such file or directory" in light.failure()
    assert ["7"] == light.ids()


def test_a_refresh_that_is_cut_off_is_finished_by_the_next_one(light: Gateway) -> None:
    """Each account is there whole or not at all, and nothing is told as done before it is."""
    light.tell(*(bakery(id=f"{number:04}") for number in range(1000)))

    def power_cut(progress: Progress) -> None:
        if progress.written >= 400:
            raise RuntimeError("cut off")

    with pytest.raises(RuntimeError):
        light.refresh(tick=power_cut)
    assert 400 == len(light.ids())
    assert 400 == len(light.verified(ANN))

    assert (1000, 600) == (light.refresh().accounts, len(light.verified(ANN)) - 400)
