"""DMARC: the record of the author's domain, and which domains belong together (RFC 7489, RFC 9989)."""

import time

import pytest

from gateway.authn.dmarc import Alignment, DmarcRecord, RecordState, alignment, find_record, walked_names
from gateway.authn.resolver import Resolver
from gateway.clock import FixedClock
from gateway.config import Dns
from tests.authn.conftest import Resolve
from tests.authn.signing import txt
from tests.cost import LATE_SECONDS
from tests.peers.dns import ServeZone

ABSENT = DmarcRecord(state=RecordState.ABSENT)


def found(policy: str, *, strict_dkim: bool = False, strict_spf: bool = False) -> DmarcRecord:
    """What a good record says."""
    return DmarcRecord(state=RecordState.FOUND, policy=policy, strict_dkim=strict_dkim, strict_spf=strict_spf)


def dmarc(domain: str, tags: str) -> str:
    """The zone line of a record."""
    return txt(f"_dmarc.{domain}", f"v=DMARC1; {tags}")


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


class TestWalk:
    """The tree walk of RFC 9989 §4.10."""

    @pytest.mark.parametrize(
        ("domain", "names"),
        [
            ("shop.test", ["shop.test", "test"]),
            ("a.b.shop.test", ["a.b.shop.test", "b.shop.test", "shop.test", "test"]),
            ("1.2.3.4.5.6.test", [f"{'.'.join('123456'[start:])}.test" for start in range(6)] + ["test"]),
            (
                "a.b.c.d.e.f.g.h.i.j.mail.shop.test",
                [
                    "a.b.c.d.e.f.g.h.i.j.mail.shop.test",
                    "g.h.i.j.mail.shop.test",
                    "h.i.j.mail.shop.test",
                    "i.j.mail.shop.test",
                    "j.mail.shop.test",
                    "mail.shop.test",
                    "shop.test",
                    "test",
                ],
            ),
        ],
    )
    def test_it_goes_up_label_by_label_with_at_most_eight_look_ups(self, domain: str, names: list[str]) -> None:
        """A long name jumps to its last seven labels."""
        assert names == walked_names(domain)
        assert len(walked_names(domain)) <= 8

    def test_eight_labels_jump_to_seven_and_nine_as_well(self) -> None:
        """Either costs eight look-ups."""
        assert len(walked_names("1.2.3.4.5.6.7.test")) == len(walked_names("0.1.2.3.4.5.6.7.test")) == 8
        assert walked_names("0.1.2.3.4.5.6.7.test")[1] == "2.3.4.5.6.7.test"

    def test_a_domain_with_a_record_of_its_own_is_not_walked(self, serve_zone: ServeZone, clock: FixedClock) -> None:
        """One look-up for most mail."""
        server = serve_zone(dmarc("shop.test", "p=reject"))

        find_record("shop.test", Resolver(Dns(servers=(server.address,)), clock).for_mail())

        assert server.questions == [("_dmarc.shop.test", "TXT")]

    def test_a_domain_without_one_asks_all_above_it_at_once(self, serve_zone: ServeZone, clock: FixedClock) -> None:
        """Not one after the other: three names that are silent for four seconds take four seconds, not twelve."""
        silent = ["_dmarc.b.shop.test", "_dmarc.shop.test", "_dmarc.test"]
        server = serve_zone("x.test. 60 IN A 192.0.2.1\n", silent=silent)
        resolver = Resolver(Dns(servers=(server.address,), timeout_seconds=4), clock).for_mail()
        began = time.monotonic()

        assert RecordState.UNKNOWN is find_record("a.b.shop.test", resolver).state
        assert time.monotonic() - began < LATE_SECONDS

    @pytest.mark.parametrize(
        ("zone", "policy"),
        [
            ({"shop.test": "p=reject"}, "reject"),
            ({"b.shop.test": "p=none", "shop.test": "p=reject"}, "reject"),
            ({"b.shop.test": "p=quarantine; psd=n", "shop.test": "p=reject"}, "quarantine"),
            ({"b.shop.test": "p=none; psd=y", "shop.test": "p=reject"}, "none"),
            ({"shop.test": "p=none", "test": "p=reject; psd=y"}, "none"),
            ({"shop.test": "p=none", "test": "p=reject"}, "none"),
            ({"test": "p=quarantine; sp=reject; psd=y"}, "reject"),
            ({"test": "p=reject"}, "reject"),
            ({"b.shop.test": "p=none", "test": "p=reject; psd=y"}, "reject"),
            ({"shop.test": "p=reject; psd=u"}, "reject"),
        ],
    )
    def test_whose_record_speaks_for_a_domain_without_one(
        self, zone: dict[str, str], policy: str, resolve: Resolve
    ) -> None:
        """The organisation's: at psd=n, below psd=y, else the one nearest to the root; else the public suffix's.

        A record of a public suffix that does not say what it is counts as psd=y.
        """
        resolver = resolve("".join(dmarc(domain, tags) for domain, tags in zone.items()))

        assert policy == find_record("a.b.shop.test", resolver.for_mail()).policy

    def test_np_is_for_domains_that_do_not_exist(self, resolve: Resolve) -> None:
        """No address and no mail server (RFC 9989 §4.7); an existing one goes by sp, else p."""
        zone = dmarc("shop.test", "p=none; sp=quarantine; np=reject")
        zone += "there.shop.test. 60 IN A 192.0.2.1\nmx.shop.test. 60 IN MX 10 there.shop.test.\n"
        zone += txt("text.shop.test", "no address")
        resolver = resolve(zone)

        found = [find_record(f"{name}.shop.test", resolver.for_mail()).policy for name in ("there", "mx", "text", "no")]

        assert found == ["quarantine", "quarantine", "reject", "reject"]

    def test_np_without_sp_leaves_p_for_those_that_exist(self, zone_resolver: Resolve) -> None:
        """And np alone is never for the domain itself."""
        resolver = zone_resolver(dmarc("shop.test", "p=none; np=reject") + "a.shop.test. 60 IN A 192.0.2.1\n")

        assert found("none") == find_record("a.shop.test", resolver.for_mail())
        assert found("reject") == find_record("b.shop.test", resolver.for_mail())
        assert found("none") == find_record("shop.test", resolver.for_mail())

    def test_whether_it_exists_is_asked_only_where_that_matters(self, serve_zone: ServeZone, clock: FixedClock) -> None:
        """Where np says the same as sp, nobody needs to know."""
        server = serve_zone(dmarc("shop.test", "p=none; sp=reject; np=reject"))

        find_record("a.shop.test", Resolver(Dns(servers=(server.address,)), clock).for_mail())

        assert {kind for _, kind in server.questions} == {"TXT"}

    def test_no_answer_about_its_existence_is_unknown(self, serve_zone: ServeZone, clock: FixedClock) -> None:
        """Either policy may be meant."""
        server = serve_zone(dmarc("shop.test", "p=none; np=reject"), servfail=["a.shop.test"])

        record = find_record("a.shop.test", Resolver(Dns(servers=(server.address,)), clock).for_mail())

        assert RecordState.UNKNOWN is record.state

    @pytest.mark.parametrize(
        ("tags", "policy"),
        [
            ("p=reject; t=y", "quarantine"),
            ("p=quarantine; t=y", "none"),
            ("p=none; t=y", "none"),
            ("p=reject; t=n", "reject"),
        ],
    )
    def test_a_policy_under_test_counts_one_step_milder(self, tags: str, policy: str, resolve: Resolve) -> None:
        """RFC 9989 §4.7 t: what `pct` was for."""
        assert policy == find_record("shop.test", resolve(dmarc("shop.test", tags)).for_mail()).policy

    def test_pct_means_nothing_any_more(self, zone_resolver: Resolve) -> None:
        """RFC 9989 dropped it."""
        resolver = zone_resolver(dmarc("shop.test", "p=reject; pct=0"))

        assert found("reject") == find_record("shop.test", resolver.for_mail())

    @pytest.mark.parametrize("tags", ["sp=reject", "p=reject; sp=rejct", "p=reject; np=x", "p=rejct"])
    def test_one_mistyped_policy_spoils_the_record(self, tags: str, zone_resolver: Resolve) -> None:
        """Unless it asks for reports: then it means "none" (RFC 9989 §4.10.1)."""
        resolver = zone_resolver(dmarc("shop.test", tags))
        with_reports = zone_resolver(dmarc("shop.test", f"{tags}; rua=mailto:dmarc@shop.test"))

        assert RecordState.BROKEN is find_record("shop.test", resolver.for_mail()).state
        assert found("none") == find_record("shop.test", with_reports.for_mail())

    def test_several_records_are_passed_over_on_the_way_up(self, zone_resolver: Resolve) -> None:
        """They are discarded, and the walk goes on (RFC 9989 §4.10)."""
        several = dmarc("mail.shop.test", "p=none") + dmarc("mail.shop.test", "p=quarantine")

        record = find_record("mail.shop.test", zone_resolver(several + dmarc("shop.test", "p=reject")).for_mail())

        assert found("reject") == record

    @pytest.mark.parametrize("failing", ["_dmarc.shop.test", "_dmarc.test"])
    def test_no_answer_on_the_way_up_is_unknown(self, failing: str, serve_zone: ServeZone, clock: FixedClock) -> None:
        """A record may be there."""
        server = serve_zone("x.test. 60 IN A 192.0.2.1\n", servfail=[failing])

        record = find_record("mail.shop.test", Resolver(Dns(servers=(server.address,)), clock).for_mail())

        assert (record.state, record.policy) == (RecordState.UNKNOWN, "")

    def test_above_where_the_organisation_says_so_nobody_needs_to_answer(
        self, serve_zone: ServeZone, clock: FixedClock
    ) -> None:
        """psd=n ends the walk."""
        server = serve_zone(dmarc("shop.test", "p=reject; psd=n"), servfail=["_dmarc.test"])

        record = find_record("mail.shop.test", Resolver(Dns(servers=(server.address,)), clock).for_mail())

        assert found("reject") == record


