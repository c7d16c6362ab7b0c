"""The engine rspamd, by HTTP: its scanner judges, its controller learns.

What must stay true: one deadline covers everything; an answer that is not what rspamd promises is an error, never a
verdict; nothing that an outsider typed reaches a field of the request before its form was checked.
"""

import http.client
import json
import math
import re
import socket
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.clock import Clock
from gateway.config import Spam
from gateway.errors import ConfigError
from gateway.spam.asked import AskedEngine
from gateway.spam.known import Known
from gateway.spam.server import MAX_REPLY, Deadline, Lesson, ServerError, Verdict

ENGINE = "rspamd"
CAPACITY = "raise [spam] connections and the count of rspamd's normal workers together, or [spam] timeout_seconds"
LEARNT_BEFORE = 208
TOO_LITTLE_TEXT = 204
_RULE = re.compile(r"[A-Za-z0-9_]{1,200}")
_FIELD = re.compile(r"[!-~]{1,254}")


class Rspamd(AskedEngine):
    """An rspamd; usable from any thread."""

    can_forget = False

    def __init__(self, config: Spam, clock: Clock) -> None:
        """ConfigError where the file with the controller's password cannot be read."""
        server = RspamdServer(
            host=config.host,
            port=config.port,
            socket=config.socket,
            controller_port=config.controller_port,
            password=_password(config.password_file),
            user=config.user,
        )
        super().__init__(ENGINE, server, config, clock, capacity=CAPACITY)


@dataclass(frozen=True, slots=True, kw_only=True)
class RspamdServer:
    """Where rspamd listens."""

    host: str
    port: int
    controller_port: int
    password: str
    socket: Path | None = None
    """The scanner's unix socket, instead of host and port."""
    user: str = ""

    def __str__(self) -> str:
        return f"rspamd at {self.socket}" if self.socket else f"rspamd at {self.host}:{self.port}"

    def judge(self, mail: bytes, known: Known, deadline: Deadline) -> Verdict:
        """Have a mail judged; the envelope goes with it, so that rspamd checks SPF, DKIM and DMARC itself."""
        return _verdict(self, self._ask(self.port, self.socket, "/checkv2", mail, self._fields(known), deadline))

    def learn(self, mail: bytes, lesson: Lesson, deadline: Deadline) -> None:
        """Teach its Bayes filter. It cannot forget: the other lesson takes the place of a wrong one."""
        if lesson is Lesson.FORGET:
            return
        path = "/learnspam" if lesson is Lesson.SPAM else "/learnham"
        self._ask(self.controller_port, None, path, mail, {"Password": self.password}, deadline)

    def ping(self, deadline: Deadline) -> None:
        """Ask whether somebody is there."""
        if self._ask(self.port, self.socket, "/ping", b"", {}, deadline).strip() != b"pong":
            raise _foreign(self, "no pong")

    def _fields(self, known: Known) -> dict[str, str]:
        fields = {
            "IP": known.peer_ip,
            "Helo": known.helo,
            "From": known.mail_from or "",
            "Rcpt": known.recipients[0] if known.recipients else "",
            # Whose preferences it is to use. `User` would say that he logged in: of his mail rspamd proves nothing.
            "Deliver-To": self.user,
        }
        return {name: value for name, value in fields.items() if _FIELD.fullmatch(value)}

    def _ask(
        self, port: int, path: Path | None, target: str, mail: bytes, fields: dict[str, str], deadline: Deadline
    ) -> bytes:
        with closing(_Connection(self.host, port, path, deadline)) as connection:
            try:
                connection.request("POST" if mail else "GET", target, mail or None, fields)
                answer = connection.getresponse()
                body = _body(self, connection, answer, deadline)
            except http.client.HTTPException as error:
                raise _foreign(self, "no HTTP answer") from error
        if answer.status in (LEARNT_BEFORE, TOO_LITTLE_TEXT):
            return b""  # to ask again would change nothing
        if answer.status in (401, 403):
            raise ServerError(f"{self} does not let us learn: put its controller's password into [spam] password_file")
        if answer.status != 200:
            raise ServerError(f"{self} answered {answer.status}: its log says why")
        return body


class _Connection(http.client.HTTPConnection):
    """Over TCP or a unix socket; every wait ends with the deadline."""

    def __init__(self, host: str, port: int, path: Path | None, deadline: Deadline) -> None:
        super().__init__(host, port, timeout=deadline.left())
        self._path = path

    def connect(self) -> None:
        if self._path is None:
            super().connect()
            return
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def _body(server: RspamdServer, connection: _Connection, answer: http.client.HTTPResponse, deadline: Deadline) -> bytes:
    body = b""
    while True:
        if connection.sock is not None:
            connection.sock.settimeout(deadline.left())
        deadline.left()
        piece = answer.read1(65536)
        if not piece:
            return body
        body += piece
        if len(body) > MAX_REPLY:
            raise _foreign(server, f"more than {MAX_REPLY} bytes")


def _verdict(server: RspamdServer, body: bytes) -> Verdict:
    try:
        answer = json.loads(body)
    except ValueError as error:
        raise _foreign(server, "no JSON") from error
    score = answer.get("score") if isinstance(answer, dict) else None
    if not isinstance(score, int | float) or isinstance(score, bool) or not math.isfinite(score):
        raise _foreign(server, "no score")
    return Verdict(score=round(float(score), 2) + 0.0, rules=_rules(answer.get("symbols")))


def _rules(symbols: Any) -> tuple[str, ...]:
    """The names of the rules that counted, the weightiest first; where none has a weight (GTUBE), all of them."""
    if not isinstance(symbols, dict):
        return ()
    weights = {
        name: found.get("score", 0)
        for name, found in symbols.items()
        if _RULE.fullmatch(name) and isinstance(found, dict) and isinstance(found.get("score", 0), int | float)
    }
    counted = [name for name, weight in weights.items() if weight] or list(weights)
    return tuple(sorted(counted, key=lambda name: (-abs(weights[name]), name)))


def _password(file: Path | None) -> str:
    if file is None:
        return ""
    try:
        password = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"[spam] password_file: {file} cannot be read") from error
    if not _FIELD.fullmatch(password):
        raise ConfigError(f"[spam] password_file: {file} holds no password of one line")
    return password


def _foreign(server: RspamdServer, what: str) -> ServerError:
    return ServerError(f"{server} gave {what}: is it really rspamd that listens there? Its log says what went wrong")
