"""Units of work that share a transaction stand or fall alone."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from gateway.errors import Temporary
from gateway.store.db import Store, Tx
from tests.peers.process import wait_until

INSERT = text("INSERT INTO lease (name, owner, fence, until) VALUES (:name, 'test', 0, 0)")


def insert(name: str) -> Callable[[Tx], str]:
    """Work that writes one row."""

    def work(tx: Tx) -> str:
        tx.execute(INSERT, {"name": name})
        return name

    return work


def names(store: Store) -> list[str]:
    """The rows that were kept."""
    with store.reading() as tx:
        return list(tx.execute(text("SELECT name FROM lease ORDER BY name")).scalars())


@contextmanager
def in_one_group(store: Store, works: list[Callable[[Tx], str]]) -> Iterator[list["Future[str]"]]:
    """All of this work waits before any of it begins, so that on SQLite it is one group; over when the block begins."""
    begin = threading.Event()

    def hold(tx: Tx) -> str:
        begin.wait(10)
        return ""

    with ThreadPoolExecutor(len(works) + 1) as pool:
        holding = pool.submit(store.together, hold)
        wait_until(lambda: not store.is_sqlite or store._shared._leader, "the first has begun")
        futures = [pool.submit(store.together, work) for work in works]
        wait_until(lambda: not store.is_sqlite or len(store._shared._waiting) == len(works), "the others wait")
        begin.set()
        holding.result(10)
        for future in futures:
            future.exception(20)
        yield futures


def test_work_returns_what_it_found_after_it_is_committed(store: Store) -> None:
    """Another connection sees it at once."""
    assert store.together(insert("a")) == "a"
    assert names(store) == ["a"]


def test_what_fails_is_undone_alone_and_raised_to_who_asked_for_it(store: Store) -> None:
    """Its neighbours in the same transaction are kept."""

    def fails(tx: Tx) -> str:
        insert("half done")(tx)
        raise RuntimeError("no")

    with in_one_group(store, [insert("a"), fails, insert("b")]) as (first, second, third):
        assert (first.result(), third.result()) == ("a", "b")
        with pytest.raises(RuntimeError, match="no"):
            second.result()

    assert names(store) == ["a", "b"]


def test_what_the_database_refuses_does_not_take_its_neighbours_down(store: Store) -> None:
    """Each is tried again alone, so only the one that is wrong fails."""
    store.together(insert("taken"))

    with in_one_group(store, [insert("a"), insert("taken"), insert("b")]) as (first, second, third):
        assert (first.result(), third.result()) == ("a", "b")
        assert isinstance(second.exception(), Temporary)

    assert names(store) == ["a", "b", "taken"]


def test_whose_work_is_committed_does_not_wait_for_the_next_group(fast_store: Store) -> None:
    """The next mail is begun while others still write."""
    store, shared = fast_store, fast_store._shared
    gates = {name: threading.Event() for name in ("first", "leads", "next")}

    def behind(name: str) -> Callable[[Tx], str]:
        def work(tx: Tx) -> str:
            assert gates[name].wait(10)
            return insert(name)(tx)

        return work

    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(store.together, behind("first"))
        wait_until(lambda: shared._leader and not shared._waiting, "the first writes")
        leads = pool.submit(store.together, behind("leads"))
        wait_until(lambda: len(shared._waiting) == 1, "the leader waits")
        follows = pool.submit(store.together, insert("follows"))
        wait_until(lambda: len(shared._waiting) == 2, "who follows waits")
        gates["first"].set()
        wait_until(lambda: len(shared._waiting) == 1, "the leader writes")
        after = pool.submit(store.together, behind("next"))
        wait_until(lambda: len(shared._waiting) == 2, "the next group waits")
        gates["leads"].set()
        assert [each.result(10) for each in (first, leads, follows)] == ["first", "leads", "follows"]
        assert not after.done()
        gates["next"].set()
        assert after.result(10) == "next"


def test_alone_it_fails_whole(store: Store) -> None:
    """Without a neighbour too, nothing of it is kept."""

    def fails(tx: Tx) -> str:
        insert("half done")(tx)
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        store.together(fails)

    assert names(store) == []


def test_a_store_that_is_gone_is_temporary_for_everybody_who_waits(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is left waiting, and nobody is told that it is kept."""
    monkeypatch.setattr(store, "_begun", _refuse)

    with pytest.raises(Temporary):
        store.together(insert("a"))

    monkeypatch.undo()
    assert names(store) == []


def _refuse() -> None:
    raise OSError("gone")


def test_many_threads_lose_nothing(store: Store) -> None:
    """However they are grouped: as many rows as were asked for."""
    wanted = [f"{number:03d}" for number in range(100)]
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda name: store.together(insert(name)), wanted))

    assert done == wanted
    assert names(store) == wanted
