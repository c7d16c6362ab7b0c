"""The process that reads mail: frames in, frames out, within limits that the kernel keeps (threat A-36).

    python -m gateway.mail.worker MEMORY CPU        (bytes, seconds; started by `gateway.mail.reader`)

Its standard input is a socket. It says READY, then for each request (8 octets of length, the mail) it gives an answer
(8 octets of length, a pickled Message). It ends when the other side is gone. A mail that takes too much kills it;
that is what it is for.
"""

import gc
import pickle
import resource
import signal
import socket
import struct
import sys

LENGTH = struct.Struct("!Q")
READY = b"ready\n"
OUT_OF_MEMORY = 3
"""Exit status when a mail needs more memory than it may."""


def main(arguments: list[str]) -> int:
    """Read mails until the socket is closed."""
    memory, cpu = int(arguments[0]), int(arguments[1])
    # Ctrl-C is for the parent, which ends us in its own time. First of all: the imports take a while.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from gateway.mail import parse

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (_address_space() + memory, resource.RLIM_INFINITY))
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=0) as channel:
        channel.sendall(READY)
        try:
            while (raw := receive(channel)) is not None:
                _arm(cpu)
                answer = pickle.dumps(parse.parse(bytes(raw)), pickle.HIGHEST_PROTOCOL)
                channel.sendall(LENGTH.pack(len(answer)))
                channel.sendall(answer)
        except MemoryError:
            return OUT_OF_MEMORY
        except OSError:
            return 0  # the parent is gone
    return 0


def receive(channel: socket.socket) -> bytearray | None:
    """One frame, None at the end of the stream."""
    head = _exactly(channel, LENGTH.size)
    return _exactly(channel, LENGTH.unpack(head)[0]) if head else None


def _exactly(channel: socket.socket, size: int) -> bytearray | None:
    data = bytearray(size)
    view = memoryview(data)
    while view:
        count = channel.recv_into(view)
        if not count:
            return None
        view = view[count:]
    return data


def _arm(cpu: int) -> None:
    """Allow `cpu` seconds of processor time from now on; SIGXCPU ends the process then."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = int(usage.ru_utime + usage.ru_stime) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (used + cpu, resource.RLIM_INFINITY))


def _address_space() -> int:
    """Bytes that the program itself takes, which no mail is to blame for."""
    with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123
        return int(statm.read().split()[0]) * resource.getpagesize()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
