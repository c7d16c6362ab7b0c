"""Writers of one process take turns."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from gateway.store.turns import Turns
from tests.peers.process import wait_until


@contextmanager
def waiting_for(turns: Turns, order: list[str], *who: tuple[str, bool]) -> Iterator[None]:
    """Has the turn itself during the block, while threads wait for theirs in this order; each then notes its name."""

    def wait(name: str, first: bool) -> None:
        with turns.take(first=first):
            order.append(name)

    threads = [threading.Thread(target=wait, args=each) for each in who]
    with turns.take(first=False):
        for number, thread in enumerate(threads, 1):
            thread.start()
            wait_until(lambda number=number: waiters(turns) == number, "a thread waits for its turn")
        yield
    for thread in threads:
        thread.join(10)


def waiters(turns: Turns) -> int:
    """How many threads wait."""
    return len(turns._first) + len(turns._others)


def test_one_at_a_time_in_the_order_in_which_they_came() -> None:
    """Nobody has the turn while another has it, and nobody overtakes."""
    turns, order = Turns(), list[str]()

    with waiting_for(turns, order, ("a", False), ("b", False), ("c", False)):
        assert order == []

    assert order == ["a", "b", "c"]


def test_whoever_goes_first_overtakes_those_who_wait_but_not_who_is_at_it() -> None:
    """And it shows that he waits."""
    turns, order = Turns(), list[str]()

    with waiting_for(turns, order, ("decide", False), ("keep", True)):
        assert turns.is_awaited
        assert order == []

    assert order == ["keep", "decide"]
    assert not turns.is_awaited


def test_a_turn_is_passed_on_when_it_ends_in_an_error() -> None:
    """The next one does not wait for ever."""
    turns = Turns()
    for _ in range(2):
        try:
            with turns.take(first=False):
                raise RuntimeError
        except RuntimeError:
            continue

    with turns.take(first=True):
        assert not turns.is_awaited