class TestAlignment:
    """Which domains vouch for each other: never more than the list of public suffixes and the walk both say."""

    @pytest.mark.parametrize(
        ("domain", "author", "zone", "expected"),
        [
            ("shop.test", "shop.test", {}, Alignment.ALIGNED),
            ("mail.shop.test", "shop.test", {"shop.test": "p=none"}, Alignment.ALIGNED),
            ("shop.test", "mail.shop.test", {"shop.test": "p=none"}, Alignment.ALIGNED),
            ("a.shop.test", "b.shop.test", {"shop.test": "p=none"}, Alignment.ALIGNED),
            ("shop.test", "shop.example", {"shop.test": "p=none"}, Alignment.APART),
            ("evilshop.test", "shop.test", {"shop.test": "p=none"}, Alignment.APART),
            # Only the walk knows that these are of different people:
            ("a.shop.test", "b.shop.test", {"shop.test": "p=none; psd=y"}, Alignment.APART),
            ("mail.a.shop.test", "a.shop.test", {"shop.test": "p=none; psd=y"}, Alignment.ALIGNED),
            ("shop.test", "a.shop.test", {"shop.test": "p=none", "a.shop.test": "p=none; psd=n"}, Alignment.APART),
            ("x.a.shop.test", "a.shop.test", {"a.shop.test": "p=none; psd=n"}, Alignment.ALIGNED),
            # Only the list does:
            ("a.co.uk", "b.co.uk", {"co.uk": "p=none"}, Alignment.APART),
            ("a.co.uk", "b.co.uk", {"co.uk": "p=none; psd=n"}, Alignment.APART),
            ("one.blogspot.com", "two.blogspot.com", {"blogspot.com": "p=none"}, Alignment.APART),
            # A record of the suffix that does not say what it is does not make all below it one:
            ("a.shop.co.uk", "b.shop.co.uk", {"co.uk": "p=none"}, Alignment.ALIGNED),
            # Without any record the list alone:
            ("mail.shop.test", "shop.test", {}, Alignment.ALIGNED),
            ("", "shop.test", {}, Alignment.APART),
        ],
    )
    def test_both_must_agree(
        self, domain: str, author: str, zone: dict[str, str], expected: Alignment, zone_resolver: Resolve
    ) -> None:
        """RFC 9989 §4.4 and §4.10.2, RFC 7489 §3.2."""
        text = "".join(dmarc(name, tags) for name, tags in zone.items()) or "\n"
        resolver = zone_resolver(text).for_mail()
        record = find_record(author, resolver)

        assert expected is alignment(domain, author, record, resolver, strict=False)

    def test_strict_is_the_same_domain_and_asks_nothing(self, zone_resolver: Resolve) -> None:
        """adkim=s, aspf=s."""
        resolver = zone_resolver(dmarc("shop.test", "p=none")).for_mail()
        record = find_record("shop.test", resolver)

        assert Alignment.ALIGNED is alignment("shop.test", "shop.test", record, resolver, strict=True)
        assert Alignment.APART is alignment("mail.shop.test", "shop.test", record, resolver, strict=True)

    def test_strangers_and_the_same_domain_cost_no_look_up(self, serve_zone: ServeZone, clock: FixedClock) -> None:
        """Signatures of others are on most mail."""
        server = serve_zone(dmarc("shop.test", "p=none"))
        resolver = Resolver(Dns(servers=(server.address,)), clock).for_mail()
        record = find_record("shop.test", resolver)

        for domain in ("shop.test", "relay.example"):
            alignment(domain, "shop.test", record, resolver, strict=False)

        assert server.questions == [("_dmarc.shop.test", "TXT")]

    def test_no_answer_on_the_way_up_is_unknown(self, serve_zone: ServeZone, clock: FixedClock) -> None:
        """The signer's organisation may be another."""
        server = serve_zone(dmarc("shop.test", "p=none"), servfail=["_dmarc.mail.shop.test"])
        resolver = Resolver(Dns(servers=(server.address,)), clock).for_mail()
        record = find_record("shop.test", resolver)

        assert Alignment.UNKNOWN is alignment("mail.shop.test", "shop.test", record, resolver, strict=False)


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
