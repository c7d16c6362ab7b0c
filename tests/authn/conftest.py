"""A resolver for zone text, once asked over the network and once from a zone file."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.authn.resolver import Resolver
from gateway.clock import FixedClock
from gateway.config import Dns
from tests.peers.dns import ServeZone

Resolve = Callable[[str], Resolver]


@pytest.fixture
def zone_resolver(tmp_path: Path, clock: FixedClock) -> Resolve:
    """Makes a resolver that answers from a zone file."""

    def make(zone: str) -> Resolver:
        file = tmp_path / "zone"
        file.write_text(zone, encoding="utf-8")
        return Resolver(Dns(zone_file=file), clock)

    return make


@pytest.fixture(params=["server", "zone file"])
def resolve(request: pytest.FixtureRequest, clock: FixedClock) -> Resolve:
    """Makes a resolver of zone text: once with a real DNS server, once with a zone file."""
    if request.param == "zone file":
        from_file: Resolve = request.getfixturevalue("zone_resolver")
        return from_file
    serve: ServeZone = request.getfixturevalue("serve_zone")
    return lambda zone: Resolver(Dns(servers=(serve(zone).address,), timeout_seconds=20), clock)
