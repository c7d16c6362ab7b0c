"""The nursery's side: everything is loaded once, and each process that decides is forked from that.

    python -m gateway.deciding.tending      (or forked from `serve`; started by `gateway.deciding.nursery`)

Its standard input is the socket to the daemon, which sends packets:

    FORK, with a socket (SCM_RIGHTS)        answer: the process id of a new process that has it as its standard input
    a process id                            answer: its status as `os.waitstatus_to_exitcode` has it, or UNKNOWN
    the end                                 the nursery ends; its children notice the end of their own sockets

What must stay true: it has one thread, which alone makes a fork safe; no file of the daemon but standard error stays
open; a process that has ended keeps its id until the daemon has asked for its status.
"""

import gc
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from gateway import memory

FORK = b"fork"
UNKNOWN = b"unknown"
"""It still runs, or is none of ours."""
PACKET = 64
"""Bytes of a question or an answer at most."""


def main() -> int:
    """Tend until the daemon is gone. Does not return in a child."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the daemon, which stops us in its own time
    _close_all_else()
    _call_it("tg-nursery")
    memory.give_back()
    _load()
    with socket.socket(fileno=0) as channel, suppress(OSError):  # the daemon is gone
        while True:
            asked, sockets, _, _ = socket.recv_fds(channel, PACKET, 1)
            if not asked:
                break
            channel.send(_fork(channel, sockets[0]) if asked == FORK else _status(int(asked)))
    return 0


def _close_all_else() -> None:
    """But standard input, the channel, and standard error, the log."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))


def _load() -> None:
    """Everything that is the same for all, beginning with most of the program: the daemon opens its doors meanwhile.

    It is kept from the collection of garbage, which writes into what it looks at: a child would have its own copy then.
    """
    from gateway.authn.domains import organisational_domain
    from gateway.canned.library import shipped_library
    from gateway.deciding import process  # noqa: F401  for the children
    from gateway.render import DEFAULT_LANGUAGE
    from gateway.topics.keywords import shipped_index
    from gateway.topics.starting import starting_model

    organisational_domain("example.com")
    shipped_library().search_ahead("", DEFAULT_LANGUAGE)  # the others' texts are rendered with the first mail in them
    shipped_index()
    starting_model()
    gc.collect()
    gc.freeze()
    gc.enable()


def _fork(channel: socket.socket, theirs: int) -> bytes:
    try:
        pid = os.fork()
    except OSError as error:
        pid = -(error.errno or 1)
    if not pid:
        channel.detach()
        os.dup2(theirs, 0)
        os.close(theirs)
        _call_it("tg-decider")
        _exit_after(_decide)
    os.close(theirs)
    return b"%d" % pid


def _decide() -> int:
    from gateway.deciding import process

    return process.main()


def tend_and_exit() -> NoReturn:
    """`main`, in a process that was forked."""
    _exit_after(main)


def _exit_after(work: Callable[[], int]) -> NoReturn:
    status = 1
    try:
        status = work()
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(status)  # what is above us on the stack is for whom we were forked from to do


def _status(pid: int) -> bytes:
    try:
        ended, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:  # of an earlier nursery
        return UNKNOWN
    return b"%d" % os.waitstatus_to_exitcode(status) if ended else UNKNOWN


def _call_it(name: str) -> None:
    """In `top` and `ps -c`; it has the command line of who it was forked from."""
    with suppress(OSError):
        Path("/proc/self/comm").write_text(name)


if __name__ == "__main__":
    sys.exit(main())
