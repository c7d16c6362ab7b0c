"""A real DNS server on loopback, by UDP and TCP, that serves the zone a test gives it."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import pytest
from dnslib import QTYPE, RCODE, RR, DNSLabel, DNSRecord
from dnslib.server import DNSHandler, DNSLogger, TCPServer, UDPServer

UDP_OCTETS = 1232


@dataclass(slots=True, kw_only=True)
class RunningDns:
    """A running server: its address as `[dns] servers` takes it, and every question it was asked, in order."""

    address: str
    questions: list[tuple[str, str]] = field(default_factory=list)


class ServeZone(Protocol):
    """Starts a server for the length of the test."""

    def __call__(self, zone: str, *, servfail: Sequence[str] = (), silent: Sequence[str] = ()) -> RunningDns:
        """Serve a zone (RFC 1035 master file); questions for the other names fail, or are never answered."""
        ...


@pytest.fixture
def serve_zone() -> Iterator[ServeZone]:
    """A DNS server, started by calling it with zone text."""
    with ExitStack() as stack:

        def start(zone: str, *, servfail: Sequence[str] = (), silent: Sequence[str] = ()) -> RunningDns:
            return stack.enter_context(running_dns(zone, servfail=servfail, silent=silent))

        yield start


@contextmanager
def running_dns(zone: str, *, servfail: Sequence[str] = (), silent: Sequence[str] = ()) -> Iterator[RunningDns]:
    """Run a server until the block ends."""
    with ExitStack() as stack:
        udp, tcp = _bind()
        stack.callback(udp.server_close)
        stack.callback(tcp.server_close)
        running = RunningDns(address=f"127.0.0.1:{udp.server_address[1]}")
        resolver = _Zone(zone, running.questions, servfail, silent)
        for server in (udp, tcp):
            server.resolver = resolver
            server.logger = DNSLogger("-request,-reply,-truncated,-error")
            stack.enter_context(_serving(server))
        yield running


class _Handler(DNSHandler):  # type: ignore[misc]  # untyped base
    def handle(self) -> None:
        try:
            super().handle()
        except _Silence:
            return
        except OSError:
            return  # the client has gone


class _Silence(Exception):
    """A question that is never answered."""


class _Zone:
    def __init__(
        self, zone: str, questions: list[tuple[str, str]], servfail: Sequence[str], silent: Sequence[str]
    ) -> None:
        self._records = list(RR.fromZone(zone))
        self._questions = questions
        self._servfail = {DNSLabel(name) for name in servfail}
        self._silent = {DNSLabel(name) for name in silent}

    def resolve(self, request: DNSRecord, handler: DNSHandler) -> DNSRecord:
        name, kind = request.q.qname, QTYPE[request.q.qtype]
        self._questions.append((str(name).rstrip(".").lower(), kind))
        if name in self._silent:
            raise _Silence
        reply = request.reply()
        if name in self._servfail:
            reply.header.rcode = RCODE.SERVFAIL
        else:
            self._answer(name, kind, reply)
        if handler.protocol == "udp" and len(reply.pack()) > UDP_OCTETS:
            reply.header.tc = 1  # the client asks again by TCP (RFC 7766 §5)
            reply.rr, reply.auth = [], []
        return reply

    def _answer(self, name: DNSLabel, kind: str, reply: DNSRecord) -> None:
        last = self._follow(name, kind, reply)
        if not any(record.rname.matchSuffix(last) for record in self._records):
            reply.header.rcode = RCODE.NXDOMAIN
        if not any(QTYPE[record.rtype] == kind for record in reply.rr):
            self._add_authority(last, reply)

    def _follow(self, name: DNSLabel, kind: str, reply: DNSRecord) -> DNSLabel:
        for _ in range(10):
            here = [record for record in self._records if record.rname == name]
            reply.add_answer(*(record for record in here if QTYPE[record.rtype] in (kind, "CNAME")))
            aliases = [record.rdata.label for record in here if QTYPE[record.rtype] == "CNAME"]
            if not aliases or kind == "CNAME":
                return name
            name = aliases[0]
        return name

    def _add_authority(self, name: DNSLabel, reply: DNSRecord) -> None:
        # The TTL of a negative answer stands in the zone's SOA (RFC 2308 §3).
        for record in self._records:
            if QTYPE[record.rtype] == "SOA" and name.matchSuffix(record.rname):
                reply.add_auth(record)
                return


def _bind() -> tuple[UDPServer, TCPServer]:
    for _ in range(50):
        udp = UDPServer(("127.0.0.1", 0), _Handler)
        try:
            return udp, TCPServer(udp.server_address, _Handler)
        except OSError:
            udp.server_close()  # that port is taken for TCP
    raise AssertionError("no port of loopback is free for both UDP and TCP")


@contextmanager
def _serving(server: UDPServer | TCPServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
