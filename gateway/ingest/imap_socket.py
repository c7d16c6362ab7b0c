"""imaplib's protocol over a socket of our own: hard time limits, an IDLE that misses nothing, a way to interrupt it.

What must stay true: nothing here waits for ever. A silent server is given up after `timeout_seconds`; one that drips is
given up when an answer takes longer than `timeout_seconds` plus a second for every `SLOWEST` bytes of it.

imapclient's own `idle_check` does not see what came in one packet with the "+", cannot tell a closed connection from
silence, and a file object that once timed out cannot be read again: so reading, which imaplib lets a subclass do, is
done here.
"""

import imaplib
import re
import select
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from imapclient import IMAPClient

from gateway.clock import Clock
from gateway.errors import Temporary

SLOWEST = 4096
"""Bytes a second below which an answer is given up."""
LONGEST_LINE = 16 * 1024 * 1024
"""Bytes of one line at most: a SEARCH answer of two million messages."""
_CHUNK = 256 * 1024
_IDLE_SLICE_SECONDS = 5.0
_EXISTS = re.compile(rb"\* \d+ EXISTS", re.IGNORECASE)


class Wire:
    """The socket of one connection; `interrupt` may be called from any thread, at any time."""

    def __init__(self, *, timeout_seconds: float, clock: Clock, alive: Callable[[], None]) -> None:
        self.timeout_seconds = timeout_seconds
        self.clock = clock
        self._alive = alive
        self._socket: socket.socket | None = None
        self._interrupted = False
        self._guard = threading.Lock()  # between `interrupt` and whoever changes the socket
        self._buffer = bytearray()
        self._answer_due = 0.0

    def connect(self, host: str, port: int, tls: ssl.SSLContext | None) -> None:
        """Open the connection, with TLS from the first byte where a context is given."""
        self._use(socket.create_connection((host, port), timeout=self.timeout_seconds))
        self._expect_answer()
        if tls:
            self.start_tls(tls, host)

    def start_tls(self, tls: ssl.SSLContext, host: str) -> None:
        """Go on encrypted. What came before in the clear is refused: somebody between may have put it there."""
        if self._buffer:
            raise Temporary("the server sent more than its answer to STARTTLS in the clear; somebody may be between")
        wrapped = tls.wrap_socket(self.opened, server_hostname=host, do_handshake_on_connect=False)
        self._use(wrapped)
        wrapped.do_handshake()

    @property
    def opened(self) -> socket.socket:
        """The socket, which must be open."""
        if self._socket is None:
            raise Temporary("the connection is closed")
        return self._socket

    @property
    def tls_version(self) -> str:
        """The TLS version, "" in the clear."""
        return (self._socket.version() or "") if isinstance(self._socket, ssl.SSLSocket) else ""

    def interrupt(self) -> None:
        """Wake whoever waits here: he reads the end of the connection, now or when he comes to wait."""
        with self._guard:
            self._interrupted = True
            if self._socket is not None:
                # The method of the plain socket: that of SSLSocket would take the TLS state away under the reader.
                with suppress(OSError):
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the socket back."""
        with self._guard:
            if self._socket is not None:
                self._socket.close()
                self._socket = None

    def send(self, data: bytes) -> None:
        """Send a command, or a part of one; the time for its answer starts."""
        self.opened.sendall(data)
        self._expect_answer()

    def read(self, size: int) -> bytes:
        """Exactly so many bytes."""
        while len(self._buffer) < size:
            self._receive()
        return self._take(size)

    def read_line(self) -> bytes:
        """A line with its end."""
        searched = 0
        while (end := self._buffer.find(b"\n", searched)) < 0:
            searched = len(self._buffer)
            if searched > LONGEST_LINE:
                raise Temporary(f"the server sent a line of more than {LONGEST_LINE} bytes")
            self._receive()
        return self._take(end + 1)

    def wait(self, seconds: float) -> bool:
        """Wait until there is something to read, whose time then starts; False when nothing came."""
        end = self.clock.monotonic() + seconds
        while not self._readable():
            left = end - self.clock.monotonic()
            if left <= 0:
                return False
            self._alive()
            _poll(self.opened, min(left, _IDLE_SLICE_SECONDS))
        self._expect_answer()
        return True

    def _readable(self) -> bool:
        ours = self.opened
        # What TLS has decrypted already is no longer at the socket.
        waiting = isinstance(ours, ssl.SSLSocket) and ours.pending()
        return bool(self._buffer or waiting or _poll(ours, 0))

    def _use(self, opened: socket.socket) -> None:
        opened.settimeout(self.timeout_seconds)
        with self._guard:
            self._socket = opened
            interrupted = self._interrupted
        if interrupted:
            raise Temporary("the gateway is shutting down")

    def _expect_answer(self) -> None:
        self._answer_due = self.clock.monotonic() + self.timeout_seconds

    def _receive(self) -> None:
        data = self.opened.recv(_CHUNK)
        if not data:
            raise Temporary("the server closed the connection")
        self._buffer += data
        self._answer_due += len(data) / SLOWEST
        self._alive()
        if self.clock.monotonic() > self._answer_due:
            raise TimeoutError("the server's answer takes too long")

    def _take(self, size: int) -> bytes:
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken


class _Imap4(imaplib.IMAP4):
    """imaplib by way of a Wire: open, read, readline, send and shutdown are what its documentation lets us override.

    `starttls` is replaced because imaplib's own goes on reading what came before in the clear.
    """

    def __init__(self, wire: Wire, host: str, port: int, longest_literal: int) -> None:
        self.wire = wire
        self._longest_literal = longest_literal
        super().__init__(host, port)

    def open(self, host: str = "", port: int = 143, timeout: float | None = None) -> None:
        self.host, self.port = host, port
        self.sock = self.wire.opened

    def read(self, size: int) -> bytes:
        if size > self._longest_literal:
            raise self.abort(f"the server wants to send {size} bytes at once")
        return self.wire.read(size)

    def readline(self) -> bytes:
        return self.wire.read_line()

    def send(self, data: Any) -> None:
        self.wire.send(bytes(data))

    def shutdown(self) -> None:
        self.wire.close()

    def starttls(self, ssl_context: ssl.SSLContext | None = None) -> Any:
        assert ssl_context is not None
        kind, data = self._simple_command("STARTTLS")
        if kind == "OK":
            self.wire.start_tls(ssl_context, self.host)
            self.sock = self.wire.opened
            self._get_capabilities()  # what was said in the clear does not count
        return kind, data


class Client(IMAPClient):
    """imapclient on a Wire that is connected; IDLE is `wait_for_mail` instead of its own three methods."""

    def __init__(self, wire: Wire, host: str, port: int, *, longest_literal: int) -> None:
        self._wire = wire
        self._longest_literal = longest_literal
        self._idles = 0
        super().__init__(host, port, ssl=bool(wire.tls_version), timeout=wire.timeout_seconds)
        self._imap.debug = 0  # imapclient sets 5: every line of the dialogue would be formatted for a log

    def _create_IMAP4(self) -> _Imap4:  # noqa: N802 - imapclient's name
        return _Imap4(self._wire, self.host, self.port, self._longest_literal)

    def take_news(self) -> bool:
        """Has the server told of new mail in answers to other commands since this was last asked?

        It tells only once, and IDLE will not repeat it.
        """
        _, announced = self._imap.response("EXISTS")
        return bool(announced != [None])

    def wait_for_mail(self, seconds: float) -> bool:
        """IDLE (RFC 2177) until the server tells of new mail (True) or the time is over (False).

        The untagged answers read here are not kept: SELECT and SEARCH have to follow, whatever this says.
        """
        self._idles += 1
        tag = b"IDLE%d" % self._idles
        self._wire.send(tag + b" IDLE\r\n")
        news = False
        while not (answer := self._wire.read_line()).startswith(b"+"):
            news = self._is_news(answer, tag) or news
        end = self._now() + seconds
        while not news and self._wire.wait(end - self._now()):
            news = self._is_news(self._wire.read_line(), tag)
        self._wire.send(b"DONE\r\n")
        while not (answer := self._wire.read_line()).startswith(tag):
            news = self._is_news(answer, tag) or news
        return news

    def _is_news(self, answer: bytes, tag: bytes) -> bool:
        if answer.startswith(tag):
            raise IMAPClient.Error(f"IDLE failed: {answer!r}")
        if answer[:5].upper() == b"* BYE":
            raise IMAPClient.AbortError(f"the server ended the connection: {answer!r}")
        return _EXISTS.match(answer) is not None

    def _now(self) -> float:
        return self._wire.clock.monotonic()


def _poll(waiting: socket.socket, seconds: float) -> bool:
    poller = select.poll()
    poller.register(waiting.fileno(), select.POLLIN)
    return bool(poller.poll(max(seconds, 0) * 1000))
