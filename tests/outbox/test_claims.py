"""Rows of the outbox in work: whose they are, and that each try is written down once."""

import threading
from datetime import timedelta

from gateway.store import outbox as table
from gateway.store.db import Store
from tests.outbox.sending import ANSWER, NOW, mail, queue, rows

LEASE = timedelta(minutes=15)


def other_process(store: Store) -> Store:
    """Another process on the same store."""
    return Store(store.engine.url.render_as_string(hide_password=False))


def test_due_mails_are_claimed_once_longest_due_first(store: Store) -> None:
    """As many as were asked for; what is due later waits."""
    queue(store, mail(1), at=NOW)
    queue(store, mail(2), at=NOW - timedelta(minutes=1))
    queue(store, mail(3), at=NOW + timedelta(minutes=1))
    first = table.claim(store, limit=1, now=NOW, lease=LEASE)
    second = table.claim(store, limit=9, now=NOW, lease=LEASE)

    by_id = {row.id: row.message_id for row in rows(store)}
    assert ["<m1-2@reply.example>"] == [by_id[each.id] for each in first]
    assert ["<m1-1@reply.example>"] == [by_id[each.id] for each in second]
    assert [] == table.claim(store, limit=9, now=NOW, lease=LEASE)
    assert [(1, False, NOW + LEASE)] == [(each.tries, each.maybe_sent, each.claimed_until) for each in first]


def test_many_processes_never_claim_the_same_mail(store: Store) -> None:
    """Four at once, two hundred mails: each is claimed by exactly one."""
    queue(store, *(mail(number) for number in range(200)))
    claimed: list[int] = []

    def work() -> None:
        own = other_process(store)
        while found := table.claim(own, limit=7, now=NOW, lease=LEASE):
            claimed.extend(each.id for each in found)
        own.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    claimed += [each.id for each in table.claim(store, limit=200, now=NOW, lease=LEASE)]

    assert sorted(claimed) == [row.id for row in rows(store)]


def test_a_claim_ends_with_its_lease_and_the_next_one_knows(store: Store) -> None:
    """Whoever had it died: the mail may have left, so it is marked."""
    queue(store, ANSWER)
    table.claim(store, limit=1, now=NOW, lease=LEASE)
    later = NOW + LEASE

    assert [] == table.claim(store, limit=1, now=later - timedelta(seconds=1), lease=LEASE)
    (again,) = table.claim(store, limit=1, now=later, lease=LEASE)
    assert (2, True) == (again.tries, again.maybe_sent)


def test_a_claim_that_was_cleared_without_a_record_is_known_as_well(store: Store) -> None:
    """A starting gateway clears claims of processes that it finds dead."""
    queue(store, ANSWER)
    table.claim(store, limit=1, now=NOW, lease=LEASE)
    with store.transaction() as tx:
        tx.exec_driver_sql("UPDATE outbox SET claimed_by = NULL, claimed_until = NULL")

    assert [True] == [each.maybe_sent for each in table.claim(store, limit=1, now=NOW, lease=LEASE)]


def test_a_deferred_mail_waits_for_its_time(store: Store) -> None:
    """With what the server said; a try that was not about the mail does not count."""
    queue(store, ANSWER)
    later = NOW + timedelta(minutes=5)
    for counts, tries in ((True, 1), (False, 1), (True, 2)):
        (claimed,) = table.claim(store, limit=1, now=later, lease=LEASE)
        with store.transaction() as tx:
            table.record_deferred(
                tx, claimed.id, store.owner, code=450, text="450 later", next_try_at=later, counts=counts
            )
        (row,) = rows(store)
        assert ("queued", tries, 450, "450 later", later) == (
            row.state,
            row.tries,
            row.last_code,
            row.last_text,
            row.next_try_at,
        )
    assert [] == table.claim(store, limit=1, now=NOW, lease=LEASE)
    assert [False] == [each.maybe_sent for each in table.claim(store, limit=1, now=later, lease=LEASE)]


def test_a_deferral_after_the_claim_was_lost_changes_nothing(store: Store) -> None:
    """Another process has it now, and what it does counts."""
    queue(store, ANSWER)
    (claimed,) = table.claim(store, limit=1, now=NOW, lease=LEASE)
    other = other_process(store)
    table.claim(other, limit=1, now=NOW + LEASE, lease=LEASE)
    with store.transaction() as tx:
        table.record_deferred(tx, claimed.id, store.owner, code=450, text="x", next_try_at=NOW)
        table.release(tx, [claimed.id], store.owner)
    other.close()

    assert [(2, None)] == [(row.tries, row.last_text) for row in rows(store)]
    assert [] == table.claim(store, limit=1, now=NOW + LEASE, lease=LEASE)


def test_a_mail_that_is_gone_is_never_sent_again(store: Store) -> None:
    """Not even if its claim was lost before that was written down; the first end of a mail is its only one."""
    queue(store, mail(1), mail(2))
    first, second = table.claim(store, limit=2, now=NOW, lease=LEASE)
    other = other_process(store)
    table.claim(other, limit=2, now=NOW + LEASE, lease=LEASE)
    other.close()
    with store.transaction() as tx:
        table.record_sent(tx, first.id, code=250, text="250 ok", at=NOW)
        assert table.record_failed(tx, second.id, code=550, text="550 no", at=NOW)
        assert not table.record_failed(tx, first.id, code=550, text="550 no", at=NOW)
        table.record_sent(tx, second.id, code=250, text="250 ok", at=NOW)

    assert [("sent", "250 ok", NOW), ("failed", "550 no", NOW)] == [
        (row.state, row.last_text, row.done_at) for row in rows(store)
    ]
    assert [] == table.claim(store, limit=2, now=NOW + timedelta(days=1), lease=LEASE)


def test_released_claims_are_as_if_they_had_not_been(store: Store) -> None:
    """Nothing was tried, so nothing counts."""
    queue(store, mail(1), mail(2))
    claimed = table.claim(store, limit=2, now=NOW, lease=LEASE)
    with store.transaction() as tx:
        table.release(tx, [claimed[0].id], store.owner)

    assert [(1, False)] == [(each.tries, each.maybe_sent) for each in table.claim(store, limit=2, now=NOW, lease=LEASE)]
