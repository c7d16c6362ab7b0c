"""How an event becomes a line: journald fields, JSON, or text for a person.

What must stay true: no value can start a line or a field of its own or reach a terminal as a control sequence; a
journal that does not take entries never stops the gateway (the entry is dropped and counted, and the next one says how
many). The lines of libraries, from warnings up, come out in the same form as the event `library`.
"""

import json
import logging
import os
import socket
import sys
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TextIO

JOURNAL = "/run/systemd/journal/socket"
VALUE_LIMIT = 1000
"""Characters of one value at most."""
DATAGRAM_LIMIT = 64 * 1024
"""Bytes of one journal entry at most: well under any socket buffer."""
_MESSAGE_IDS = uuid.UUID("6f2b1c5e-93a7-5d0b-8f0e-5a1c7b2d9e44")
_PRIORITIES = ((logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6), (logging.DEBUG, 7))
_COLOURS = {"ERROR": "\x1b[31m", "WARNING": "\x1b[33m", "DEBUG": "\x1b[2m"}


def configure(form: str, level: str, stream: TextIO | None = None) -> None:
    """Send events to where the configuration says, in place of what was set before.

    `form` and `level` are `[log] format` and `level`; `stream` is standard error unless a test says otherwise.
    """
    where = stream or sys.stderr
    chosen = _automatic(where) if form == "auto" else form
    root = logging.getLogger()
    for old in root.handlers[:]:
        if isinstance(old, JournalHandler | LineHandler):
            root.removeHandler(old)
            old.close()
    root.addHandler(JournalHandler() if chosen == "journald" else LineHandler(where, _formatter(chosen, where)))
    logging.getLogger("ticket-gateway").setLevel(level.upper())


def message_id(event: str) -> str:
    """The 128 bits, as hexadecimal digits, that name a kind of event in the journal for ever."""
    return uuid.uuid5(_MESSAGE_IDS, event).hex


def _automatic(stream: TextIO) -> str:
    # $JOURNAL_STREAM names the device and inode of the stream that systemd made (systemd.exec(5)); a stderr that was
    # sent elsewhere since then is not it.
    try:
        status = os.fstat(stream.fileno())
        if os.environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}":
            return "journald"
    except (OSError, ValueError):
        return "json"
    return "text" if stream.isatty() else "json"


def clean(value: object) -> str:
    """A value as one line of printable characters; whatever else it holds is escaped, and it is cut at its limit."""
    text = str(value)
    if len(text) > VALUE_LIMIT:
        text = text[: VALUE_LIMIT - 1] + "…"
    return text if text.isprintable() else "".join(c if c.isprintable() else _escape(ord(c)) for c in text)


def _escape(code: int) -> str:
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"


def _event_of(record: logging.LogRecord) -> tuple[str, Mapping[str, object]]:
    fields: Mapping[str, object] | None = getattr(record, "fields", None)
    if fields is not None:
        return record.msg, fields
    return "library", {"logger": record.name, "text": record.getMessage()}


def _words(event: str, fields: Mapping[str, object]) -> str:
    return " ".join((event.replace("_", " "), *(f"{key}={_quoted(clean(value))}" for key, value in fields.items())))


def _quoted(value: str) -> str:
    if value and not set(value) & set(' "='):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


class LineHandler(logging.StreamHandler[TextIO]):
    """Writes lines to a stream."""

    def __init__(self, stream: TextIO, formatter: logging.Formatter) -> None:
        super().__init__(stream)
        self.setFormatter(formatter)


def _formatter(form: str, stream: TextIO) -> logging.Formatter:
    if form == "json":
        return _JsonFormatter()
    return _TextFormatter(colours=stream.isatty() and "NO_COLOR" not in os.environ)


class _JsonFormatter(logging.Formatter):
    """One JSON object a line: time (UTC), level, event, then the fields of the event."""

    def format(self, record: logging.LogRecord) -> str:
        event, fields = _event_of(record)
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": event,
        }
        for key, value in fields.items():
            line[key] = value if isinstance(value, int | float) else clean(value)
        return json.dumps(line)


class _TextFormatter(logging.Formatter):
    """One short line for a person: local time of day, the event in words, its fields."""

    def __init__(self, *, colours: bool) -> None:
        super().__init__()
        self._colours = _COLOURS if colours else {}

    def format(self, record: logging.LogRecord) -> str:
        colour = self._colours.get(record.levelname, "")
        line = f"{self.formatTime(record, '%H:%M:%S')} {record.levelname:<7} {_words(*_event_of(record))}"
        return f"{colour}{line}\x1b[0m" if colour else line


class JournalHandler(logging.Handler):
    """Writes journal entries by the native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL), without ever waiting."""

    def __init__(self, path: str = JOURNAL) -> None:
        super().__init__()
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
        self.dropped = 0
        """Entries the journal did not take since the last one that it took."""

    def emit(self, record: logging.LogRecord) -> None:
        """Send the entry, or drop and count it."""
        try:
            self._socket.sendto(datagram(record, self.dropped), self._path)
            self.dropped = 0
        except OSError:
            self.dropped += 1

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()
        super().close()


def datagram(record: logging.LogRecord, dropped: int = 0) -> bytes:
    """The record as a journal entry: a field a line, which is enough because `clean` leaves no line breaks."""
    event, fields = _event_of(record)
    priority = next((number for level, number in _PRIORITIES if record.levelno >= level), 7)
    lines = {
        "MESSAGE": _words(event, fields),
        "MESSAGE_ID": message_id(event),
        "PRIORITY": priority,
        "SYSLOG_IDENTIFIER": "ticket-gateway",
        "TICKET_GATEWAY_EVENT": event,
        **{f"TICKET_GATEWAY_{key.upper()}": clean(value) for key, value in fields.items()},
    }
    if dropped:
        lines["TICKET_GATEWAY_DROPPED"] = dropped
    entry = b""
    for key, value in lines.items():
        line = f"{key}={value}\n".encode()
        if len(entry) + len(line) <= DATAGRAM_LIMIT:
            entry += line
    return entry
