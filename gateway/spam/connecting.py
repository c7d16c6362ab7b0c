"""A connection to a server of ours, over TCP or by a unix socket, before a deadline."""

import socket
from pathlib import Path
from typing import Protocol

from gateway.spam.server import Deadline


class Place(Protocol):
    """Where a server listens."""

    @property
    def host(self) -> str:
        """Its name or address."""
        ...

    @property
    def port(self) -> int:
        """Its TCP port."""
        ...

    @property
    def socket(self) -> Path | None:
        """The unix socket, instead of host and port."""
        ...


def connect(place: Place, deadline: Deadline) -> socket.socket:
    """A connected socket, for the caller to close; of several addresses the first that answers. Raises OSError."""
    if place.socket:
        return _open(socket.AF_UNIX, str(place.socket), deadline)
    failure: OSError = OSError(f"{place.host} has no address")
    for family, _, _, _, address in socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM):
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
