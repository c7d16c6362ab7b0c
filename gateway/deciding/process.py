"""A process that decides: forked by `gateway.deciding.tending`, watched by `gateway.deciding.crew`.

Its standard input is the socket to the daemon. It decides what is pending until the daemon ends the connection, or is
gone itself; then it finishes what it has in work, gives back what it had only claimed, and ends. Killed at any moment
it loses nothing: its claims are released by whoever finds it dead.
"""

import gc
import os
import socket
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import timedelta

from gateway import events
from gateway.basis import open_store
from gateway.clock import SystemClock
from gateway.config import Config
from gateway.deciding import channel as to_daemon
from gateway.deciding.channel import ASK, DECIDED, READY, WAKE, WELL, Order
from gateway.errors import Temporary
from gateway.pipeline.worker import Workers, WorkLimits
from gateway.stages import open_gateway
from gateway.store import spool
from gateway.store.db import Store
from gateway.store.outcomes import Outcome

GATHER_SECONDS = 0.01
"""After it was woken the process does not listen for so long: there may be a call for every mail, and each one that it
hears takes the processor from who decides."""
BEHIND = 5
"""Steps of niceness: enough to stand behind, too few to be starved by other work of the machine."""
GARBAGE = 20_000
"""Values that may be made before circles among them are looked for."""


def main() -> int:
    """Decide until the daemon says stop or is gone."""
    with socket.socket(fileno=0) as channel:
        try:
            order = to_daemon.receive(channel)
        except EOFError:
            return 0
        assert isinstance(order, Order)
        events.configure(order.config.log.format, order.config.log.level)
        with suppress(OSError):
            _decide(order, channel)
    return 0


def work_limits(config: Config, *, takes_large: bool) -> WorkLimits:
    """How much is decided at once."""
    return WorkLimits(
        workers=config.pipeline.workers,
        lease=timedelta(seconds=config.pipeline.lease_seconds),
        max_tries=config.pipeline.max_tries,
        takes_large=takes_large,
    )


def _decide(order: Order, channel: socket.socket) -> None:
    with closing(open_store(order.config)) as store:
        store.start_sharing()
        _step_back()
        _decide_from(store, order, channel)


def _step_back() -> None:
    """Leave the processor to the doors and to who writes: this thread, and what begins from here on.

    Mail is read ahead of the one writer, so reading can wait; who waits for the writer are all others.
    """
    with suppress(OSError):  # a sandbox that does not allow it
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
        os.nice(BEHIND)


def _decide_from(store: Store, order: Order, channel: socket.socket) -> None:
    with open_gateway(order.config, store, SystemClock()) as gateway:
        limits = work_limits(order.config, takes_large=order.takes_large)
        workers = Workers(gateway, limits, _teller(order, channel))
        # What was made until now stays: no collection of garbage needs to look through it again. What a mail leaves is
        # freed when it is done with, but for few circles, so they need not be looked for after every 700 values.
        gc.collect()
        gc.freeze()
        gc.set_threshold(GARBAGE, 20, 20)
        workers.start()
        try:
            to_daemon.send(channel, READY)
            _listen(channel, workers)
        finally:
            workers.stop()
            with suppress(Temporary), store.transaction() as tx:
                spool.release_claims(tx, store.owner)


def _listen(channel: socket.socket, workers: Workers) -> None:
    while asked := channel.recv(4096):
        if WAKE in asked:
            workers.wake.set()
            time.sleep(GATHER_SECONDS)
        if ASK in asked and workers.is_going():
            to_daemon.send(channel, WELL)


def _teller(order: Order, channel: socket.socket) -> Callable[[Outcome], None] | None:
    if not (order.tells_decisions or order.tells_outcomes):
        return None
    guard = threading.Lock()

    def tell(outcome: Outcome) -> None:
        with guard, suppress(OSError):  # a daemon that is gone needs to know nothing
            to_daemon.send(channel, outcome if order.tells_outcomes else DECIDED)

    return tell
