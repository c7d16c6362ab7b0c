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

from gateway.spam.connecting import connect
from gateway.spam.known import NOTHING, Known, with_preface
from gateway.spam.server import MAX_REPLY, Deadline, Lesson, ServerError, Verdict

_LESSONS = {
    Lesson.HAM: "Message-class: ham\r\nSet: local\r\n",
    Lesson.SPAM: "Message-class: spam\r\nSet: local\r\n",
    Lesson.FORGET: "Remove: local\r\n",
}
_STATUS = re.compile(rb"SPAMD/[0-9.]{1,9} ([0-9]{1,3}) ([A-Za-z_]{1,40})")
_SPAM = re.compile(rb"(?:True|False|Yes|No) ; (-?[0-9]{1,9}(?:\.[0-9]{1,9})?) / -?[0-9]{1,9}(?:\.[0-9]{1,9})?")
_RULES = re.compile(rb"(?:[A-Za-z0-9_]{1,200}(?:,[A-Za-z0-9_]{1,200})*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpamdServer:
    """Where spamd listens, and whose preferences it is to use."""

    host: str
    port: int
    socket: Path | None = None
    """The unix socket, instead of host and port."""
    user: str = ""

    def __str__(self) -> str:
        return f"spamd at {self.socket}" if self.socket else f"spamd at {self.host}:{self.port}"

    def judge(self, mail: bytes, known: Known, deadline: Deadline) -> Verdict:
        """Have a mail judged, with what we know on top of it."""
        shown = mail if known is NOTHING else with_preface(mail, known)
        return _read_verdict(self, self._ask("SYMBOLS", shown, "", deadline))

    def learn(self, mail: bytes, lesson: Lesson, deadline: Deadline) -> None:
        """Teach its Bayes filter by TELL; it must run with --allow-tell."""
        fields = _LESSONS[lesson]
        _read_taught(self, self._ask("TELL", mail, fields, deadline))

    def ping(self, deadline: Deadline) -> None:
        """Ask whether somebody is there."""
        reply = _exchange(self, b"PING SPAMC/1.5\r\n\r\n", deadline, lambda reply: b"\n" in reply)
        status = _STATUS.match(reply)
        if status is None or status[2] != b"PONG":
            raise _foreign(self, "no PONG")

    def _ask(self, verb: str, mail: bytes, fields: str, deadline: Deadline) -> bytes:
        # spamd knows the field by exactly this spelling, and without it scores a truncated upload as if it were whole.
        head = f"{verb} SPAMC/1.5\r\nContent-length: {len(mail)}\r\n{fields}"
        if self.user:
            head += f"User: {self.user}\r\n"
        return _exchange(self, head.encode() + b"\r\n" + mail, deadline, _is_whole)


def _exchange(server: SpamdServer, request: bytes, deadline: Deadline, is_whole: Callable[[bytes], bool]) -> bytes:
    with closing(connect(server, deadline)) as connection:
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


def _is_whole(reply: bytes) -> bool:
    head, end, body = reply.partition(b"\r\n\r\n")
    length = _fields(head).get(b"content-length", b"")
    return bool(end) and (not length.isdigit() or len(length) > 9 or len(body) >= int(length))


def _read_verdict(server: SpamdServer, reply: bytes) -> Verdict:
    head, end, body = reply.partition(b"\r\n\r\n")
    status = _STATUS.match(head)
    if status is None:
        raise _foreign(server, "nothing" if not reply else "no SPAMD status line")
    if int(status[1]) != 0:
        raise ServerError(f"{server} answered {status[2].decode()} ({int(status[1])}): its log says why")
    fields = _fields(head)
    if not end or fields.get(b"content-length") != str(len(body)).encode():
        raise _foreign(server, "a part of an answer")
    spam = _SPAM.fullmatch(fields.get(b"spam", b""))
    rules = body.strip()
    if spam is None or not math.isfinite(float(spam[1])) or not _RULES.fullmatch(rules):
        raise _foreign(server, "no score")
    # spamd writes -0.0 as well; people read 0.
    return Verdict(score=float(spam[1]) + 0.0, rules=tuple(rules.decode("ascii").split(",")) if rules else ())


def _read_taught(server: SpamdServer, reply: bytes) -> None:
    """It says DidSet or DidRemove; nothing where it knew that already."""
    status = _STATUS.match(reply)
    if status is None:
        raise _foreign(server, "nothing" if not reply else "no SPAMD status line")
    if int(status[1]) == 69 or b"TELL commands are not enabled" in reply:
        raise ServerError(f"{server} does not learn: start it with --allow-tell")
    if int(status[1]) != 0:
        raise ServerError(f"{server} answered {status[2].decode()} ({int(status[1])}): its log says why")


def _fields(head: bytes) -> dict[bytes, bytes]:
    lines = (line.partition(b":") for line in head.split(b"\r\n")[1:])
    return {name.strip().lower(): value.strip() for name, _, value in lines}


def _foreign(server: SpamdServer, what: str) -> ServerError:
    return ServerError(f"{server} gave {what}: is it really spamd that listens there? Its log says what went wrong")
