"""How much does one peer, or do all peers together, take right now?

What must stay true: memory is bounded by what happened within one span of time, however many addresses a peer has.
"""

from collections import Counter
from ipaddress import IPv6Address, ip_address

from gateway.clock import Clock

LOCAL = "local"
"""Stands for whoever talks to us over a unix socket."""


def address_of(host: str) -> str:
    """The canonical spelling of a peer's IP address: an IPv4 address that came over an IPv6 socket is IPv4."""
    address = ip_address(host.partition("%")[0])
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(address)


def group_of(address: str) -> str:
    """Who is counted as one peer: an IPv4 address, or the /64 that one IPv6 subscriber has to choose from."""
    if ":" not in address:
        return address
    return str(IPv6Address(int(IPv6Address(address)) >> 64 << 64))


class Window:
    """Counts what happens within a span of time, by key; everything is forgotten when the span ends."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self._began = clock.monotonic()
        self._counts: Counter[str] = Counter()

    def count(self, key: str) -> int:
        """How often in this span."""
        self._forget()
        return self._counts.get(key, 0)

    def total(self) -> int:
        """How often in this span, all keys together."""
        self._forget()
        return self._counts.total()

    def add(self, key: str) -> None:
        """Once more."""
        self._forget()
        self._counts[key] += 1

    def _forget(self) -> None:
        now = self._clock.monotonic()
        if now - self._began >= self._seconds:
            self._began = now
            self._counts.clear()


class Peers:
    """The connections of one listener and the mails that came over them."""

    def __init__(self, clock: Clock, *, connections: int, connections_per_peer: int, mails_per_minute: int) -> None:
        self._connections = connections
        self._connections_per_peer = connections_per_peer
        self._mails_per_minute = mails_per_minute
        self._open: Counter[str] = Counter()
        self._closed = False
        self._mails = Window(clock, 60)

    def enter(self, peer: str) -> str:
        """Count a new connection; why it is one too many, "" where it is welcome. Only a welcome one leaves again."""
        if self._closed:
            return "shutting down"
        if self._open.total() >= self._connections:
            return "max_connections is reached"
        if self._open[peer] >= self._connections_per_peer:
            return "max_connections_per_peer is reached"
        self._open[peer] += 1
        return ""

    def leave(self, peer: str) -> None:
        """A connection ended."""
        self._open[peer] -= 1
        if self._open[peer] <= 0:
            del self._open[peer]

    def close(self) -> None:
        """From now on nobody is welcome."""
        self._closed = True

    def take_mail(self, peer: str) -> bool:
        """Count one more mail of a peer; False where it has had its share of this minute."""
        if self._mails.count(peer) >= self._mails_per_minute:
            return False
        self._mails.add(peer)
        return True
