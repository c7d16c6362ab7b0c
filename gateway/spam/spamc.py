"""The SPAMC protocol, version 1.5, from the asking side: one question a connection, to spamd over TCP or a unix socket.

What must stay true: one deadline covers everything, connecting included; an answer that is not exactly what the
protocol promises is an error, never a verdict; an answer is read up to `MAX_REPLY` and no further.
"""

import math
import re
import socket
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from gateway.clock import Clock

MAX_REPLY = 256 * 1024
"""Bytes of an answer. A list of rules has some hundred."""

_STATUS = re.compile(rb"SPAMD/[0-9.]{1,9} ([0-9]{1,3}) ([A-Za-z_]{1,40})")
_SPAM = re.compile(rb"(?:True|False|Yes|No) ; (-?[0-9]{1,9}(?:\.[0-9]{1,9})?) / -?[0-9]{1,9}(?:\.[0-9]{1,9})?")
_RULES = re.compile(rb"(?:[A-Za-z0-9_]{1,200}(?:,[A-Za-z0-9_]{1,200})*)?")


class SpamcError(Exception):
    """No usable answer; the text says what happened and what to do about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where spamd listens."""

    host: str
    port: int
    socket: Path | None = None
    """The unix socket, instead of host and port."""

    def __str__(self) -> str:
        return f"spamd at {self.socket}" if self.socket else f"spamd at {self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What spamd says of a mail."""

    score: float
    rules: tuple[str, ...]


class Deadline:
    """The one moment at which waiting ends."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._until = clock.monotonic() + seconds

    def seconds(self) -> float:
        """Seconds until then; negative afterwards."""
        return self._until - self._clock.monotonic()

    def left(self) -> float:
        """Seconds until then; TimeoutError where there are none."""
        seconds = self.seconds()
        if seconds <= 0:
            raise TimeoutError
        return seconds


def symbols(server: Server, mail: bytes, user: str, deadline: Deadline) -> Verdict:
    """Have a mail judged; SpamcError, OSError (TimeoutError among them) where there is no usable answer."""
    # spamd knows the field by exactly this spelling, and without it scores a truncated upload as if it were whole.
    head = f"SYMBOLS SPAMC/1.5\r\nContent-length: {len(mail)}\r\n"
    if user:
        head += f"User: {user}\r\n"
    reply = _exchange(server, head.encode() + b"\r\n" + mail, deadline, _is_whole)
    return _read_verdict(server, reply)


def ping(server: Server, deadline: Deadline) -> None:
    """Ask whether somebody is there; errors as for `symbols`."""
    reply = _exchange(server, b"PING SPAMC/1.5\r\n\r\n", deadline, lambda reply: b"\n" in reply)
    status = _STATUS.match(reply)
    if status is None or status[2] != b"PONG":
        raise _foreign(server, "no PONG")


def _exchange(server: Server, request: bytes, deadline: Deadline, is_whole: Callable[[bytes], bool]) -> bytes:
    with closing(_connect(server, deadline)) as connection:
        connection.settimeout(deadline.left())
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        reply = b""
        while not is_whole(reply):
            connection.settimeout(deadline.left())
            received = connection.recv(65536)
            if not received:
                break
            reply += received
            if len(reply) > MAX_REPLY:
                raise _foreign(server, f"more than {MAX_REPLY} bytes")
        return reply


def _connect(server: Server, deadline: Deadline) -> socket.socket:
    if server.socket:
        return _open(socket.AF_UNIX, str(server.socket), deadline)
    failure: OSError = OSError(f"{server.host} has no address")
    for family, _, _, _, address in socket.getaddrinfo(server.host, server.port, type=socket.SOCK_STREAM):
        try:
            return _open(family, address, deadline)
        except TimeoutError:
            raise
        except OSError as error:
            failure = error
    raise failure


def _open(family: int, address: object, deadline: Deadline) -> socket.socket:
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.settimeout(deadline.left())
        connection.connect(address)  # type: ignore[arg-type]  # as getaddrinfo gave it
    except BaseException:
        connection.close()
        raise
    return connection


def _is_whole(reply: bytes) -> bool:
    head, end, body = reply.partition(b"\r\n\r\n")
    length = _fields(head).get(b"content-length", b"")
    return bool(end) and (not length.isdigit() or len(length) > 9 or len(body) >= int(length))


def _read_verdict(server: Server, reply: bytes) -> Verdict:
    head, end, body = reply.partition(b"\r\n\r\n")
    status = _STATUS.match(head)
    if status is None:
        raise _foreign(server, "nothing" if not reply else "no SPAMD status line")
    if int(status[1]) != 0:
        raise SpamcError(f"{server} answered {status[2].decode()} ({int(status[1])}): its log says why")
    fields = _fields(head)
    if not end or fields.get(b"content-length") != str(len(body)).encode():
        raise _foreign(server, "a part of an answer")
    spam = _SPAM.fullmatch(fields.get(b"spam", b""))
    rules = body.strip()
    if spam is None or not math.isfinite(float(spam[1])) or not _RULES.fullmatch(rules):
        raise _foreign(server, "no score")
    # spamd writes -0.0 as well; people read 0.
    return Verdict(score=float(spam[1]) + 0.0, rules=tuple(rules.decode("ascii").split(",")) if rules else ())


def _fields(head: bytes) -> dict[bytes, bytes]:
    lines = (line.partition(b":") for line in head.split(b"\r\n")[1:])
    return {name.strip().lower(): value.strip() for name, _, value in lines}


def _foreign(server: Server, what: str) -> SpamcError:
    return SpamcError(f"{server} gave {what}: is it really spamd that listens there? Its log says what went wrong")
