"""DMARC: finding and reading the record of the author's domain (RFC 7489 §6.6.3)."""

import pytest

from gateway.authn.dmarc import DmarcRecord, RecordState, find_record
from gateway.authn.resolver import Resolver
from gateway.clock import FixedClock
from gateway.config import Dns
from tests.authn.conftest import Resolve
from tests.authn.signing import txt
from tests.peers.dns import ServeZone

ABSENT = DmarcRecord(state=RecordState.ABSENT)


def found(policy: str, *, strict_dkim: bool = False, strict_spf: bool = False) -> DmarcRecord:
    """What a good record says."""
    return DmarcRecord(state=RecordState.FOUND, policy=policy, strict_dkim=strict_dkim, strict_spf=strict_spf)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ("v=DMARC1; p=reject", found("reject")),
        ("v=DMARC1; p=quarantine;", found("quarantine")),
        ("v=DMARC1;p=none", found("none")),
        ("v = DMARC1 ; P = Reject ; ADKIM=S;aspf = s", found("reject", strict_dkim=True, strict_spf=True)),
        ("v=DMARC1; p=reject; sp=none; pct=0; rua=mailto:a@shop.test", found("reject")),
        ("v=DMARC1; p=reject; p=none", found("reject")),
        ("v=DMARC1; p=rejct; rua=mailto:a@shop.test", found("none")),
        ("v=DMARC1; rua=mailto:a@shop.test", found("none")),
        ("v=DMARC1; unknown; p=reject; x=y", found("reject")),
        ("v=DMARC2; p=reject", ABSENT),
        ("p=reject; v=DMARC1", ABSENT),
        ("v=dmarc1; p=reject", ABSENT),
        ("v=DMARC1X; p=reject", ABSENT),
        ("some other text", ABSENT),
    ],
)
def test_a_record_is_read(record: str, expected: DmarcRecord, resolve: Resolve) -> None:
    """Order and spelling as RFC 7489 §6.3 and §6.6.3 have it."""
    assert expected == find_record("shop.test", resolve(txt("_dmarc.shop.test", record)).for_mail())


@pytest.mark.parametrize("record", ["v=DMARC1", "v=DMARC1; p=", "v=DMARC1; p=rejct", "v=DMARC1; sp=reject"])
def test_a_record_without_a_policy_does_not_apply(record: str, zone_resolver: Resolve) -> None:
    """Nor does anything stand in for it."""
    broken = find_record("shop.test", zone_resolver(txt("_dmarc.shop.test", record)).for_mail())

    assert (broken.state, broken.policy) == (RecordState.BROKEN, "")
    assert broken.why == "the DMARC record of shop.test says no policy"


def test_two_records_are_as_bad_as_none(zone_resolver: Resolve) -> None:
    """§6.6.3 step 5; text that is no DMARC record does not count."""
    zone = txt("_dmarc.shop.test", "v=DMARC1; p=reject") + txt("_dmarc.shop.test", "other")

    assert found("reject") == find_record("shop.test", zone_resolver(zone).for_mail())
    zone += txt("_dmarc.shop.test", "v=DMARC1; p=none")
    assert RecordState.BROKEN is find_record("shop.test", zone_resolver(zone).for_mail()).state


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ("v=DMARC1; p=reject", "reject"),
        ("v=DMARC1; p=reject; sp=none", "none"),
        ("v=DMARC1; p=none; sp=reject", "reject"),
    ],
)
def test_a_subdomain_falls_back_to_its_organisation(record: str, expected: str, resolve: Resolve) -> None:
    """`sp` where there is one; the organisation's own mail goes by `p`."""
    resolver = resolve(txt("_dmarc.shop.test", record))

    assert expected == find_record("mail.eu.shop.test", resolver.for_mail()).policy


def test_a_subdomains_own_record_wins(zone_resolver: Resolve) -> None:
    """And its `sp` is not for itself."""
    zone = txt("_dmarc.shop.test", "v=DMARC1; p=reject") + txt("_dmarc.mail.shop.test", "v=DMARC1; p=none; sp=reject")

    assert found("none") == find_record("mail.shop.test", zone_resolver(zone).for_mail())


def test_the_public_suffix_is_not_asked(serve_zone: ServeZone, clock: FixedClock) -> None:
    """A registry does not speak for its customers; between domain and organisation nobody is asked either."""
    server = serve_zone(txt("_dmarc.co.uk", "v=DMARC1; p=reject") + txt("_dmarc.b.shop.co.uk", "v=DMARC1; p=reject"))

    record = find_record("a.b.shop.co.uk", Resolver(Dns(servers=(server.address,)), clock).for_mail())

    assert record == ABSENT
    assert server.questions == [("_dmarc.a.b.shop.co.uk", "TXT"), ("_dmarc.shop.co.uk", "TXT")]


def test_no_answer_from_dns_is_unknown_and_nothing_else_is_asked(serve_zone: ServeZone, clock: FixedClock) -> None:
    """The organisation's record must not stand in for one that may exist."""
    zone = txt("_dmarc.shop.test", "v=DMARC1; p=none")
    for server in (
        serve_zone(zone, servfail=["_dmarc.mail.shop.test"]),
        serve_zone(zone, silent=["_dmarc.mail.shop.test"]),
    ):
        resolver = Resolver(Dns(servers=(server.address,), timeout_seconds=0.3), clock)
        record = find_record("mail.shop.test", resolver.for_mail())

        assert (record.state, record.policy) == (RecordState.UNKNOWN, "")
        assert record.why.startswith("TXT _dmarc.mail.shop.test: ")
        assert {("_dmarc.mail.shop.test", "TXT")} == set(server.questions)
