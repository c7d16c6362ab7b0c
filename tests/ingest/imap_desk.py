"""What the tests of the mailbox reader share: a spool of their own, a reader on it, and a proxy that does harm."""

import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select, text

from gateway.clock import SystemClock
from gateway.config import Imap
from gateway.ingest.imap import MailboxReader
from gateway.ingest.imap_events import MailboxEvent
from gateway.store.db import Store
from gateway.store.schema.spool import MailboxMessageRow, RawRow, SpoolRow
from gateway.store.spool import Spool
from tests.cost import LATE_SECONDS
from tests.peers.dovecot import PASSWORD, Dovecot
from tests.peers.process import wait_until
from tests.stores import sqlite_store

LIMIT = 200_000


def make_mail(number: int, size: int = 100) -> bytes:
    """A small mail, told from others by its number."""
    head = f"From: c@cust.test\r\nSubject: mail {number}\r\nMessage-ID: <{number}@cust.test>\r\n\r\n".encode()
    return head + b"x" * 70 + b"\r\n" * max((size - 72) // 2, 1)


@dataclass
class Desk:
    """A spool on a SQLite file."""

    store: Store
    spool: Spool

    def mails(self) -> list[bytes]:
        """The bytes of everything taken, in order."""
        query = select(RawRow.content).order_by(text("rowid"))
        with self.store.reading() as tx:
            return [row.content for row in tx.execute(query)]

    def sources(self) -> list[str]:
        """Where everything taken comes from, in order."""
        with self.store.reading() as tx:
            return [row.source for row in tx.execute(select(SpoolRow.source).order_by(text("rowid")))]

    def unsettled(self) -> int:
        """How many mails of the ledger are still to be moved."""
        query = select(MailboxMessageRow.uid).where(MailboxMessageRow.moved_at.is_(None))
        with self.store.reading() as tx:
            return len(tx.execute(query).all())

    def wait_for_mails(self, count: int, seconds: float = 30) -> None:
        """Wait until so many are taken and settled."""
        wait_until(lambda: len(self.mails()) >= count and not self.unsettled(), f"{count} mails are taken", seconds)


@contextmanager
def open_desk(folder: Path) -> Iterator[Desk]:
    """A desk whose spool writes until the block ends; the same folder gives the same spool again."""
    store = sqlite_store(folder / "spool.db")
    spool = Spool(store, SystemClock())
    spool.start()
    try:
        yield Desk(store, spool)
    finally:
        spool.stop()
        store.close()


@dataclass
class Reading:
    """A reader that runs, and what it told."""

    reader: MailboxReader
    events: list[MailboxEvent] = field(default_factory=list)

    def told(self, kind: type[Any]) -> list[Any]:
        """The events of one kind, in order."""
        return [event for event in list(self.events) if isinstance(event, kind)]

    def wait_for(self, kind: type[Any], count: int = 1, seconds: float = 30) -> Any:
        """Wait for the count-th event of a kind."""
        wait_until(lambda: len(self.told(kind)) >= count, f"the reader tells {kind.__name__}: {self.events}", seconds)
        return self.told(kind)[count - 1]


def make_config(dovecot: Dovecot, user: str, scratch: Path, **changes: Any) -> Imap:
    """A mailbox read in the clear with the password, looked into every five minutes; writes `scratch/password`."""
    password = scratch / "password"
    password.write_text(f"{PASSWORD}\n")
    settings: dict[str, Any] = {
        "name": "support",
        "host": "127.0.0.1",
        "port": dovecot.imap_port,
        "security": "none",
        "user": user,
        "password_file": password,
        "poll_seconds": 300,
        "timeout_seconds": 60,
    }
    return Imap.model_validate(settings | changes)


@contextmanager
def reading(
    desk: Desk,
    config: Imap,
    *,
    limit: int = LIMIT,
    may_run: Callable[[], bool] = lambda: True,
    events: list[MailboxEvent] | None = None,
) -> Iterator[Reading]:
    """A reader that reads until the block ends, and must then end within seconds."""
    events = [] if events is None else events
    reader = MailboxReader(
        config,
        max_message_bytes=limit,
        spool=desk.spool,
        store=desk.store,
        clock=SystemClock(),
        may_run=may_run,
        report=events.append,
    )
    reader.start()
    try:
        yield Reading(reader, events)
    finally:
        assert reader.stop(timeout_seconds=LATE_SECONDS), "the reader does not stop"


Change = Callable[[bytes], bytes | None]
"""What becomes of the server's bytes on their way; None cuts the connection."""


@contextmanager
def proxy(port: int, change: Change) -> Iterator[int]:
    """The port of a man between reader and server, who changes what the server says, packet by packet."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.create_connection(("127.0.0.1", port)) as server:
                upwards = threading.Thread(target=_pump, args=(self.request, server, lambda data: data))
                upwards.start()
                _pump(server, self.request, change)
                upwards.join()

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = False

    with Server(("127.0.0.1", 0), Handler) as listener:
        thread = threading.Thread(target=listener.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield listener.server_address[1]
        finally:
            listener.shutdown()
            thread.join()


def _pump(source: socket.socket, target: socket.socket, change: Change) -> None:
    with suppress(OSError):
        while (data := source.recv(65536)) and (changed := change(data)) is not None:
            target.sendall(changed)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def hide(*capabilities: str) -> Change:
    """A server that does not know these capabilities."""

    def change(data: bytes) -> bytes:
        for capability in capabilities:
            data = data.replace(f" {capability}".encode(), b"")
        return data

    return change
