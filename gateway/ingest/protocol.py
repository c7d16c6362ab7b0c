"""One connection of SMTP or LMTP: lines in, replies out, time and errors counted in between.

aiosmtpd gives the connection, its session and its envelope; reading is done here, because aiosmtpd 1.4.6

  * accepts command lines that end in a bare LF (A-29),
  * answers a failure of ours with 500 and the text of the exception (A-31),
  * counts time only from command to command, and never errors, nor bytes (A-33),
  * ends what it is doing when the peer closes its sending side.

What must stay true: bytes wait in the kernel, not here, when they come faster than they are worked off; no wait is
without an end. The durations here are measured by the event loop's own timer.
"""

import asyncio
import logging
from typing import Any

from aiosmtpd.smtp import SMTP

from gateway import events
from gateway.ingest.limits import LOCAL, address_of, group_of
from gateway.ingest.service import Service

MAX_LINE = 2048
"""Octets of a command line; RFC 5321 §4.5.3.1.4 asks for 512 and what extensions add."""
READ_AHEAD = 256 * 1024
"""Bytes that may wait here before the peer has to."""
REPLIES_AT_ONCE = 4 * 1024
"""Bytes of replies that are held back while more commands are at hand (RFC 2920 §3.2); then others have their turn."""
LINGER_SECONDS = 5.0
"""For a peer that does not read our last reply."""
KEEP_SECONDS = 60.0
"""Longer than anything we make a peer wait for; a bug guard."""
HANDSHAKE_SECONDS = 30.0

# It writes every command, with addresses, at INFO.
logging.getLogger("mail.log").setLevel(logging.WARNING)


class Gone(Exception):
    """The peer is gone, or nothing more is to be said to it."""


