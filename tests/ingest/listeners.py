"""Real listeners on loopback, a real SQLite store behind them, and dialogues that read like transcripts.

`python -m tests.ingest.listeners FOLDER` runs one as a process of its own, for what can only be seen from outside.
"""

import asyncio
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import select

from gateway.clock import Clock, SystemClock
from gateway.config import Ingest, Lmtp, Smtp
from gateway.ingest.accept import Put
from gateway.ingest.listen import Listeners, start_listeners
from gateway.ingest.recipients import Recipients
from gateway.model import Entry
from gateway.store.db import Store
from gateway.store.schema.spool import SpoolRow
from gateway.store.spool import Spool, load
from gateway.tokens import Keys
from tests.stores import sqlite_store

T = TypeVar("T")
DESK = "desk@support.test"
KEYS = Keys({3: bytes(range(32))})
SECONDS = 20.0
"""Longest wait of a test's own socket."""


def make_recipients(clock: Clock) -> Recipients:
    """One support address and a reply domain."""
    return Recipients(support_addresses=[DESK], reply_domain="reply.test", keys=KEYS, clock=clock)


class Gateway:
    """Listeners that run in a thread with an event loop of its own; look at what they kept from outside."""

    def __init__(self, listeners: Listeners, loop: asyncio.AbstractEventLoop, store: Store) -> None:
        self.listeners = listeners
        self._loop = loop
        self._store = store

    @property
    def port(self) -> int:
        """The port of the first listener."""
        return int(self.listeners.addresses[0].rpartition(":")[2])

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> "Future[T]":
        """Run something where the listeners run."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def entries(self) -> list[Entry]:
        """What is in the spool, oldest first."""
        return entries_of(self._store)


def entries_of(store: Store) -> list[Entry]:
    """What is in the spool of a store, oldest first."""
    with store.reading() as tx:
        ids = [row.id for row in tx.execute(select(SpoolRow.id))]
    return load(store, ids)


@contextmanager
def listening(
    folder: Path,
    *,
    smtp: dict[str, Any] | None = None,
    lmtp: dict[str, Any] | None = None,
    max_message_bytes: int = 25 * 1024 * 1024,
    clock: Clock | None = None,
    put: Callable[[Put], Put] = lambda put: put,
    recipients: Callable[[Recipients], Recipients] = lambda recipients: recipients,
    has_room: Callable[[], bool] = lambda: True,
) -> Iterator[Gateway]:
    """Listeners with these keys of their sections; `put` and `recipients` may wrap the real ones in a fault."""
    clock = clock or SystemClock()
    store = sqlite_store(folder / "store.db")
    spool = Spool(store, clock)
    spool.start()
    arguments = {
        "put": put(spool.put),
        "recipients": recipients(make_recipients(clock)),
        "clock": clock,
        "scratch": folder,
        "has_room": has_room,
    }
    try:
        with _running(make_ingest(smtp, lmtp, max_message_bytes), arguments) as (listeners, loop):
            yield Gateway(listeners, loop, store)
    finally:
        spool.stop()
        store.close()


def make_ingest(
    smtp: dict[str, Any] | None, lmtp: dict[str, Any] | None, max_message_bytes: int = 25 * 1024 * 1024
) -> Ingest:
    """A configuration that listens at a free port of loopback unless it says otherwise."""
    common = {"listen": ["127.0.0.1:0"], "hostname": "gateway.test"}
    return Ingest(
        max_message_bytes=max_message_bytes,
        smtp=Smtp.model_validate(common | (smtp or {})) if smtp is not None or lmtp is None else Smtp(),
        lmtp=Lmtp.model_validate(common | lmtp) if lmtp is not None else Lmtp(),
    )


@contextmanager
def _running(ingest: Ingest, arguments: dict[str, Any]) -> Iterator[tuple[Listeners, asyncio.AbstractEventLoop]]:
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        listeners = runner.run(start_listeners(ingest, **arguments))
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        try:
            yield listeners, loop
        finally:
            asyncio.run_coroutine_threadsafe(listeners.drain(0), loop).result(60)
            loop.call_soon_threadsafe(loop.stop)
            thread.join()


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """The other end of a connection, which says exactly what it is told to say."""

    socket: socket.socket

    def send(self, data: bytes) -> None:
        """Bytes as they are."""
        self.socket.sendall(data)

    def reply(self) -> str:
        """The next reply, its lines joined by LF; "" where the connection was closed instead."""
        lines: list[str] = []
        while not lines or lines[-1][3:4] == "-":
            line = self._line()
            if not line:
                return ""
            lines.append(line.decode().removesuffix("\r\n"))
        return "\n".join(lines)

    def says(self, command: str) -> str:
        """Send a command and give the reply."""
        self.send(command.encode() + b"\r\n")
        return self.reply()

    def begins(self, *recipients: str, sender: str = "anna@customer.test", hello: str = "EHLO") -> str:
        """Everything up to and with DATA; gives the reply to DATA."""
        self.reply()
        self.says(f"{hello} mail.customer.test")
        self.says(f"MAIL FROM:<{sender}>")
        for recipient in recipients or (DESK,):
            self.says(f"RCPT TO:<{recipient}>")
        return self.says("DATA")

    def _line(self) -> bytes:
        line = b""
        with suppress(ConnectionError):
            while not line.endswith(b"\n") and (byte := self.socket.recv(1)):
                line += byte
        return line


@contextmanager
def connected(where: int | str) -> Iterator[Peer]:
    """A connection to a port of loopback, or to a unix socket."""
    with socket.socket(socket.AF_INET if isinstance(where, int) else socket.AF_UNIX) as made:
        made.settimeout(SECONDS)
        made.connect(("127.0.0.1", where) if isinstance(where, int) else where)
        yield Peer(socket=made)


def dialogue(where: int | str, script: str) -> None:
    """Speak a transcript: `C:` lines are sent, `S:` lines must come back just so, `…` stands for anything.

    `C:` lines that follow each other are sent together. `S: (closed)` is the end of the connection.
    """
    lines = [line.strip() for line in script.strip().splitlines()]
    outgoing = b""
    with connected(where) as peer:
        for line in [*lines, "S:"]:
            side, _, text = line.partition(":")
            if side == "C":
                outgoing += text.removeprefix(" ").encode() + b"\r\n"
                continue
            if outgoing:
                peer.send(outgoing)
                outgoing = b""
            if text:
                _expect(text.removeprefix(" "), peer._line().decode())


def _expect(wanted: str, heard: str) -> None:
    if wanted == "(closed)":
        assert heard == ""
        return
    assert heard.endswith("\r\n"), f"expected {wanted!r}, heard {heard!r}"
    pattern = re.escape(wanted).replace("…", ".*")
    assert re.fullmatch(pattern, heard.removesuffix("\r\n")), f"expected {wanted!r}, heard {heard!r}"


@contextmanager
def process(folder: Path, kind: str = "smtp", *command: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Listeners in a process of their own: the process and its port."""
    started = [*command, sys.executable, "-m", "tests.ingest.listeners", str(folder), kind]
    with subprocess.Popen(started, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout
        try:
            yield running, int(running.stdout.readline())
        finally:
            running.kill()


async def _serve(folder: Path, kind: str) -> None:
    clock = SystemClock()
    store = sqlite_store(folder / "store.db")
    spool = Spool(store, clock)
    spool.start()
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    listeners = await start_listeners(
        make_ingest(**{"smtp": None, "lmtp": None, kind: {}}),
        put=spool.put,
        recipients=make_recipients(clock),
        clock=clock,
        scratch=folder,
    )
    print(listeners.addresses[0].rpartition(":")[2], flush=True)  # noqa: T201 (whoever started us reads the port)
    await ended.wait()
    await listeners.drain(60)
    spool.stop()
    store.close()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), sys.argv[2]))
