"""Offers mails to a server as fast as it takes them, and tells when the last one was accepted.

    python -m scripts.bench_feed PORT FOLDER [--lmtp] [--count N] [--connections N] [--recipient ADDRESS] [--keep-going]

SMTP or LMTP to 127.0.0.1, on connections that stay open: MAIL, RCPT and DATA in one packet (PIPELINING, RFC 2920), then
the mail. One process without threads, and all mails are read, given CRLF and their dots before the clock starts, so
that it offers some thousands a second and takes little from the server it shares the machine with. Prints one JSON
object; times are seconds of CLOCK_MONOTONIC, which all processes of a machine share. Ends with 1 unless every mail was
accepted; `--keep-going` is for servers that are killed meanwhile.
"""

import argparse
import json
import re
import selectors
import socket
import sys
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

HOST = "127.0.0.1"
SILENCE_SECONDS = 120.0
_AUTHOR = re.compile(rb"^From:[^\r\n]*(?:\r\n[ \t][^\r\n]*)*", re.MULTILINE | re.IGNORECASE)
_ADDRESS = re.compile(rb"[^\s<>\"(),;]+@[^\s<>\"(),;]+")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A mail as it goes over the wire: the commands before it, and the data up to the lone dot."""

    name: str
    commands: bytes
    data: bytes


@dataclass(slots=True, kw_only=True)
class Fed:
    """What came of it."""

    began: float
    ended: float
    accepted: list[str] = field(default_factory=list)
    """Names of the files, in the order of their 250s."""
    refused: list[str] = field(default_factory=list)
    """What the server said instead."""
    cut: int = 0
    """Connections that ended before their time."""
    milliseconds: list[float] = field(default_factory=list)
    """From MAIL to the reply to the dot, for each accepted mail."""

    @property
    def rate(self) -> float:
        """Accepted mails in a second."""
        return len(self.accepted) / (self.ended - self.began)


def prepare(path: Path, recipient: str) -> Prepared:
    """Read one mail; its reverse path is the address of its From field, the null one where there is none."""
    raw = re.sub(rb"\r?\n", b"\r\n", path.read_bytes())
    author = _AUTHOR.search(raw.partition(b"\r\n\r\n")[0])
    found = _ADDRESS.findall(author[0]) if author else []
    commands = b"MAIL FROM:<%s>\r\nRCPT TO:<%s>\r\nDATA\r\n" % (found[-1] if found else b"", recipient.encode())
    data = re.sub(rb"(?m)^\.", b"..", raw)
    return Prepared(path.name, commands, data + (b".\r\n" if data.endswith(b"\r\n") else b"\r\n.\r\n"))


def feed(port: int, mails: Sequence[Prepared], *, lmtp: bool, connections: int, keep_going: bool = False) -> Fed:
    """Offer all mails, in their order. A server that falls silent or ends a connection early is an error."""
    waiting = iter(mails)
    sockets = [_connect(port, lmtp=lmtp) for _ in range(min(connections, len(mails)))]
    fed = Fed(began=time.monotonic(), ended=time.monotonic())
    with selectors.DefaultSelector() as selector:
        for connected in sockets:
            connection = _Connection(connected, _talk(waiting, fed))
            selector.register(connected, connection.events, connection)
        while selector.get_map():
            ready = selector.select(SILENCE_SECONDS)
            if not ready:
                raise SystemExit(f"the server was silent for {SILENCE_SECONDS:g} s")
            for key, events in ready:
                try:
                    is_over = key.data.serve(events)
                except OSError as error:
                    if not keep_going:
                        raise SystemExit(f"the server ended a connection: {error}") from error
                    fed.cut += 1
                    is_over = True
                if is_over:
                    selector.unregister(key.fileobj)
                    key.data.socket.close()
                elif key.events != key.data.events:
                    selector.modify(key.fileobj, key.data.events, key.data)
    return fed


_Steps = Generator[tuple[bytes, int], list[bytes], None]
"""A dialogue: gives what to send and how many replies to wait for, is sent these replies."""


def _talk(waiting: Iterator[Prepared], fed: Fed) -> _Steps:
    for mail in waiting:
        began = time.monotonic()
        replies = yield mail.commands, 3
        if not replies[2].startswith(b"3"):
            fed.refused.append(b" / ".join(replies).decode(errors="replace"))
            yield b"RSET\r\n", 1
            continue
        (reply,) = yield mail.data, 1
        if not reply.startswith(b"2"):
            fed.refused.append(reply.decode(errors="replace"))
            continue
        fed.ended = time.monotonic()
        fed.accepted.append(mail.name)
        fed.milliseconds.append((fed.ended - began) * 1000)
    yield b"QUIT\r\n", 1


class _Connection:
    """Moves the bytes of one dialogue; `events` is what it waits for."""

    def __init__(self, connected: socket.socket, steps: _Steps) -> None:
        self.socket = connected
        self._steps = steps
        self._input = b""
        self._replies: list[bytes] = []
        first, self._wanted = next(steps)
        self._output = memoryview(first)
        self._write()

    @property
    def events(self) -> int:
        return selectors.EVENT_READ | (selectors.EVENT_WRITE if self._output else 0)

    def serve(self, events: int) -> bool:
        """Go on with what is possible now; True when all is said."""
        if events & selectors.EVENT_WRITE:
            self._write()
        return bool(events & selectors.EVENT_READ) and self._read()

    def _write(self) -> None:
        try:
            while self._output:
                self._output = self._output[self.socket.send(self._output) :]
        except BlockingIOError:
            return

    def _read(self) -> bool:
        data = self.socket.recv(1 << 16)
        if not data:
            raise ConnectionResetError("it was closed")
        complete, _, self._input = (self._input + data).rpartition(b"\n")
        # Only the last line of a reply has a blank behind its code (RFC 5321 §4.2.1).
        self._replies += [line for line in complete.split(b"\n") if line[3:4] == b" "]
        if len(self._replies) < self._wanted:
            return False
        try:
            output, self._wanted = self._steps.send(self._replies)
        except StopIteration:
            return True
        self._output, self._replies = memoryview(output), []
        self._write()
        return False


def _connect(port: int, *, lmtp: bool) -> socket.socket:
    """A connection that has said hello, and does not block from now on."""
    connected = socket.create_connection((HOST, port), timeout=SILENCE_SECONDS)
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with connected.makefile("rb") as lines:
        _expect(lines)
        connected.sendall(b"LHLO bench.test\r\n" if lmtp else b"EHLO bench.test\r\n")
        if b"PIPELINING" not in _expect(lines).upper():
            raise SystemExit("the server does not offer PIPELINING")
    connected.setblocking(False)
    return connected


def _expect(lines: Iterator[bytes]) -> bytes:
    """One whole reply, which must be a good one."""
    text = b""
    for line in lines:
        text += line
        if line[3:4] != b"-":
            break
    if not text.startswith(b"2"):
        raise SystemExit(f"the server says: {text.decode(errors='replace').strip() or 'nothing'}")
    return text


def main(arguments: Sequence[str]) -> int:
    """Feed, print, 0 where every mail was accepted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("port", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--lmtp", action="store_true")
    parser.add_argument("--count", type=int)
    parser.add_argument("--connections", type=int, default=20)
    parser.add_argument("--recipient", default="desk@support.test")
    parser.add_argument("--keep-going", action="store_true")
    given = parser.parse_args(arguments)
    mails = [prepare(path, given.recipient) for path in sorted(given.folder.iterdir())[: given.count]]
    fed = feed(given.port, mails, lmtp=given.lmtp, connections=given.connections, keep_going=given.keep_going)
    print(json.dumps(asdict(fed)))  # noqa: T201
    return 0 if len(fed.accepted) == len(mails) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
