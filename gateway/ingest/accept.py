"""Taking responsibility for a mail: its bytes go to the spool, and the answer is its entry id once it is durable (I1).

What must stay true: of all mails that wait for their commit no more than `IN_FLIGHT` bytes are in memory; the others
wait their turn, on disk, and their senders wait with them. A commit that has begun is never cancelled, whatever happens
to the connection (A-35); its bytes are counted until it ends. Nobody is told "kept" before the commit, and nobody waits
longer than `PATIENCE` for an answer: a commit that lands after that is a duplicate when the sender tries again, and
duplicates are found by their hash.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future

from gateway import events
from gateway.errors import Temporary
from gateway.ingest.mail_data import MailData
from gateway.model import Envelope, Incoming

IN_FLIGHT = 32 * 1024 * 1024
"""Bytes: one of the largest mails, or very many small ones."""
PATIENCE = 25.0
"""Seconds from the final dot to the answer; the threat model promises less than 30."""

Put = Callable[[Incoming], "Future[str]"]
"""`Spool.put`: never blocks; the future gives the entry id after the commit, or raises Temporary."""


class Door:
    """The one way from a listener to the spool. Belongs to the event loop that runs when it is made."""

    def __init__(self, put: Put, *, in_flight: int = IN_FLIGHT, patience: float = PATIENCE) -> None:
        self._put = put
        self._bytes = _Bytes(in_flight)
        self._patience = patience
        self._commits = _Commits()

    async def keep(self, envelope: Envelope, data: MailData, put: Put | None = None) -> str:
        """Keep a mail and give its entry id; raises Temporary where it is not known to be kept.

        `put` is used instead of the door's own, for a mail that is to be screened.
        """
        try:
            async with asyncio.timeout(self._patience):
                await self._bytes.take(data.size)
                return await self._commit(envelope, data, put or self._put)
        except TimeoutError:
            raise Temporary(
                f"no commit within {self._patience:g} s", enhanced_status="4.4.5", reply="Busy, try again later"
            ) from None

    async def settled(self) -> None:
        """Wait until no commit is under way."""
        await self._commits.settled()

    async def _commit(self, envelope: Envelope, data: MailData, put: Put) -> str:
        size = data.size
        try:
            commit = put(Incoming(envelope=envelope, raw=data.read()))
        except BaseException:
            self._bytes.give_back(size)
            raise

        def ended(outcome: "Future[str]") -> None:
            self._bytes.give_back(size)
            if not outcome.exception():
                events.mail_kept(outcome.result(), envelope.via.value, size, envelope.peer_ip)

        return await self._commits.outcome(commit, ended)


class _Bytes:
    """A share of memory: whoever wants some waits for those who came before."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._free = limit
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def take(self, size: int) -> None:
        size = min(size, self._limit)  # one that is larger than everything waits until it is alone
        if not self._waiting and size <= self._free:
            self._free -= size
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((size, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._serve()  # it may have stood in the way of a smaller one
            else:
                self.give_back(size)
            raise

    def give_back(self, size: int) -> None:
        self._free += min(size, self._limit)
        self._serve()

    def _serve(self) -> None:
        while self._waiting:
            size, turn = self._waiting[0]
            if not turn.cancelled():
                if size > self._free:
                    return
                self._free -= size
                turn.set_result(None)
            self._waiting.popleft()


class _Commits:
    """Brings outcomes from the writer's thread to the event loop: one wake-up for all of a group, not one a mail."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._guard = threading.Lock()
        self._ended: list[Callable[[], None]] = []
        self._under_way = 0
        self._nothing_under_way = asyncio.Event()
        self._nothing_under_way.set()

    async def outcome(self, commit: "Future[str]", ended: Callable[["Future[str]"], None]) -> str:
        """Wait for a commit; `ended` is called in the event loop when it ends, even if nobody waits any more."""
        waiter: asyncio.Future[str] = self._loop.create_future()
        self._under_way += 1
        self._nothing_under_way.clear()

        def in_loop() -> None:
            self._under_way -= 1
            if not self._under_way:
                self._nothing_under_way.set()
            if not waiter.done():
                if error := commit.exception():
                    waiter.set_exception(error)
                else:
                    waiter.set_result(commit.result())
            ended(commit)

        # Not asyncio.wrap_future: that one cancels the commit together with whoever waits for it.
        commit.add_done_callback(lambda _: self._from_any_thread(in_loop))
        return await waiter

    async def settled(self) -> None:
        await self._nothing_under_way.wait()

    def _from_any_thread(self, callback: Callable[[], None]) -> None:
        with self._guard:
            self._ended.append(callback)
            if len(self._ended) > 1:
                return
        try:
            self._loop.call_soon_threadsafe(self._collect)
        except RuntimeError:
            return  # the loop is closed: the mail is kept, and there is nobody left to tell

    def _collect(self) -> None:
        with self._guard:
            ended, self._ended = self._ended, []
        for callback in ended:
            self._loop.call_soon(callback)
