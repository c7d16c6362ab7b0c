"""Processes that decide are real ones here: started, woken, killed, hung, replaced, stopped."""

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from gateway.basis import open_store
from gateway.clock import SystemClock
from gateway.config import Config, load
from gateway.deciding import crew as crew_module
from gateway.deciding import nursery as nursery_module
from gateway.deciding import process
from gateway.deciding.crew import Crew
from gateway.model import Envelope, Incoming, Via
from gateway.store.db import Store
from gateway.store.outcomes import Outcome, balance
from gateway.store.spool import Spool
from tests.peers.process import answers, wait_until
from tests.service import Installation

MAIL = b"From: joe@elsewhere.test\r\nTo: support@desk.test\r\nSubject: hello\r\nMessage-ID: <%d@x>\r\n\r\nhi\r\n"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Of an installation with two processes that decide."""
    installation = Installation(tmp_path)
    installation.extra = "[pipeline]\nprocesses = 2"
    return load(installation.write().config_file)


@pytest.fixture
def store(config: Config) -> Iterator[Store]:
    """Its store."""
    opened = open_store(config)
    yield opened
    opened.close()


@pytest.fixture
def spool(store: Store) -> Iterator[Spool]:
    """Its spool, open for mail."""
    opened = Spool(store, SystemClock())
    opened.start()
    yield opened
    opened.stop()


@pytest.fixture
def start(config: Config, store: Store, spool: Spool) -> Iterator[Callable[..., Crew]]:
    """Start a crew, which hears of new mail and is stopped in the end."""
    crews: list[Crew] = []

    def make(on_outcome: Callable[[Outcome], None] | None = None) -> Crew:
        crew = Crew(config, store, on_outcome=on_outcome)
        spool.on_put.append(crew)
        crews.append(crew)
        crew.start()
        wait_until(lambda: len(crew.pids()) == 2, "both processes are started")
        return crew

    yield make
    for crew in crews:
        crew.stop()


def put(spool: Spool, *numbers: int) -> None:
    """Mails come in."""
    for number in numbers:
        envelope = Envelope(via=Via.LMTP, received_at=SystemClock().now(), recipients=("support@desk.test",))
        spool.put(Incoming(envelope=envelope, raw=MAIL % number)).result(10)


def pending(store: Store) -> int:
    """How many mails are not decided."""
    with store.reading() as tx:
        counted = balance(tx)
    assert counted.is_even
    return counted.pending


def wait_decided(store: Store, seconds: float = 30) -> None:
    """Until nothing is pending."""
    wait_until(lambda: pending(store) == 0, "everything is decided", seconds)


def stop_idle(pids: tuple[int, ...]) -> None:
    """Stop these processes between two mails: in a transaction of SQLite they would hold up everybody."""
    time.sleep(0.5)
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)


def is_there(pid: int) -> bool:
    """Does this process run, and not only wait to be buried?"""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def test_mail_is_decided_as_it_comes(start: Callable[..., Crew], store: Store, spool: Spool) -> None:
    """Each outcome is told once; when it stops, its processes are gone."""
    told: list[Outcome] = []
    crew = start(told.append)
    pids = crew.pids()
    put(spool, *range(10))
    wait_decided(store)
    wait_until(lambda: len(told) == 10, "all are told")
    crew.stop()

    assert len({outcome.entry_id for outcome in told}) == 10
    assert all(outcome.explanation for outcome in told)
    assert crew.pids() == ()
    assert not any(map(is_there, pids))


def test_a_process_that_dies_is_replaced_and_its_work_done(
    start: Callable[..., Crew], store: Store, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not only when the claims of the dead end by themselves, ten minutes later."""
    crew = start()
    put(spool, 1)
    wait_decided(store)
    before = crew.pids()
    stop_idle(before)
    put(spool, *range(2, 8))
    for pid in before:
        os.kill(pid, signal.SIGKILL)

    wait_decided(store)
    assert not set(before) & set(crew.pids())


def test_a_process_that_hangs_is_replaced(
    start: Callable[..., Crew], store: Store, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not say that it is well any more. What it had in work is free at once."""
    monkeypatch.setattr(crew_module, "ASK_SECONDS", 0.1)
    monkeypatch.setattr(crew_module, "SILENCE_SECONDS", 20.0)
    crew = start()
    put(spool, 1)
    wait_decided(store)
    before = crew.pids()
    stop_idle(before)
    monkeypatch.setattr(crew_module, "SILENCE_SECONDS", 1.0)
    put(spool, *range(2, 8))
    wait_until(lambda: not set(before) & set(crew.pids()), "both are replaced")
    monkeypatch.setattr(crew_module, "SILENCE_SECONDS", 20.0)

    wait_decided(store)
    assert not any(map(is_there, before))


def test_a_crew_that_cannot_be_kept_up_is_not_well(
    start: Callable[..., Crew], store: Store, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There are no new ones to be had: the service's watchdog must hear of it, and of its recovery."""
    monkeypatch.setattr(crew_module, "ASK_SECONDS", 0.1)
    crew = start()
    assert crew.is_well(), "at first it is given time"
    monkeypatch.setattr(crew_module, "LONGEST_ABSENCE_SECONDS", 1.5)
    monkeypatch.setattr(crew_module, "LONGEST_PAUSE_SECONDS", 0.2)
    monkeypatch.setattr(nursery_module, "PROGRAM", "gateway.no.such.module")
    for pid in (parent_of(crew.pids()[0]), *crew.pids()):
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not crew.is_well(), "it is not well")
    monkeypatch.undo()

    wait_until(crew.is_well, "it is well again", 30)
    put(spool, 1)
    wait_decided(store)


