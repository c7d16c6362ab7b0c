"""Large mails and files go into the store and come back whole, without being in memory several times."""

import hashlib
import random
import resource
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.clock import FixedClock
from gateway.model import Envelope, Incoming, Via
from gateway.store import large, spool, tickets
from gateway.store.db import Store, Tx
from gateway.store.spool import Spool

LEASE = timedelta(minutes=10)
ROOT = Path(__file__).parent.parent.parent
CONTENT = random.Random(7).randbytes(large.LARGE + 1)


def incoming(clock: FixedClock, raw: bytes) -> Incoming:
    """A mail with these bytes."""
    return Incoming(envelope=Envelope(via=Via.LMTP, received_at=clock.now()), raw=raw)


@pytest.mark.parametrize("size", [0, 1, large.LARGE, large.LARGE + 1])
def test_a_mail_of_any_size_comes_back_whole(store: Store, clock: FixedClock, size: int) -> None:
    """On both sides of the border."""
    kept = Spool(store, clock)
    kept.start()
    entry_id = kept.put(incoming(clock, CONTENT[:size])).result(10)
    kept.stop()

    (entry,) = spool.load(store, [entry_id])
    assert entry.raw == CONTENT[:size]
    assert entry.sha256 == hashlib.sha256(CONTENT[:size]).hexdigest()


def test_large_and_small_ones_share_a_commit(store: Store, clock: FixedClock) -> None:
    """Each keeps its own bytes."""
    kept = Spool(store, clock)
    raws = [b"small", CONTENT, b"another"]
    kept._writer = object()  # type: ignore[assignment]  # they gather until there is a writer
    futures = [kept.put(incoming(clock, raw)) for raw in raws]
    kept.start()
    ids = [future.result(10) for future in futures]
    kept.stop()

    assert [entry.raw for entry in spool.load(store, ids)] == raws


def test_a_large_file_is_kept_once(store: Store) -> None:
    """However often it comes."""
    digest = hashlib.sha256(CONTENT).hexdigest()
    with store.transaction() as tx:
        for _ in range(2):
            tickets.insert_blob(tx, digest, CONTENT)
        assert tickets.blob(tx, digest) == CONTENT


def test_a_large_file_of_a_transaction_that_fails_is_not_kept(store: Store) -> None:
    """Its pages go with everything else."""

    def fail(tx: Tx) -> None:
        tickets.insert_blob(tx, "0" * 64, CONTENT)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        store.together(fail)
    with store.transaction() as tx:
        assert tickets.blob(tx, "0" * 64) is None


def test_only_one_large_mail_is_claimed_at_a_time(store: Store, clock: FixedClock) -> None:
    """Small ones pass it by; with `largest`, all large ones wait."""
    kept = Spool(store, clock)
    kept.start()
    for raw in (CONTENT, CONTENT + b"2", b"small", b"another"):
        kept.put(incoming(clock, raw)).result(10)
        clock.at += timedelta(seconds=1)
    kept.stop()

    def claim(limit: int, largest: int) -> list[int]:
        entries = spool.claim(store, limit=limit, largest=largest, now=clock.now(), lease=LEASE)
        return [len(entry.raw) for entry in entries]

    assert claim(3, spool.ANY_SIZE) == [len(CONTENT), 5]
    assert claim(3, spool.LARGE) == [7]
    assert claim(3, spool.LARGE) == []
    assert claim(3, spool.ANY_SIZE) == [len(CONTENT) + 1]


def test_keeping_a_large_mail_takes_no_copy_of_it(tmp_path_factory: pytest.TempPathFactory, clock: FixedClock) -> None:
    """A mail of 64 MB, on SQLite, in a process that may take half as much more."""
    # The limit would hold for all tests after this one: a process of its own has it.
    program = PROGRAM.format(folder=tmp_path_factory.mktemp("store"), limit=resource.RLIMIT_DATA)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=ROOT)

    assert (done.returncode, done.stderr) == (0, "")


PROGRAM = """
import resource
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from gateway.clock import SystemClock
from gateway.model import Envelope, Incoming, Via
from gateway.store import spool
from gateway.store.db import Store
from gateway.store.schema.whole import Base
MEGABYTE = 1024 * 1024
store = Store("sqlite:///{folder}/store.db")
Base.metadata.create_all(store.engine)
clock = SystemClock()
kept = spool.Spool(store, clock)
kept.start()
envelope = Envelope(via=Via.LMTP, received_at=clock.now())
kept.put(Incoming(envelope=envelope, raw=b"warm")).result(10)
raw = bytes(64 * MEGABYTE)
used = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmData")) * 1024
resource.setrlimit({limit}, (used + 32 * MEGABYTE, resource.RLIM_INFINITY))
entry_id = kept.put(Incoming(envelope=envelope, raw=raw)).result(60)
kept.stop()
del raw
(entry,) = spool.load(store, [entry_id])
assert len(entry.raw) == 64 * MEGABYTE
store.close()
"""
