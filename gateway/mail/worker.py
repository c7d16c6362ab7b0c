"""The process that reads mail: frames in, frames out, within limits that the kernel keeps (threat A-36).

    python -m gateway.mail.worker MEMORY CPU        (bytes, seconds; started by `gateway.mail.reader`)

Its standard input is a socket. It says READY, then for each request (8 octets of length, the mail) it gives an answer
(a Message as `gateway.mail.answer` writes it). It ends when the other side is gone. A mail that takes too much kills
it; that is what it is for.
"""

import gc
import io
import resource
import select
import signal
import socket
import struct
import sys
import time

LENGTH = struct.Struct("!Q")
READY = b"ready\n"
BUFFER = 64 * 1024
LARGE = 1024 * 1024
GARBAGE = 20_000
"""Values that may be made before circles among them are looked for: those of some ordinary mails."""
IDLE_SECONDS = 0.5
"""Without a mail after the start, after which there is time to load what only some mails need."""
OUT_OF_MEMORY = 3
"""Exit status when a mail needs more memory than it may."""


def main(arguments: list[str]) -> int:
    """Read mails until the socket is closed."""
    memory, cpu = int(arguments[0]), int(arguments[1])
    # Ctrl-C is for the parent, which ends us in its own time. First of all: the imports take a while.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from gateway.mail import answer, bounce_prose, parse

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with socket.socket(fileno=0) as channel:
        channel.sendall(READY)
        if not select.select([channel], [], [], IDLE_SECONDS)[0]:
            bounce_prose.load()  # while nobody waits
        _settle(memory)
        # Not channel.makefile(): that is Python for each octet that comes and goes.
        requests = io.BufferedReader(io.FileIO(channel.fileno(), "rb", closefd=False), BUFFER)
        answers = io.BufferedWriter(io.FileIO(channel.fileno(), "wb", closefd=False), BUFFER)
        used = -1
        try:
            while (raw := receive(requests)) is not None:
                used = _arm(cpu, used)
                message, is_large = parse.parse(raw), len(raw) > LARGE
                del raw
                if is_large:
                    gc.collect()  # the parser leaves circles, which hold the mail until somebody looks for them
                answer.write(message, answers)
                answers.flush()
                del message
        except MemoryError:
            return OUT_OF_MEMORY
        except OSError:
            return 0  # the parent is gone
    return 0


def receive(requests: io.BufferedIOBase) -> bytes | None:
    """One mail, None at the end of the stream."""
    head = requests.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (size,) = LENGTH.unpack(head)
    raw = requests.read(size)
    return raw if len(raw) == size else None


def _settle(memory: int) -> None:
    """All is loaded: from here on a mail is to blame for what is needed, and what is there stays."""
    resource.setrlimit(resource.RLIMIT_AS, (_address_space() + memory, resource.RLIM_INFINITY))
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE, 10, 10)


def _arm(cpu: int, armed: int) -> int:
    """Allow `cpu` seconds of processor time from now on; SIGXCPU ends the process then. The seconds that are used.

    The kernel counts whole seconds: in the same one as the last time, which was `armed`, there is nothing to do.
    """
    used = int(time.process_time()) + 1
    if used != armed:
        resource.setrlimit(resource.RLIMIT_CPU, (used + cpu, resource.RLIM_INFINITY))
    return used


def _address_space() -> int:
    """Bytes that the program itself takes, which no mail is to blame for."""
    with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123
        return int(statm.read().split()[0]) * resource.getpagesize()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