def test_a_nursery_that_dies_is_replaced_when_a_process_is_needed(
    start: Callable[..., Crew], store: Store, spool: Spool
) -> None:
    """Those it made go on; then one of them dies, and the next one is another nursery's."""
    crew = start()
    before = crew.pids()
    nursery = parent_of(before[0])
    os.kill(nursery, signal.SIGKILL)
    put(spool, 1)
    wait_decided(store)
    assert before == crew.pids()

    os.kill(before[0], signal.SIGKILL)
    wait_until(lambda: len(crew.pids()) == 2 and before[0] not in crew.pids(), "it is replaced")
    put(spool, 2)
    wait_decided(store)
    made = next(pid for pid in crew.pids() if pid != before[1])
    assert parent_of(made) not in (nursery, parent_of(before[1]))


def test_a_nursery_that_hangs_is_replaced(
    start: Callable[..., Crew], store: Store, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked for a process and does not answer."""
    crew = start()
    put(spool, 1)
    wait_decided(store)
    before = crew.pids()
    nursery = parent_of(before[0])
    monkeypatch.setattr(nursery_module, "ANSWER_SECONDS", 0.5)
    stop_idle((nursery,))
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not is_there(nursery), "it is given up")
    monkeypatch.undo()

    put(spool, *range(2, 8))
    wait_decided(store)


def test_waking_never_waits_for_a_process_that_does_not_listen(start: Callable[..., Crew]) -> None:
    """The spool's writer calls it after every commit."""
    crew = start()
    for pid in crew.pids():
        os.kill(pid, signal.SIGSTOP)
    began = time.monotonic()
    for _ in range(100_000):
        crew.set()
    assert time.monotonic() - began < 20
    for pid in crew.pids():
        os.kill(pid, signal.SIGCONT)


def test_stopping_finishes_what_is_in_work_and_gives_back_the_rest(
    start: Callable[..., Crew], store: Store, spool: Spool
) -> None:
    """Nothing stays claimed by a process that is gone."""
    crew = start()
    put(spool, *range(60))
    stopping = threading.Thread(target=crew.stop)
    stopping.start()
    stopping.join(30)

    assert not stopping.is_alive()
    assert pending(store) <= 60
    with store.reading() as tx:
        claims = tx.exec_driver_sql("SELECT count(*) FROM spool WHERE state = 'pending' AND claimed_by IS NOT NULL")
        assert claims.scalar_one() == 0


def test_processes_end_when_their_daemon_is_killed(tmp_path: Path) -> None:
    """They notice by themselves, finish, and leave nothing behind; the mail is decided by the next start."""
    installation = Installation(tmp_path, extra="[pipeline]\nprocesses = 2").write()
    with installation.serving(drains=False) as served:
        wait_until(lambda: len(deciders_of(served.process.pid)) == 2, "it has its processes")
        processes = (*children_of(served.process.pid), *deciders_of(served.process.pid))
        served.kill()

    wait_until(lambda: not any(map(is_there, processes)), "they are gone", 30)


def test_processes_that_decide_have_the_memory_of_serve_and_none_of_its_files(tmp_path: Path) -> None:
    """They are forked from it: most of what is loaded is there once. A socket that it was handed is not theirs."""
    installation = Installation(tmp_path, extra="[pipeline]\nprocesses = 2").write()
    with socket.socket() as handed:
        descriptor = os.dup(handed.fileno())
        os.set_inheritable(descriptor, True)
        try:
            served = installation.start(passes=(descriptor,))
        finally:
            os.close(descriptor)
        try:
            wait_until(lambda: len(deciders_of(served.process.pid)) == 2, "it has its processes")
            wait_until(lambda: answers(installation.smtp_port), "serve listens")
            theirs = (*children_of(served.process.pid), *deciders_of(served.process.pid))
            ours = os.fstat(handed.fileno()).st_ino
            holders = [pid for pid in (served.process.pid, *theirs) if f"socket:[{ours}]" in links(pid)]
            shared = [memory(pid, "Pss") / memory(pid, "Rss") for pid in theirs]
        finally:
            served.stop()

    assert holders == [served.process.pid]
    assert max(shared) < 0.6


def test_reading_mail_stands_behind_the_doors_and_the_writer(start: Callable[..., Crew]) -> None:
    """Everybody waits for the writer, so he does not wait for a processor while others read ahead."""
    crew = start()
    doors = os.getpriority(os.PRIO_PROCESS, 0)
    behind = doors + process.BEHIND
    assert behind <= 19, "the tests themselves have to leave room: run them without nice"
    for pid in crew.pids():
        wait_until(lambda pid=pid: len(children_of(pid)) > 0, "it reads mail in a process of its own")
        deciding = nicenesses(pid)
        assert set(deciding) == {doors, behind}
        assert deciding.count(doors) == 1, "the writer alone stands with the doors"
        for reader in children_of(pid):
            assert set(nicenesses(reader)) == {behind}
            assert os.sched_getscheduler(reader) == os.SCHED_BATCH


def nicenesses(pid: int) -> list[int]:
    """Of each thread of a process."""
    return [os.getpriority(os.PRIO_PROCESS, int(task.name)) for task in Path(f"/proc/{pid}/task").iterdir()]


def parent_of(pid: int) -> int:
    """The process that has started this one."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def children_of(pid: int) -> list[int]:
    """The processes that this one has started."""
    done = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(word) for word in done.stdout.split()]


def links(pid: int) -> set[str]:
    """What a process has open."""
    return {str(path.readlink()) for path in Path(f"/proc/{pid}/fd").iterdir()}


def memory(pid: int, key: str) -> int:
    """Kilobytes of a process (proc(5), smaps_rollup)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{key}:"))


def deciders_of(daemon: int) -> list[int]:
    """The processes that decide for this `serve`: its nursery's children."""
    return [pid for nursery in children_of(daemon) for pid in children_of(nursery)]
