"""Asks ClamAV's clamd whether there is a virus in a mail: INSTREAM, one mail a connection (clamd(8)).

What must stay true: one deadline covers everything, the turn and the connecting included; only clamd's own "OK" is
clean, and everything else that is no virus's name is UNSCANNED with a reason; a dead server costs few mails that wait.

BUGS: a mail larger than `[antivirus] max_scan_bytes` is not scanned at all: a part of a file proves nothing.
"""

import re
import socket
import threading
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from gateway.clock import Clock
from gateway.config import Antivirus
from gateway.spam.breaker import FAILURES, Breaker
from gateway.spam.connecting import connect
from gateway.spam.server import Deadline, ServerError
from gateway.spam.virus import NoScanner, Scanner, VirusReport, VirusState

ENGINE = "clamd"
CHUNK = 256 * 1024
MAX_REPLY = 4096
_FOUND = re.compile(r"stream: ([ -~]{1,300}) FOUND")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClamdServer:
    """Where clamd listens."""

    host: str
    port: int
    socket: Path | None = None
    """The unix socket, instead of host and port."""

    def __str__(self) -> str:
        return f"clamd at {self.socket}" if self.socket else f"clamd at {self.host}:{self.port}"


class Clamd:
    """A clamd server; usable from any thread."""

    def __init__(self, config: Antivirus, clock: Clock) -> None:
        self._server = ClamdServer(host=config.host, port=config.port, socket=config.socket)
        self._config = config
        self._clock = clock
        self._breaker = Breaker(clock)
        self._turns = threading.BoundedSemaphore(config.connections)

    def scan(self, raw: bytes) -> VirusReport:
        """Have a mail looked into."""
        if len(raw) > self._config.max_scan_bytes:
            return _unscanned(f"it has {len(raw):,} bytes, {self._server} takes {self._config.max_scan_bytes:,}")
        pause = self._breaker.seconds_closed_to_all()
        if pause > 0:
            return _unscanned(f"{self._server} failed {FAILURES} times in a row; it is asked again in {pause:.0f} s")
        deadline = Deadline(self._clock, self._config.timeout_seconds)
        if not self._turns.acquire(timeout=self._config.timeout_seconds):
            return _unscanned(f"too many mails wait for {self._server}: raise [antivirus] connections")
        try:
            return self._scan_in_turn(raw, deadline)
        finally:
            self._turns.release()

    def ping(self) -> str:
        """Ask for a sign of life, within the time of one scan."""
        try:
            reply = _ask(self._server, b"zPING\0", b"", Deadline(self._clock, self._config.timeout_seconds))
        except Exception as error:  # whatever it is, it is a problem to tell
            return self._problem(error)
        return "" if reply == "PONG" else str(_foreign(self._server, reply))

    def _scan_in_turn(self, raw: bytes, deadline: Deadline) -> VirusReport:
        # Asked again: the server may have failed for others while this mail waited for its turn.
        if not self._breaker.admit():
            return _unscanned(f"{self._server} failed {FAILURES} times in a row and is being tried again")
        try:
            report = _report(self._server, _ask(self._server, b"zINSTREAM\0", raw, deadline), len(raw))
        except Exception as error:  # no answer is a state
            self._breaker.failed()
            return _unscanned(self._problem(error))
        self._breaker.succeeded()
        return report

    def _problem(self, error: Exception) -> str:
        if isinstance(error, ServerError):
            return str(error)
        if isinstance(error, TimeoutError):
            return f"{self._server} gave no answer within {self._config.timeout_seconds:g} s: see its log"
        if isinstance(error, OSError):
            reason = error.strerror or type(error).__name__
            return f"{self._server} cannot be reached ({reason}): start it, or correct [antivirus] host, port or socket"
        return f"asking {self._server} failed ({type(error).__name__})"


def open_scanner(config: Antivirus, clock: Clock) -> Scanner:
    """The scanner that `[antivirus]` names; whether it answers is for `Scanner.ping` to tell."""
    return Clamd(config, clock) if config.engine == ENGINE else NoScanner()


def _ask(server: ClamdServer, command: bytes, mail: bytes, deadline: Deadline) -> str:
    with closing(connect(server, deadline)) as connection:
        # Past its StreamMaxLength clamd answers and hangs up while we still send: that answer counts.
        with suppress(BrokenPipeError, ConnectionResetError):
            _send(connection, command, deadline)
            if command == b"zINSTREAM\0":
                for start in range(0, len(mail), CHUNK):
                    chunk = mail[start : start + CHUNK]
                    _send(connection, len(chunk).to_bytes(4) + chunk, deadline)
                _send(connection, bytes(4), deadline)
        reply = b""
        while b"\0" not in reply:
            connection.settimeout(deadline.left())
            received = connection.recv(MAX_REPLY)
            if not received or len(reply) > MAX_REPLY:
                raise _foreign(server, reply.decode("ascii", "replace"))
            reply += received
        return reply.partition(b"\0")[0].decode("ascii", "replace").strip()


def _send(connection: socket.socket, data: bytes, deadline: Deadline) -> None:
    connection.settimeout(deadline.left())
    connection.sendall(data)


def _report(server: ClamdServer, reply: str, size: int) -> VirusReport:
    found = _FOUND.fullmatch(reply)
    if found:
        return VirusReport(engine=ENGINE, state=VirusState.FOUND, why=f"clamd found {found[1]} in it", name=found[1])
    if reply == "stream: OK":
        return VirusReport(engine=ENGINE, state=VirusState.CLEAN, why="clamd found nothing in it")
    if reply.startswith("INSTREAM size limit exceeded"):
        return _unscanned(f"{server} does not take {size:,} bytes: raise its StreamMaxLength")
    raise _foreign(server, reply)


def _unscanned(why: str) -> VirusReport:
    return VirusReport(engine=ENGINE, state=VirusState.UNSCANNED, why=why)


def _foreign(server: ClamdServer, reply: str) -> ServerError:
    said = "".join(character if character.isprintable() else "?" for character in reply[:100])
    return ServerError(f"{server} gave {f'the answer {said!r}' if said else 'nothing'}: its log says what went wrong")
