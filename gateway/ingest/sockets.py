"""Listening sockets for `"HOST:PORT"`, `"unix:/PATH"` and `"systemd:NAME"`; what goes wrong is said in one sentence.

What must stay true: a unix socket is taken away only where nobody listens any more; a socket of systemd's is used by
its name only (sd_listen_fds(3)), so that a changed unit file cannot turn LMTP into SMTP.
"""

import errno
import os
import socket
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway.errors import ConfigError

BACKLOG = 256
_FIRST_DESCRIPTOR = 3  # SD_LISTEN_FDS_START

_ADVICE = {
    errno.EADDRINUSE: "something else listens there already; stop it, or choose another port",
    errno.EACCES: "not allowed; a port below 1024 needs a socket of systemd's (systemd:NAME) or CAP_NET_BIND_SERVICE",
    errno.EADDRNOTAVAIL: "this machine does not have that address; choose one of its own, or 0.0.0.0 for all",
    errno.ENOENT: "its folder does not exist; make it, or choose another path",
    errno.EROFS: "its folder is read-only; choose another path",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """An open socket that listens."""

    socket: socket.socket
    name: str
    """As people see it: `127.0.0.1:25`, `unix:/run/lmtp`, `systemd:smtp`."""
    own_path: Path | None = None
    """The unix socket that we made and that we take away at the end."""


def open_sockets(
    where: str, *, key: str, mode: int = 0o660, environ: Mapping[str, str] = os.environ
) -> list[Listening]:
    """The sockets for one entry of `listen`; `key` names it in errors, `mode` is for unix sockets.

    Raises ConfigError.
    """
    try:
        if where.startswith("systemd:"):
            return _handed_over(where, key, environ)
        if where.startswith("unix:"):
            return [_unix(Path(where.removeprefix("unix:")), where, key, mode)]
        return _tcp(where)
    except OSError as error:
        advice = _ADVICE.get(error.errno or 0, f"{error.strerror or error}; choose another address")
        raise ConfigError(f"{key}: cannot listen at {where}: {advice}") from error


def close(listening: Listening) -> None:
    """Close a socket, and take away its path if we made it."""
    if listening.own_path:
        listening.own_path.unlink(missing_ok=True)
    listening.socket.close()


def _tcp(where: str) -> list[Listening]:
    host, _, port = where.rpartition(":")
    found = socket.getaddrinfo(
        host.strip("[]"), int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE | socket.AI_NUMERICSERV
    )
    opened: list[Listening] = []
    try:
        # A name may stand for several addresses ("localhost" for two): listen at each, once.
        for family, kind, protocol, _, address in dict.fromkeys(found):
            opened.append(_bind_tcp(socket.socket(family, kind, protocol), address))
    except OSError:
        for listening in opened:
            listening.socket.close()
        raise
    return opened


def _bind_tcp(made: socket.socket, address: tuple[object, ...]) -> Listening:
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if made.family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)  # so that 0.0.0.0 may be listened at as well
        made.bind(address)
        made.listen(BACKLOG)
    except OSError:
        made.close()
        raise
    host, port = made.getsockname()[:2]
    return Listening(socket=made, name=f"[{host}]:{port}" if ":" in host else f"{host}:{port}")


def _unix(path: Path, where: str, key: str, mode: int) -> Listening:
    _clear(path, where, key)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    # The mode at the moment it appears, not a moment later.
    before = os.umask(0o777 & ~mode)
    try:
        made.bind(str(path))
        made.listen(BACKLOG)
    except OSError:
        made.close()
        raise
    finally:
        os.umask(before)
    return Listening(socket=made, name=where, own_path=path)


def _clear(path: Path, where: str, key: str) -> None:
    """Take away what a process that was killed left behind."""
    try:
        found = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(found):
        raise ConfigError(f"{key}: cannot listen at {where}: there is a file that is no socket; move it away")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
        else:
            raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))


def _handed_over(where: str, key: str, environ: Mapping[str, str]) -> list[Listening]:
    name = where.removeprefix("systemd:")
    names = _names_handed_over(environ)
    if name not in names:
        known = ", ".join(sorted(set(names))) or "none"
        raise ConfigError(
            f"{key}: systemd handed over no socket named {name} (handed over: {known});"
            f" set FileDescriptorName={name} in the socket unit and start the service through it"
        )
    return [_adopt(_FIRST_DESCRIPTOR + place, where, key) for place, given in enumerate(names) if given == name]


def _names_handed_over(environ: Mapping[str, str]) -> list[str]:
    count = environ.get("LISTEN_FDS", "")
    # Meant for this very process, not for the one that started us with its own environment.
    if environ.get("LISTEN_PID") != str(os.getpid()) or not count.isdigit():
        return []
    names = environ.get("LISTEN_FDNAMES", "").split(":")
    return [names[place] if place < len(names) else "" for place in range(int(count))]


def _adopt(descriptor: int, where: str, key: str) -> Listening:
    os.set_inheritable(descriptor, False)  # the workers that we start have no business with it
    adopted = socket.socket(fileno=descriptor)
    listens = adopted.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    if adopted.type != socket.SOCK_STREAM or not listens:
        adopted.detach()
        raise ConfigError(f"{key}: {where} is not a listening stream socket; the unit needs ListenStream=, Accept=no")
    return Listening(socket=adopted, name=where)
