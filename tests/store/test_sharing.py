"""Units of work that share a transaction stand or fall alone."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from gateway.errors import Temporary
from gateway.store.db import Store, Tx
from gateway.store.sharing import AT_LEAST
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


def waiting(store: Store) -> int:
    """How many wait for the next transaction."""
    line = store._shared._line
    return line.qsize() if line else 0


@contextmanager
def in_one_group(store: Store, works: list[Callable[[Tx], str]]) -> Iterator[list["Future[str]"]]:
    """All of this work waits before any of it begins, so that on SQLite it is one group; over when the block begins."""
    began, begin = threading.Event(), threading.Event()

    def hold(tx: Tx) -> str:
        began.set()
        begin.wait(10)
        return ""

    with ThreadPoolExecutor(len(works) + 1) as pool:
        holding = pool.submit(store.together, hold)
        assert began.wait(10)
        futures = [pool.submit(store.together, work) for work in works]
        wait_until(lambda: not store.is_sqlite or waiting(store) == len(works), "the others wait")
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
    store = fast_store
    gates = {name: (threading.Event(), threading.Event()) for name in ("first", "second", "next")}

    def behind(name: str) -> Callable[[Tx], str]:
        began, goes_on = gates[name]

        def work(tx: Tx) -> str:
            began.set()
            assert goes_on.wait(10)
            return insert(name)(tx)

        return work

    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(store.together, behind("first"))
        assert gates["first"][0].wait(10)
        second = pool.submit(store.together, behind("second"))
        wait_until(lambda: waiting(store) == 1, "the second waits")
        follows = pool.submit(store.together, insert("follows"))
        wait_until(lambda: waiting(store) == 2, "who follows waits")
        gates["first"][1].set()
        assert gates["second"][0].wait(10)
        after = pool.submit(store.together, behind("next"))
        wait_until(lambda: waiting(store) >= 1, "the next group waits")
        gates["second"][1].set()
        assert [each.result(10) for each in (first, second, follows)] == ["first", "second", "follows"]
        assert not after.done()
        gates["next"][1].set()
        assert after.result(10) == "next"


def test_who_is_awaited_ends_after_a_few(fast_store: Store) -> None:
    """A peer that waits for its 250 does not wait for all that is to be decided, and not for a commit for each."""
    store, kept = fast_store, []
    began, begin = threading.Event(), threading.Event()

    def first(tx: Tx) -> str:
        began.set()
        assert begin.wait(10)
        return insert("0")(tx)

    def door() -> None:
        with store.transaction(first=True) as tx:
            kept.extend(tx.execute(text("SELECT name FROM lease")).scalars())

    with ThreadPoolExecutor(10) as pool:
        futures = [pool.submit(store.together, first)]
        assert began.wait(10)
        futures += [pool.submit(store.together, insert(f"{number}")) for number in range(1, 8)]
        wait_until(lambda: waiting(store) == 7, "the others wait")
        awaited = pool.submit(door)
        wait_until(lambda: store._is_awaited(), "the door waits")
        begin.set()
        awaited.result(10)
        for future in futures:
            future.result(10)

    assert len(kept) == AT_LEAST
    assert len(names(store)) == 8


def test_after_a_stop_there_is_another_beginning(fast_store: Store) -> None:
    """What waited is done, and a store that is used again works again."""
    with in_one_group(fast_store, [insert("a"), insert("b")]):
        fast_store._shared.stop()
        assert names(fast_store) == ["a", "b"]
    assert fast_store.together(insert("c")) == "c"
    assert names(fast_store) == ["a", "b", "c"]


def test_where_no_thread_can_be_had_nobody_waits_for_one(fast_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks is told; when there are threads again, the work is done."""

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        for _ in range(2):
            with pytest.raises(RuntimeError, match="new thread"):
                fast_store.together(insert("a"))

    assert fast_store.together(insert("a")) == "a"


def test_where_no_transaction_begins_everybody_who_waits_hears_of_it(
    fast_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One after the other they would wait for half a minute each."""
    began, begin = threading.Event(), threading.Event()

    @contextmanager
    def refused() -> Iterator[Tx]:
        began.set()
        begin.wait(10)
        raise OSError("gone")
        yield

    monkeypatch.setattr(fast_store, "_begun", refused)
    with ThreadPoolExecutor(3) as pool:
        futures = [pool.submit(fast_store.together, insert("a"))]
        assert began.wait(10)
        futures += [pool.submit(fast_store.together, insert(name)) for name in ("b", "c")]
        wait_until(lambda: waiting(fast_store) == 2, "the others wait")
        monkeypatch.undo()
        begin.set()
        assert all(isinstance(future.exception(10), Temporary) for future in futures)
    assert names(fast_store) == []


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
