"""What the daemon and a process that decides say to each other, over one socket.

    daemon:   Order (a frame), then single bytes: WAKE "there is something new", ASK "are you well?"; the end: stop
    process:  frames: READY, WELL, DECIDED, or the Outcome itself where the daemon asked for it; the end: it is gone

A frame is 8 octets of length and a pickled value. Both sides are this program, with the same rights.
"""

import pickle
import socket
import struct
from dataclasses import dataclass

from gateway.config import Config

WAKE = b"w"
ASK = b"a"
READY = "ready"
WELL = "well"
DECIDED = "decided"
_LENGTH = struct.Struct("!Q")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The first thing that a process hears."""

    config: Config
    takes_large: bool
    """Whether it decides large mails, too (see `pipeline.worker`): of all processes of a daemon one does."""
    tells_decisions: bool
    tells_outcomes: bool


def send(channel: socket.socket, value: object) -> None:
    """Send one frame; blocks until it is handed over."""
    data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    channel.sendall(_LENGTH.pack(len(data)) + data)


def receive(channel: socket.socket) -> object:
    """The next frame. EOFError where there is none any more, TimeoutError where none begins within its timeout."""
    head = channel.recv(_LENGTH.size)
    if not head:
        raise EOFError
    head += _exactly(channel, _LENGTH.size - len(head))
    value: object = pickle.loads(_exactly(channel, _LENGTH.unpack(head)[0]))  # noqa: S301  from ourselves
    return value


def _exactly(channel: socket.socket, size: int) -> bytes:
    data = bytearray(size)
    view = memoryview(data)
    while view:
        count = channel.recv_into(view)
        if not count:
            raise EOFError
        view = view[count:]
    return bytes(data)
