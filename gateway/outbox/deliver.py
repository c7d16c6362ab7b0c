"""Brings the mails of the outbox out: claims what is due, composes it, hands it on, records how that went.

What must stay true: a mail that the next server took is recorded before anything else may claim it; where that cannot
be (a crash, a store that is away), it is sent again with the same Message-ID, and never forgotten. One bad mail does
not hold up the others. While the next server takes nothing, one mail at a time asks whether it does again.

BUGS: how many connections one receiving domain stands is the smarthost's business.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import TypeVar

from gateway import events
from gateway.clock import Clock
from gateway.errors import GatewayError, Permanent, Temporary
from gateway.outbox.as_json import from_json
from gateway.outbox.compose import Composer, compose
from gateway.outbox.record import Done, OnFailed, Recorder
from gateway.outbox.retry import Schedule
from gateway.outbox.transport import Attempt, Letter, Result, Transport
from gateway.store import outbox as store_outbox
from gateway.store.db import Store
from gateway.store.outbox import ClaimedMail

LEASE = timedelta(minutes=15)
"""Of a claim; longer than any try."""
TRY_SECONDS = 840.0
"""Longest time of one try: ten minutes for the answer to the final dot (RFC 5321 §4.5.3.2.6), and what goes before."""
IDLE_SECONDS = 30.0
"""After this time without mail a kept connection is closed."""
GRACE_SECONDS = 60.0
"""How long a stop waits for mails that are under way."""
POLL_SECONDS = 2.0
"""How often the store is asked without being woken: for retries that are due, and for mail of other processes."""
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
"""While the next server takes nothing: pauses between two questions, doubling from the first to the longest."""

T = TypeVar("T")


class Deliverer:
    """The outbox worker of one process: `start` and `stop` it in the daemon's loop.

    `make_transport` is called once for each of the `connections`. `on_failed` is called inside the transaction that
    gives a mail up: it writes the ticket's event, and may enqueue word to the desk.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        composer: Composer,
        make_transport: Callable[[], Transport],
        connections: int,
        schedule: Schedule,
        on_failed: OnFailed,
        first_pause_seconds: float = FIRST_PAUSE_SECONDS,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._store = store
        self._clock = clock
        self._composer = composer
        self._make_transport = make_transport
        self._connections = connections
        self._recorder = Recorder(store=store, clock=clock, schedule=schedule, on_failed=on_failed)
        self._first_pause = self._pause = first_pause_seconds
        self._poll = poll_seconds
        self._is_hop_down = False
        self._is_store_down = False
        self._is_stopping = False
        self._are_senders_done = False
        self._in_hand = 0
        """Claimed and not yet recorded or given back."""
        self._queue: asyncio.Queue[ClaimedMail | None] = asyncio.Queue()
        self._finished: list[Done] = []
        self._look = asyncio.Event()
        self._resume = asyncio.Event()
        self._record = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._running: asyncio.Task[None] | None = None
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="outbox")

    def wake(self) -> None:
        """Look into the outbox now: to be called after a commit that may have enqueued something, from any thread."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._look.set)

    async def start(self) -> None:
        """Begin to deliver."""
        self._loop = asyncio.get_running_loop()
        self._running = asyncio.create_task(self._run(), name="outbox")
        self._running.add_done_callback(_report)

    async def stop(self, grace_seconds: float = GRACE_SECONDS) -> None:
        """Claim no more, send and record what is under way, give the rest back.

        After `grace_seconds` what is still under way is cut; its claim stays until its lease ends: it may have left.
        """
        self._is_stopping = True
        self._look.set()
        self._resume.set()
        if self._running is not None:
            _, late = await asyncio.wait([self._running], timeout=grace_seconds)
            if late:
                self._running.cancel()
                await asyncio.wait([self._running])

    async def _run(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._record_all(), name="outbox-record")
                senders = [
                    group.create_task(self._send_all(self._make_transport()), name=f"outbox-send-{number}")
                    for number in range(self._connections)
                ]
                await self._claim_all()
                await self._give_back_what_waits()
                for _ in senders:
                    self._queue.put_nowait(None)
                await asyncio.wait(senders)
                self._are_senders_done = True
                self._record.set()
        finally:
            self._threads.shutdown(wait=False)

    # --- claiming ---

    async def _claim_all(self) -> None:
        while not self._is_stopping:
            self._look.clear()
            if self._is_hop_down:
                await _wait(self._resume, self._pause)
                self._pause = min(self._pause * 2, LONGEST_PAUSE_SECONDS)
            room = 0 if self._is_stopping else self._room()
            claimed = await self._claim(room) if room else []
            self._in_hand += len(claimed)
            for mail in claimed:
                self._queue.put_nowait(mail)
            if not room or len(claimed) < room:
                await _wait(self._look, self._poll)

    def _room(self) -> int:
        if self._is_hop_down:
            return 0 if self._in_hand else 1
        # In batches, for each claim is a commit.
        capacity = self._connections * 4
        room = capacity - self._in_hand
        return room if room * 2 >= capacity else 0

    async def _claim(self, room: int) -> list[ClaimedMail]:
        try:
            claimed = await self._in_thread(
                lambda: store_outbox.claim(self._store, limit=room, now=self._clock.now(), lease=LEASE)
            )
        except Temporary as error:
            self._note_store(error)
            return []
        except Exception as error:
            events.unexpected("outbox", error)
            return []
        self._note_store(None)
        return claimed

    async def _give_back_what_waits(self) -> None:
        waiting: list[int] = []
        while not self._queue.empty():
            mail = self._queue.get_nowait()
            if mail is not None:
                waiting.append(mail.id)
        if waiting:
            await self._give_back(waiting)

    async def _give_back(self, row_ids: list[int]) -> None:
        def release() -> None:
            with self._store.transaction() as tx:
                store_outbox.release(tx, row_ids, self._store.owner)

        with suppress(Exception):  # then they are taken again when their lease has ended
            await self._in_thread(release)
        self._in_hand -= len(row_ids)
        self._look.set()

    def _note_store(self, error: Temporary | None) -> None:
        if error and not self._is_store_down:
            events.store_failed(error.reason)
        elif self._is_store_down and not error:
            events.store_recovered()
        self._is_store_down = error is not None

    # --- sending ---

    async def _send_all(self, transport: Transport) -> None:
        try:
            while (mail := await self._next(transport)) is not None:
                time_left = (mail.claimed_until - self._clock.now()).total_seconds()
                if time_left < TRY_SECONDS or (self._is_hop_down and self._in_hand > 1):
                    await self._give_back([mail.id])
                else:
                    await self._try(transport, mail)
        finally:
            await transport.close()

    async def _next(self, transport: Transport) -> ClaimedMail | None:
        with suppress(TimeoutError):
            async with asyncio.timeout(IDLE_SECONDS):
                return await self._queue.get()
        await transport.close()
        return await self._queue.get()

    async def _try(self, transport: Transport, mail: ClaimedMail) -> None:
        started = self._clock.monotonic()
        attempt = await self._attempt(transport, mail)
        self._note_hop(attempt)
        milliseconds = round((self._clock.monotonic() - started) * 1000)
        self._finished.append(Done(mail=mail, attempt=attempt, milliseconds=milliseconds))
        self._record.set()

    async def _attempt(self, transport: Transport, mail: ClaimedMail) -> Attempt:
        try:
            letter = await self._in_thread(lambda: self._compose(mail))
            async with asyncio.timeout(TRY_SECONDS):
                return await transport.send(letter)
        except Permanent as error:
            return Attempt(result=Result.FAILED, text=error.reason, step="composing")
        except GatewayError as error:
            return Attempt(result=Result.DEFERRED, text=error.reason, step="composing")
        except TimeoutError:
            await transport.close()
            return Attempt(result=Result.DEFERRED, text=f"no answer within {TRY_SECONDS:g} seconds", step="sending")
        except Exception as error:  # whatever it is: neither the mail nor the worker may be lost
            events.unexpected("outbox", error)
            return Attempt(result=Result.DEFERRED, text=f"unexpected: {type(error).__name__}", step="composing")

    def _compose(self, mail: ClaimedMail) -> Letter:
        outgoing = from_json(mail.outgoing)
        with self._store.reading() as tx:
            blobs = store_outbox.blobs(tx, [attachment.sha256 for attachment in outgoing.attachments])
        return compose(self._composer, outgoing, outbox_id=mail.id, created_at=mail.created_at, blobs=blobs)

    def _note_hop(self, attempt: Attempt) -> None:
        if attempt.is_hop_down and not self._is_hop_down:
            self._is_hop_down, self._pause = True, self._first_pause
            self._resume.clear()
        elif not attempt.is_hop_down and attempt.step != "composing":
            self._is_hop_down = False
            self._resume.set()

    # --- recording ---

    async def _record_all(self) -> None:
        """Record results: all that gathered while the last commit ran are the next one."""
        while self._finished or not self._are_senders_done:
            await self._record.wait()
            self._record.clear()
            batch, self._finished = self._finished, []
            if batch:
                await self._record_batch(batch)
                self._in_hand -= len(batch)
                self._look.set()

    async def _record_batch(self, batch: list[Done]) -> None:
        pause = 0.1
        while True:
            try:
                await self._in_thread(lambda: self._recorder.record(batch))
            except Temporary as error:
                # The mails are out: to give this up would send them again. It waits for the store.
                self._note_store(error)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 10.0)
            else:
                self._note_store(None)
                return

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        events.unexpected("outbox", error)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
