"""Whom does this site believe besides DNS? The section `[authentication]` as values that can be asked.

What must stay true: nothing is trusted that the configuration does not name.
"""

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.authn.domains import address_domain, ascii_domain
from gateway.config import Config

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What the operator says about his site; domains as `ascii_domain` spells them."""

    authserv_id: str = ""
    border: str = ""
    border_networks: tuple[Network, ...] = ()
    sealers: frozenset[str] = frozenset()
    forwarder_networks: tuple[Network, ...] = ()
    forwarder_domains: frozenset[str] = frozenset()
    shared_senders: frozenset[str] = frozenset()
    own_domains: frozenset[str] = frozenset()

    def is_forwarder(self, domain: str) -> bool:
        """Is it, or is it below, the domain of a listed forwarder?"""
        return _is_listed(domain, self.forwarder_domains)

    def is_shared(self, domain: str) -> bool:
        """Is it, or is it below, the domain of a sender that many customers share?"""
        return _is_listed(domain, self.shared_senders)


NO_TRUST = Trust()
"""Nobody is believed: what a test of something else needs."""


def trust_of(config: Config) -> Trust:
    """What a configuration says."""
    section = config.authentication
    forwarders = [(forwarder, network_of(forwarder)) for forwarder in section.trusted_forwarders]
    own = section.own_domains or [address_domain(address) for address in config.gateway.support_addresses]
    return Trust(
        authserv_id=section.authserv_id.lower().removesuffix("."),
        border=section.border.lower().removesuffix("."),
        border_networks=tuple(filter(None, map(network_of, section.border_networks))),
        sealers=_domains(section.trusted_sealers),
        forwarder_networks=tuple(network for _, network in forwarders if network),
        forwarder_domains=_domains(name for name, network in forwarders if network is None),
        shared_senders=_domains(section.shared_senders),
        own_domains=_domains(own),
    )


def network_of(text: str) -> Network | None:
    """The network that a text names (`192.0.2.0/24`, `2001:db8::1`), None where it names none."""
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def is_inside(address: str, networks: Sequence[Network]) -> bool:
    """Is an IP address in one of these networks? An IPv4 address written as IPv6 counts as IPv4."""
    if not networks:
        return False
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    plain = getattr(found, "ipv4_mapped", None) or found
    return any(plain in network for network in networks)


def _is_listed(domain: str, listed: frozenset[str]) -> bool:
    if not domain or not listed:
        return False
    labels = domain.split(".")
    return any(".".join(labels[start:]) in listed for start in range(len(labels)))


def _domains(names: Iterable[str]) -> frozenset[str]:
    return frozenset(filter(None, map(ascii_domain, names)))
