"""Leases: one holder at a time, taken over when it is gone, with a fence that grows."""

from datetime import timedelta

from gateway.clock import FixedClock
from gateway.store import claims, leases
from gateway.store.db import Store

DURATION = timedelta(seconds=60)


def second_process(store: Store) -> Store:
    """The same store as another process sees it."""
    return Store(store.engine.url.render_as_string(hide_password=False), owner="another-host:1:1:x")


def test_only_one_process_holds_a_lease(store: Store, clock: FixedClock) -> None:
    """While it is held, the other gets None; the holder renews it with the same fence."""
    other = second_process(store)
    now = clock.now()

    assert leases.take(store, "imap desk", now=now, duration=DURATION) == 1
    assert leases.take(other, "imap desk", now=now, duration=DURATION) is None
    assert leases.take(store, "imap desk", now=now + DURATION / 2, duration=DURATION) == 1
    other.close()


def test_an_ended_lease_changes_hands_with_a_higher_fence(store: Store, clock: FixedClock) -> None:
    """After its time, or when it was given up, another process takes it."""
    other = second_process(store)
    now = clock.now()
    leases.take(store, "clock", now=now, duration=DURATION)

    assert leases.take(other, "clock", now=now + DURATION, duration=DURATION) == 2
    with other.transaction() as tx:
        leases.give_up(tx, other.owner, now=now + DURATION)
    assert leases.take(store, "clock", now=now + DURATION, duration=DURATION) == 3
    other.close()


def test_a_dead_process_of_this_machine_is_known_by_its_start_time() -> None:
    """A process id that was used again by another process does not keep the dead one's claims."""
    own = claims.owner_name()
    host, pid, start, _ = own.split(":")

    assert not claims.is_gone(own, own)
    assert claims.is_gone(f"{host}:{pid}:{int(start) - 1}:aaaa", own)
    assert claims.is_gone(f"{host}:4194304:1:aaaa", own)
    assert not claims.is_gone(f"{host}:1:{claims._start_time(1)}:aaaa", own)
    assert not claims.is_gone("elsewhere:1:1:aaaa", own)


def test_claims_and_leases_of_the_dead_are_free_at_once(store: Store, clock: FixedClock) -> None:
    """What a killed process held is not waited for."""
    host = claims.owner_name().split(":")[0]
    dead = Store(store.engine.url.render_as_string(hide_password=False), owner=f"{host}:4194304:1:dead")
    leases.take(dead, "imap desk", now=clock.now(), duration=DURATION)
    dead.close()

    assert leases.take(store, "imap desk", now=clock.now(), duration=DURATION) is None
    assert claims.release_claims_of_the_dead(store) == 1
    assert leases.take(store, "imap desk", now=clock.now(), duration=DURATION) == 2
