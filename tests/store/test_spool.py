"""The spool: nothing is acknowledged before it is durable, nothing is handed out twice."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.clock import FixedClock
from gateway.errors import Temporary
from gateway.model import Entry, Envelope, Incoming, MailboxUid, Via
from gateway.store import spool as spool_sql
from gateway.store.db import Store
from gateway.store.outcomes import balance
from gateway.store.spool import Spool
from tests.peers.process import wait_until

LEASE = timedelta(minutes=10)


class Commits(threading.Event):
    """Counts the commits after which it is set."""

    count = 0

    def set(self) -> None:
        """One more."""
        self.count += 1


def mail(clock: FixedClock, number: int = 0) -> Incoming:
    """A small mail, another one for each number."""
    envelope = Envelope(
        via=Via.SMTP,
        received_at=clock.now(),
        recipients=("support@desk.test",),
        mail_from="ann@shop.test",
        peer_ip="192.0.2.1",
        helo="mx.shop.test",
        source="127.0.0.1:25",
    )
    return Incoming(envelope=envelope, raw=b"Subject: %d\r\n\r\nx\r\n" % number)


def test_a_mail_comes_back_as_it_was_put(store: Store, clock: FixedClock) -> None:
    """Envelope and bytes survive the store unchanged."""
    spool = Spool(store, clock)
    spool.start()
    incoming = mail(clock)

    entry_id = spool.put(incoming).result(10)
    spool.stop()

    (entry,) = spool_sql.claim(store, limit=5, now=clock.now(), lease=LEASE)
    assert entry == Entry(id=entry_id, envelope=incoming.envelope, raw=incoming.raw, sha256=entry.sha256, tries=1)


def test_many_waiting_mails_share_commits(store: Store, clock: FixedClock) -> None:
    """Putting from many threads keeps every mail, in far fewer commits than mails."""
    spool = Spool(store, clock)
    commits = Commits()
    spool.on_put.append(commits)
    with store.transaction() as tx:
        if not store.is_sqlite:  # there is only one writer on SQLite anyway
            tx.exec_driver_sql("LOCK TABLE spool IN EXCLUSIVE MODE")
        spool.start()
        futures = [spool.put(mail(clock, number)) for number in range(200)]  # they gather while the writer waits
    ids = [future.result(20) for future in futures]
    spool.stop()

    assert len(set(ids)) == 200
    assert commits.count < 100


def test_what_comes_while_the_writer_waits_for_its_turn_shares_its_commit(fast_store: Store, clock: FixedClock) -> None:
    """Each further commit would keep everybody else from writing."""
    spool, commits = Spool(fast_store, clock), Commits()
    spool.on_put.append(commits)
    spool.start()
    with fast_store.transaction():
        futures = [spool.put(mail(clock, 0))]
        wait_until(lambda: fast_store._is_awaited(), "the writer waits for its turn")
        futures += [spool.put(mail(clock, number)) for number in range(1, 20)]
    ids = [future.result(10) for future in futures]
    spool.stop()

    assert len(set(ids)) == 20
    assert commits.count == 1
    with fast_store.reading() as tx:
        assert spool_sql.count_pending(tx) == 20


def test_what_does_not_fit_into_a_commit_comes_with_the_next(
    fast_store: Store, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Large mails do not gather in memory; also the last of them is kept before the spool ends."""
    monkeypatch.setattr(spool_sql, "GROUP_BYTES", 2 * len(mail(clock).raw))
    spool, commits = Spool(fast_store, clock), Commits()
    spool.on_put.append(commits)
    spool.start()
    with fast_store.transaction():
        futures = [spool.put(mail(clock, number)) for number in range(5)]
    spool.stop()

    assert len({future.result(0) for future in futures}) == 5
    assert commits.count >= 3


def test_after_stop_nothing_is_promised(store: Store, clock: FixedClock) -> None:
    """A put after stop fails with Temporary: the peer is told to come again."""
    spool = Spool(store, clock)
    spool.start()
    spool.stop()

    with pytest.raises(Temporary):
        spool.put(mail(clock)).result(1)


def test_a_store_that_fails_keeps_no_mail_and_says_so(store: Store, clock: FixedClock) -> None:
    """Without the tables no commit works: the future raises Temporary, and works again once they are back."""
    spool = Spool(store, clock)
    spool.start()
    with store.transaction() as tx:
        tx.exec_driver_sql("ALTER TABLE raw RENAME TO raw_away")

    with pytest.raises(Temporary):
        spool.put(mail(clock)).result(10)

    with store.transaction() as tx:
        tx.exec_driver_sql("ALTER TABLE raw_away RENAME TO raw")
    spool.put(mail(clock)).result(10)
    spool.stop()
    with store.reading() as tx:
        assert spool_sql.count_pending(tx) == 1