class Connection(SMTP):
    """The transport side of a session; the commands are in `smtp` and `lmtp`."""

    protocol_name = "ESMTP"
    _commands: list[str]

    def __init_subclass__(cls) -> None:
        cls._commands = [name for name in dir(cls) if name.startswith("smtp_")]

    def __init__(self, service: Service, source: str) -> None:
        super().__init__(None, hostname=service.limits.hostname, enable_SMTPUTF8=True, loop=asyncio.get_running_loop())
        self.service = service
        self.source = source
        self.peer_ip: str | None = None
        """None over a unix socket."""
        self.tls = False
        self._input = bytearray()
        self._output = bytearray()
        self._ended = False
        # Not `_paused`: that name is asyncio's, and means writing.
        self._reading_paused = False
        self._waiter: asyncio.Future[None] | None = None
        self._woken = False
        self._deadline = 0.0
        self._errors = 0
        self._idle_commands = 0
        self._closing = ""

    def __dir__(self) -> list[str]:
        """The commands: all that aiosmtpd looks for, and it looks through everything for each new connection."""
        return self._commands

    # What the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin the session (asyncio)."""
        peer = transport.get_extra_info("peername")
        if isinstance(peer, tuple):
            self.peer_ip = address_of(peer[0])
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Bytes came (asyncio)."""
        self._input += data
        if len(self._input) > READ_AHEAD and not self._reading_paused:
            self._reading_paused = True
            self._live_transport().pause_reading()
        self._wake()

    def eof_received(self) -> bool:
        """The peer will send no more; what it sent is still answered (asyncio)."""
        self._ended = True
        self._wake()
        return not self.tls  # a TLS transport cannot be half open

    def _reset_timeout(self, duration: float | None = None) -> None:
        """End the connection unless this is called again within that time (seconds)."""
        seconds = duration or self.service.limits.command_timeout_seconds
        self._deadline = self.loop.time() + seconds
        # Moving a timer for each command would cost more than the command: it is set anew only to ring earlier.
        if self._timeout_handle is None or self._timeout_handle.when() > self._deadline:
            if self._timeout_handle is not None:
                self._timeout_handle.cancel()
            self._timeout_handle = self.loop.call_at(self._deadline, self._timeout_cb)

    def _timeout_cb(self) -> None:
        if self.loop.time() < self._deadline:
            self._timeout_handle = self.loop.call_at(self._deadline, self._timeout_cb)
            return
        self.note("silent for too long")
        self.end_now("421 4.4.2 Waited too long")

    # What others may ask of a connection

    def end_soon(self, reply: str) -> None:
        """Say this and close, once what runs now is answered: at once where the peer is idle."""
        self._closing = reply
        self._wake()

    def end_now(self, reply: str) -> None:
        """Say this and close, whatever runs; a commit that runs goes on without us."""
        self._say_last(reply)
        self.task.cancel()

    @property
    def task(self) -> "asyncio.Task[None]":
        """The task that talks to the peer."""
        assert self._handler_coroutine is not None
        return self._handler_coroutine

    # The dialogue

    async def push(self, status: str) -> None:  # type: ignore[override]
        """Answer a command; sent together with the answers of other commands that are at hand."""
        if status[0] in "45":
            self._errors += 1
        self._output += status.encode("utf-8") + b"\r\n"
        if len(self._output) > REPLIES_AT_ONCE:
            await self.flush()
            await asyncio.sleep(0)

    async def flush(self) -> None:
        """Send what was answered."""
        if self._output:
            self._writer.write(bytes(self._output))
            self._output.clear()
            await self._writer.drain()

    def note(self, why: str) -> None:
        """Tell the log why we end what the peer would have continued."""
        events.peer_refused(self.service.via.value, self.peer_ip or LOCAL, why)

    def forget_transaction(self) -> None:
        """No sender, no recipients (RFC 5321 §4.1.1.5)."""
        self.envelope = self._create_envelope()

    def forgive(self) -> None:
        """A mail was taken: errors and idle commands before it are forgotten."""
        self._errors = self._idle_commands = 0

    async def idle_command(self, status: str) -> None:
        """Answer a command that leads nowhere; a hundred of them without a mail count as errors (A-33)."""
        self._idle_commands += 1
        if self._idle_commands > self.service.limits.max_errors:
            self._errors += 1
        await self.push(status)

    async def _handle_client(self) -> None:
        peer = group_of(self.peer_ip) if self.peer_ip else LOCAL
        refusal = self.service.peers.enter(peer)
        if refusal:
            self.note(refusal)
            self._stop_timer()
            self._say_last("421 4.7.0 Not now, try again later")
            return
        self.service.connections.add(self)
        try:
            await self._converse()
        except (Gone, ConnectionError):
            pass
        finally:
            self.service.connections.discard(self)
            self.service.peers.leave(peer)
            self._stop_timer()
            self._hang_up()

    async def _converse(self) -> None:
        await self.push(f"220 {self.hostname} {self.protocol_name}")
        while True:
            line = await self._next_line()
            try:
                await self._command(line)
            except (Gone, ConnectionError):
                raise
            except Exception as error:  # unknown means temporary, and the peer learns nothing of it
                events.unexpected(self.service.via.value, error)
                await self.push("451 4.3.0 Try again later")
            if self._errors >= self.service.limits.max_errors:
                self.note("max_errors is reached")
                await self._bid_farewell("421 4.7.0 Too many errors")

    async def _command(self, line: bytes) -> None:
        if not line.endswith(b"\r\n") or b"\r" in line[:-2]:
            # Whoever sends this may be half of a smuggled mail.
            self.note("a CR or LF that stands alone in a command")
            await self._bid_farewell("500 5.5.2 Lines end with CR LF")
        if len(line) > MAX_LINE:
            await self.push("500 5.5.2 Line too long")
            return
        try:
            verb, _, argument = line[:-2].decode("utf-8").partition(" ")
        except UnicodeDecodeError:
            await self.push("500 5.5.2 Not UTF-8")
            return
        method = self._smtp_methods.get(verb.upper())
        if method is None:
            await self.push("500 5.5.1 No such command")
            return
        await method(argument.strip(" \t"))

    async def _next_line(self) -> bytes:
        """The next command line with its line end; of one that is too long only the beginning and the end."""
        self._reset_timeout(self.service.limits.command_timeout_seconds)
        seen = 0
        while True:
            if self._closing:
                await self._bid_farewell(self._closing)
            end = self._input.find(b"\n", seen)
            if end >= 0:
                line = bytes(self._input[: end + 1])
                self._consume(end + 1)
                return line
            if len(self._input) > MAX_LINE:
                del self._input[MAX_LINE:-1]  # the last byte may be the CR of its end
            seen = len(self._input)
            await self.wait_for_input()

    async def wait_for_input(self) -> None:
        """Send what was answered, then wait until something happened; raises Gone at the end of input."""
        self._woken = False
        await self.flush()
        if self._woken:  # while we waited for the peer to read
            return
        if self._ended:
            raise Gone
        if self._reading_paused and len(self._input) <= READ_AHEAD:
            self._resume()
        self._waiter = self.loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def take_input(self) -> bytes:
        """All bytes that are at hand."""
        taken = bytes(self._input)
        self._consume(len(taken))
        return taken

    def put_back(self, rest: bytes) -> None:
        """Bytes that were taken and belong to what comes next."""
        self._input[:0] = rest

    @property
    def has_input(self) -> bool:
        """Did the peer send more than was worked off?"""
        return bool(self._input)

    def _say_last(self, reply: str) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self._writer.write(bytes(self._output) + reply.encode("ascii") + b"\r\n")
            self._output.clear()
            self._hang_up()

    async def _bid_farewell(self, reply: str) -> None:
        await self.push(reply)
        await self.flush()
        raise Gone

    def _consume(self, count: int) -> None:
        del self._input[:count]
        if self._reading_paused and len(self._input) <= READ_AHEAD:
            self._resume()

    def _resume(self) -> None:
        self._reading_paused = False
        self._live_transport().resume_reading()

    def _wake(self) -> None:
        self._woken = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _stop_timer(self) -> None:
        if self._timeout_handle is not None:
            self._timeout_handle.cancel()

    def _live_transport(self) -> Any:
        if self.transport is None:
            raise Gone
        return self.transport

    def _hang_up(self) -> None:
        transport: Any = self.transport
        if transport is None:
            return
        transport.close()
        if transport.get_write_buffer_size():
            # It closes once all is sent, and a peer that does not read would keep it for ever.
            self.loop.call_later(LINGER_SECONDS, transport.abort)
