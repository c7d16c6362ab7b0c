"""Writers of several processes take turns: nobody is forgotten, and a dead one holds up nobody."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from gateway.errors import Temporary
from gateway.store import machine_turns
from gateway.store.db import Store
from gateway.store.machine_turns import MachineTurns
from tests.peers.process import wait_until

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A file to take turns at. Two `MachineTurns` of it are to each other like two processes: so are their locks."""
    path = tmp_path / "store.db"
    path.touch()
    return path


@contextmanager
def waiting(turns: MachineTurns, order: list[str], name: str, *, first: bool = False) -> Iterator[None]:
    """A thread waits for the turn during the block, then has it for a moment and notes its name."""

    def wait() -> None:
        turns.take(first=first)
        order.append(name)
        turns.give()

    thread = threading.Thread(target=wait)
    thread.start()
    yield
    thread.join(10)
    assert not thread.is_alive()


def test_one_at_a_time(database: Path) -> None:
    """Nobody has the turn while another process has it."""
    order: list[str] = []
    with closing(MachineTurns(database, 10)) as one, closing(MachineTurns(database, 10)) as two:
        one.take(first=False)
        with waiting(two, order, "two"):
            time.sleep(0.05)
            assert order == []
            one.give()

    assert order == ["two"]


def test_who_waits_is_served_before_who_comes_back(database: Path) -> None:
    """However quickly he is back: a process that always has work must not keep the others out."""
    order: list[str] = []
    with closing(MachineTurns(database, 10)) as one, closing(MachineTurns(database, 10)) as two:
        one.take(first=False)
        with waiting(two, order, "two"):
            wait_until(lambda: machine_turns._is_held_by_others(one._opened() or 0, machine_turns._NEXT), "it waits")
            one.give()
            one.take(first=False)
            order.append("one")
            one.give()

    assert order == ["two", "one"]


def test_who_goes_first_is_seen_and_overtakes_those_who_wait(database: Path) -> None:
    """But not who is at it."""
    order: list[str] = []
    with ExitStack() as stack:
        one, two, three = (stack.enter_context(closing(MachineTurns(database, 10))) for _ in range(3))
        one.take(first=False)
        assert not one.is_awaited
        with waiting(two, order, "two"), waiting(three, order, "three", first=True):
            wait_until(lambda: one.is_awaited, "the one who goes first waits")
            one.give()

        assert order == ["three", "two"]
        assert not one.is_awaited


@pytest.mark.parametrize("first", [False, True])
def test_who_waits_hears_when_the_turn_ends(database: Path, first: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """At once, not when he looks next."""
    monkeypatch.setattr(machine_turns, "LONGEST_PAUSE", 60)
    order: list[str] = []
    with closing(MachineTurns(database, 90)) as one, closing(MachineTurns(database, 90)) as two:
        one.take(first=False)
        with waiting(two, order, "two", first=first):
            time.sleep(0.1)
            one.give()  # `waiting` gives it ten seconds

    assert order == ["two"]


def test_a_bell_that_nobody_hears_holds_up_nobody(database: Path) -> None:
    """However often it was rung: the FIFO is full then."""
    with closing(MachineTurns(database, 10)) as one, closing(MachineTurns(database, 10)) as two:
        one.take(first=False)
        assert one._bell
        for _ in range(100_000):
            one._bell.ring()
        one.give()
        two.take(first=False)


@pytest.mark.parametrize("is_file", [False, True])
def test_without_a_bell_a_turn_begins_a_little_later(database: Path, is_file: bool) -> None:
    """A file of that name is left as it is."""
    bell = database.with_name("store.db-bell")
    if is_file:
        bell.write_text("of somebody else")
    else:
        bell.symlink_to("nowhere")
    order: list[str] = []
    with closing(MachineTurns(database, 10)) as one, closing(MachineTurns(database, 10)) as two:
        one.take(first=False)
        with waiting(two, order, "two"):
            time.sleep(0.02)
            one.give()

    assert order == ["two"]
    assert not is_file or bell.read_text() == "of somebody else"


@pytest.mark.parametrize("first", [False, True])
def test_a_turn_that_does_not_come_is_temporary(database: Path, first: bool) -> None:
    """A process that was stopped in the middle: the others give up, and have nothing left to give back."""
    with closing(MachineTurns(database, 10)) as one, closing(MachineTurns(database, 0.1)) as two:
        one.take(first=False)
        with pytest.raises(Temporary, match="another process"):
            two.take(first=first)
        two.give()
        assert not one.is_awaited
        one.give()
        two.take(first=first)


def test_a_process_that_is_killed_has_no_turn_any_more(database: Path) -> None:
    """The kernel sees to it."""
    program = (
        "import sys, time; from pathlib import Path; from gateway.store.machine_turns import MachineTurns;"
        "MachineTurns(Path(sys.argv[1]), 1).take(first=False); print('mine', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", program, str(database)]
    with (
        closing(MachineTurns(database, 10)) as turns,
        subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process,
    ):
        assert process.stdout
        assert process.stdout.readline() == b"mine\n"
        with closing(MachineTurns(database, 0.05)) as impatient, pytest.raises(Temporary):
            impatient.take(first=False)
        process.kill()
        turns.take(first=False)


def test_without_its_file_there_is_no_order_and_no_error(tmp_path: Path) -> None:
    """It cannot be made: SQLite's own lock is left."""
    with closing(MachineTurns(tmp_path / "no" / "folder", 0.1)) as turns:
        turns.take(first=False)
        assert not turns.is_awaited
        turns.give()


def test_the_files_are_the_databases_neighbours_and_belong_to_its_owner(tmp_path: Path) -> None:
    """Nobody else may hold us up; also where a command of root's came first."""
    (tmp_path / "store.db").touch()
    owner = 12345 if os.geteuid() == 0 else os.geteuid()
    os.chown(tmp_path / "store.db", owner, -1)
    with closing(Store(f"sqlite:///{tmp_path}/store.db")) as store, store.transaction():
        files = [(tmp_path / name).stat() for name in ("store.db-turn", "store.db-bell")]

    assert [(file.st_mode & 0o777, file.st_uid) for file in files] == [(0o600, owner)] * 2


WRITER = """
import sys, time
from gateway.store.db import Store
store = Store(sys.argv[1])
written, end = 0, time.monotonic() + 1.5
while time.monotonic() < end:
    with store.transaction(first=sys.argv[2] == "first") as tx:
        tx.exec_driver_sql("INSERT INTO t VALUES (1)")
    written += 1
print(written)
"""


def test_writers_of_two_processes_share_the_store(tmp_path: Path) -> None:
    """Both write all the time, neither fails, and neither is kept out: SQLite alone would let one of them wait."""
    url = f"sqlite:///{tmp_path}/store.db"
    with closing(Store(url)) as store:
        with store.transaction() as tx:
            tx.exec_driver_sql("CREATE TABLE t (x)")
        writers = [
            subprocess.Popen([sys.executable, "-c", WRITER, url, kind], stdout=subprocess.PIPE, cwd=ROOT)
            for kind in ("other", "other")
        ]
        counts = [int(writer.communicate(timeout=60)[0]) for writer in writers]
        with store.reading() as tx:
            rows = tx.exec_driver_sql("SELECT count(*) FROM t").scalar_one()

    assert rows == sum(counts)
    assert min(counts) * 5 > max(counts), counts
