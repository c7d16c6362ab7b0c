"""What do the DNS servers say? Asks the system's, or those of the configuration, by UDP and, if need be, by TCP.

BUGS: the system's servers (/etc/resolv.conf) are read at start only.
"""

# The library has no types.
# mypy: allow-untyped-calls

import ipaddress
import socket
from collections.abc import Sequence

import dns.exception
import dns.message
import dns.name
import dns.nameserver
import dns.resolver

from gateway.authn.answers import NODATA, NXDOMAIN, Answer, AnswerState, Labels, RecordType, Reply, no_answer
from gateway.authn.rdata import READERS
from gateway.errors import ConfigError

PORT = 53
UDP_OCTETS = 1232
"""Largest answer taken by UDP (the size that crosses every network unfragmented); larger ones come by TCP.

BUGS: the system's servers (/etc/resolv.conf) are read at start only.
"""
FAILURE_TTL = 15
"""Seconds a failure is remembered (RFC 2308 §7 allows 300): a dead domain must not cost each mail the wait."""


class Servers:
    """DNS servers; usable from any thread."""

    is_remote = True

    def __init__(self, servers: Sequence[str]) -> None:
        """`servers` as in the configuration ("HOST" or "HOST:PORT"); none at all means the system's own."""
        try:
            self._resolver = dns.resolver.Resolver(configure=not servers)
        except dns.resolver.NoResolverConfiguration as error:
            raise ConfigError("the system has no DNS servers (/etc/resolv.conf); set [dns] servers") from error
        if servers:
            self._resolver.nameservers = [_nameserver(server) for server in servers]
        self._resolver.use_edns(0, 0, UDP_OCTETS)

    def ask(self, kind: RecordType, name: Labels, seconds: float) -> Reply:
        """Ask one question; a timeout, SERVFAIL and every other failure is TEMPERROR."""
        question = dns.name.Name((*name, b""))
        try:
            found = self._resolver.resolve(
                question, kind.value, lifetime=seconds, raise_on_no_answer=False, search=False
            )
        except dns.resolver.NXDOMAIN as error:
            return Reply(answer=NXDOMAIN, ttl=_negative_ttl(error.response(question)))
        except dns.exception.Timeout:
            return _failure(f"no DNS server answered within {seconds:.3g} s")
        except dns.resolver.NoNameservers:
            return _failure("the DNS servers failed (SERVFAIL) or refused to answer")
        except (dns.exception.DNSException, OSError, ValueError) as error:
            return _failure(f"the answer of the DNS server cannot be used ({type(error).__name__})")
        ttl = int(found.chaining_result.minimum_ttl)
        if found.rrset is None:
            return Reply(answer=NODATA, ttl=ttl)
        records = tuple(READERS[kind](rdata) for rdata in found.rrset)
        return Reply(answer=Answer(state=AnswerState.FOUND, records=records), ttl=ttl)


def _failure(why: str) -> Reply:
    return Reply(answer=no_answer(why), ttl=FAILURE_TTL)


def _negative_ttl(response: dns.message.QueryMessage) -> int:
    try:
        return int(response.resolve_chaining().minimum_ttl)
    except dns.exception.DNSException:
        return FAILURE_TTL


def _nameserver(server: str) -> dns.nameserver.Nameserver:
    host, port = _host_and_port(server)
    try:
        # Numeric or a name of /etc/hosts: nothing else can be looked up before there is a resolver.
        address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0][4][0]
    except OSError as error:
        raise ConfigError(
            f'[dns] servers: "{server}" is not an IP address nor a name that this machine knows'
        ) from error
    return dns.nameserver.Do53Nameserver(str(address), port)


def _host_and_port(server: str) -> tuple[str, int]:
    try:
        return str(ipaddress.ip_address(server)), PORT  # first, because the colons of IPv6 look like a port
    except ValueError:
        host, colon, port = server.rpartition(":")
    return (host.strip("[]"), int(port)) if colon and port.isdecimal() else (server.strip("[]"), PORT)