def test_an_imap_message_is_taken_once(store: Store, clock: FixedClock) -> None:
    """The same (mailbox, UIDVALIDITY, UID) a second time is refused, and its neighbours in the commit are kept."""
    spool = Spool(store, clock)
    spool.start()
    uid = MailboxUid(mailbox="desk", uidvalidity=7, uid=1)
    spool.put(mail(clock), uid).result(10)

    again = spool.put(mail(clock, 1), uid)
    neighbours = [spool.put(mail(clock, 2), replace(uid, uid=2)), spool.put(mail(clock, 3))]
    with pytest.raises(Temporary):
        again.result(10)
    for neighbour in neighbours:
        neighbour.result(10)
    spool.stop()

    with store.reading() as tx:
        assert spool_sql.taken_uids(tx, "desk", 7, [1, 2, 3]) == {1: False, 2: False}
        assert spool_sql.unsettled_uids(tx, "desk", 7) == [1, 2]
        assert spool_sql.count_pending(tx) == 3
    with store.transaction() as tx:
        spool_sql.mark_moved(tx, "desk", 7, [2], clock.now())
    with store.reading() as tx:
        assert spool_sql.taken_uids(tx, "desk", 7, [1, 2, 3]) == {1: False, 2: True}
        assert spool_sql.unsettled_uids(tx, "desk", 7) == [1]


def test_a_claim_is_exclusive_until_its_lease_ends(store: Store, clock: FixedClock) -> None:
    """What one process has in work no other gets, until the first one's time is over."""
    spool = Spool(store, clock)
    spool.start()
    spool.put(mail(clock)).result(10)
    spool.stop()
    now = clock.now()

    first = spool_sql.claim(store, limit=5, now=now, lease=LEASE)
    during = spool_sql.claim(store, limit=5, now=now + LEASE / 2, lease=LEASE)
    after = spool_sql.claim(store, limit=5, now=now + LEASE, lease=LEASE)

    assert [len(first), len(during), len(after)] == [1, 0, 1]
    assert after[0].tries == 2


def test_eight_threads_share_the_work_without_a_double(store: Store, clock: FixedClock) -> None:
    """Claiming at the same time hands every entry to exactly one."""
    spool = Spool(store, clock)
    spool.start()
    for future in [spool.put(mail(clock, number)) for number in range(120)]:
        future.result(10)
    spool.stop()
    claimed: list[str] = []
    guard = threading.Lock()

    def work() -> None:
        while entries := spool_sql.claim(store, limit=3, now=clock.now(), lease=LEASE):
            with guard:
                claimed.extend(entry.id for entry in entries)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    # With SKIP LOCKED a thread may see nothing while others hold the rest; what is claimed is claimed once.
    claimed += [entry.id for entry in spool_sql.claim(store, limit=200, now=clock.now(), lease=LEASE)]
    assert len(claimed) == 120
    assert len(set(claimed)) == 120


def test_what_is_given_back_waits_for_its_time(store: Store, clock: FixedClock) -> None:
    """An entry that could not be decided is not claimed before its next try is due."""
    spool = Spool(store, clock)
    spool.start()
    entry_id = spool.put(mail(clock)).result(10)
    spool.stop()
    now = clock.now()
    spool_sql.claim(store, limit=1, now=now, lease=LEASE)
    with store.transaction() as tx:
        spool_sql.give_back(tx, entry_id, error="DNS does not answer", next_try_at=now + timedelta(minutes=5))

    assert spool_sql.claim(store, limit=1, now=now, lease=LEASE) == []
    (entry,) = spool_sql.claim(store, limit=1, now=now + timedelta(minutes=5), lease=LEASE)
    assert entry.id == entry_id


def test_a_stopping_process_gives_back_its_claims_uncounted(store: Store, clock: FixedClock) -> None:
    """Entries that were only claimed are free at once, and the try does not count against them."""
    spool = Spool(store, clock)
    spool.start()
    spool.put(mail(clock)).result(10)
    spool.stop()
    spool_sql.claim(store, limit=1, now=clock.now(), lease=LEASE)
    with store.transaction() as tx:
        spool_sql.release_claims(tx, store.owner)

    (entry,) = spool_sql.claim(store, limit=1, now=clock.now(), lease=LEASE)
    assert entry.tries == 1


def test_the_balance_counts_pending_mail(store: Store, clock: FixedClock) -> None:
    """What is kept but not decided is pending, and the balance is even."""
    spool = Spool(store, clock)
    spool.start()
    spool.put(mail(clock)).result(10)
    spool.stop()

    with store.reading() as tx:
        counted = balance(tx)
    assert (counted.received, counted.pending, counted.decided, counted.is_even) == (1, 1, 0, True)
