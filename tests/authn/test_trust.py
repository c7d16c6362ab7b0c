"""Whom this site trusts besides DNS: forwarders, sealers, shared senders, and that only we write in our own name."""

import pytest

from gateway.authn.authenticate import authenticate
from gateway.authn.grade import OWN_DOMAIN
from gateway.authn.resolver import Resolver
from gateway.authn.result import Grade
from gateway.authn.trust import Trust, network_of, trust_of
from gateway.clock import FixedClock
from gateway.config import SHARED_SENDERS, Dns, parse
from gateway.errors import ConfigError
from tests.authn.conftest import Resolve
from tests.authn.sealing import Sealer
from tests.authn.signing import MAIL, Signer, rsa_key, txt
from tests.authn.test_authenticate import BAD, GOOD, KEY, NONE, REJECT, STRANGER, from_peer, message
from tests.peers.dns import ServeZone

DESK = {"support_addresses": ["support@desk.test", "help@Help.Desk.Test"], "reply_domain": "reply.desk.test"}
LIST = Sealer(domain="list.test")
SEALED = Trust(sealers=frozenset({"list.test"}))
FORWARDER = Signer(domain=b"forwarder.test")


def networks(*names: str) -> Trust:
    """Trust in forwarders by address."""
    return Trust(forwarder_networks=tuple(network for name in names if (network := network_of(name))))


class TestSealers:
    """ARC (threat A-12): lifts A0 to A1, and does nothing else."""

    @pytest.mark.parametrize(
        ("zone", "trust", "grade", "arc"),
        [
            (REJECT, SEALED, Grade.A1, "pass"),
            (REJECT, Trust(), Grade.A0, "ignored"),
            (REJECT, Trust(sealers=frozenset({"other.test"})), Grade.A0, "ignored"),
            (NONE, SEALED, Grade.A1, "none"),
            ("\n", SEALED, Grade.A1, "none"),
            (REJECT + txt("shop.test", "v=spf1 ip4:203.0.113.0/24 -all"), SEALED, Grade.A2, "none"),
        ],
    )
    def test_a_listed_sealer_saves_a_refused_mail(
        self, zone: str, trust: Trust, grade: Grade, arc: str, zone_resolver: Resolve
    ) -> None:
        """Where nothing is to be saved the chain is not even looked at."""
        resolver = zone_resolver(zone + LIST.record())

        answer = authenticate(message(), LIST.seal(), from_peer(BAD), resolver, trust)

        assert (grade, arc) == (answer.grade, answer.arc)
        assert answer.sealer == ("" if arc == "none" else "list.test")
        assert answer.why.endswith("(the sealer list.test)") is (arc == "pass")

    def test_it_never_lowers(self, zone_resolver: Resolve) -> None:
        """A mail that is proven, and sealed as failed."""
        raw = Sealer(domain="list.test", results="mx; dmarc=fail header.from=shop.test").seal(Signer().sign())
        resolver = zone_resolver(REJECT + KEY + LIST.record())

        assert Grade.A3 is authenticate(message(), raw, STRANGER, resolver, SEALED).grade

    def test_a_broken_chain_saves_nothing(self, zone_resolver: Resolve) -> None:
        """The text was changed after the last seal."""
        raw = LIST.seal().replace(b"nobody", b"somebody")

        answer = authenticate(message(), raw, STRANGER, zone_resolver(REJECT + LIST.record()), SEALED)

        assert (answer.grade, answer.arc) == (Grade.A0, "fail")

    def test_without_one_author_it_saves_nothing(self, zone_resolver: Resolve) -> None:
        """There is nobody it could speak for."""
        resolver = zone_resolver(REJECT + LIST.record())

        assert Grade.A0 is authenticate(message(None), LIST.seal(), STRANGER, resolver, SEALED).grade

    def test_no_answer_about_its_key_is_unknown_where_it_could_save(
        self, serve_zone: ServeZone, clock: FixedClock
    ) -> None:
        """A0 or A1; under p=none it is A1 either way."""
        for record, grade in ((REJECT, Grade.UNKNOWN), (NONE, Grade.A1)):
            server = serve_zone(record, servfail=["arc._domainkey.list.test"])
            resolver = Resolver(Dns(servers=(server.address,)), clock)

            answer = authenticate(message(), LIST.seal(), STRANGER, resolver, SEALED)

            assert grade is answer.grade
            assert ("arc._domainkey.list.test" in answer.why) is (grade is Grade.UNKNOWN)


class TestForwarders:
    """Listed forwarders without ARC do the same."""

    @pytest.mark.parametrize(
        ("trust", "peer", "grade"),
        [
            (networks("192.0.2.0/24"), GOOD, Grade.A1),
            (networks("192.0.2.1"), GOOD, Grade.A1),
            (networks("192.0.2.1"), f"::ffff:{GOOD}", Grade.A1),
            (networks("2001:db8::/32"), "2001:db8::1", Grade.A1),
            (networks("192.0.2.0/24"), BAD, Grade.A0),
            (networks("0.0.0.0/0"), None, Grade.A0),
            (Trust(), GOOD, Grade.A0),
        ],
    )
    def test_by_address(self, trust: Trust, peer: str | None, grade: Grade, zone_resolver: Resolve) -> None:
        """Of the peer, where it is truly known."""
        assert grade is authenticate(message(), MAIL, from_peer(peer), zone_resolver(REJECT), trust).grade

    @pytest.mark.parametrize(
        ("signer", "listed", "grade"),
        [
            (FORWARDER, "forwarder.test", Grade.A1),
            (Signer(domain=b"eu.forwarder.test"), "forwarder.test", Grade.A1),
            (Signer(domain=b"evilforwarder.test"), "forwarder.test", Grade.A0),
            (FORWARDER, "eu.forwarder.test", Grade.A0),
            (Signer(domain=b"forwarder.test", length=True), "forwarder.test", Grade.A0),
            (Signer(domain=b"forwarder.test", key=rsa_key(512)), "forwarder.test", Grade.A0),
        ],
    )
    def test_by_signature(self, signer: Signer, listed: str, grade: Grade, zone_resolver: Resolve) -> None:
        """Of the listed domain or one below it, judged as strictly as any other."""
        zone = REJECT + signer.key.record(domain=signer.domain.decode())
        trust = Trust(forwarder_domains=frozenset({listed}))

        assert grade is authenticate(message(), signer.sign(), STRANGER, zone_resolver(zone), trust).grade

    def test_no_answer_about_its_key_is_unknown(self, serve_zone: ServeZone, clock: FixedClock) -> None:
        """It might have saved the mail."""
        server = serve_zone(REJECT, servfail=["s1._domainkey.forwarder.test"])
        resolver = Resolver(Dns(servers=(server.address,)), clock)
        trust = Trust(forwarder_domains=frozenset({"forwarder.test"}))

        assert Grade.UNKNOWN is authenticate(message(), FORWARDER.sign(), STRANGER, resolver, trust).grade

    def test_why_names_who_spoke_for_the_mail(self, zone_resolver: Resolve) -> None:
        """So that an agent knows whom he believes."""
        raw, zone = FORWARDER.sign(), REJECT + rsa_key().record(domain="forwarder.test")
        by_domain = Trust(forwarder_domains=frozenset({"forwarder.test"}))

        found = [
            authenticate(message(), raw, from_peer(GOOD), zone_resolver(zone), trust).why.partition(" (")[2]
            for trust in (by_domain, networks("192.0.2.0/24"))
        ]

        assert found == ["the forwarder forwarder.test)", "the forwarder 192.0.2.1)"]

    def test_they_never_lift_above_a1(self, zone_resolver: Resolve) -> None:
        """Not under p=none, nor without a policy."""
        for zone in (NONE, "\n"):
            trust = networks("192.0.2.0/24")

            assert Grade.A1 is authenticate(message(), MAIL, from_peer(GOOD), zone_resolver(zone), trust).grade


class TestSharedSenders:
    """Threat A-18: an SPF pass that any customer of a big service can have."""

    TRUST = Trust(shared_senders=frozenset({"sendgrid.net", "relay.test"}))
    ESP = (
        txt("sendgrid.net", "v=spf1 ip4:192.0.2.0/24 -all")
        + txt("u1.sendgrid.net", "v=spf1 ip4:192.0.2.0/24 -all")
        + txt("hoster.test", "v=spf1 include:sendgrid.net -all")
        + txt("mysendgrid.net", "v=spf1 ip4:192.0.2.0/24 -all")
        + txt("fails.test", "v=spf1 -include:sendgrid.net ip4:192.0.2.9 -all")
    )

    @pytest.mark.parametrize("policy", [REJECT, NONE, "\n"])
    @pytest.mark.parametrize(
        ("record", "grade"),
        [
            ("v=spf1 include:sendgrid.net -all", Grade.A1),
            ("v=spf1 INCLUDE:SendGrid.net -all", Grade.A1),
            ("v=spf1 include:u1.sendgrid.net -all", Grade.A1),
            ("v=spf1 include:hoster.test -all", Grade.A1),
            ("v=spf1 redirect=sendgrid.net", Grade.A1),
            ("v=spf1 redirect=hoster.test", Grade.A1),
            ("v=spf1 include:%{d1}.relay.test -all", Grade.A1),
            ("v=spf1 ip4:192.0.2.1 include:sendgrid.net -all", Grade.A2),
            ("v=spf1 include:mysendgrid.net -all", Grade.A2),
            ("v=spf1 include:fails.test ip4:192.0.2.1 -all", Grade.A2),
            ("v=spf1 ip4:192.0.2.0/24 -all", Grade.A2),
        ],
    )
    def test_what_counts_is_which_record_let_it_pass(
        self, record: str, grade: Grade, policy: str, zone_resolver: Resolve
    ) -> None:
        """Directly, through another's include, by redirect; not what merely stands there too."""
        zone = policy + self.ESP + txt("shop.test", record) + txt("test.relay.test", "v=spf1 ip4:192.0.2.0/24 -all")

        assert grade is authenticate(message(), MAIL, from_peer(GOOD), zone_resolver(zone), self.TRUST).grade

    def test_why_names_the_service(self, zone_resolver: Resolve) -> None:
        """So that an operator can tell the shop what to set up."""
        resolver = zone_resolver(REJECT + self.ESP + txt("shop.test", "v=spf1 include:u1.sendgrid.net -all"))

        answer = authenticate(message(), MAIL, from_peer(GOOD), resolver, self.TRUST)

        assert answer.why == "SPF passes only by way of a sending service that many share (u1.sendgrid.net)"

    def test_dkim_is_not_lowered(self, zone_resolver: Resolve) -> None:
        """The shop's own signature on mail that its service sends."""
        zone = REJECT + KEY + self.ESP + txt("shop.test", "v=spf1 include:sendgrid.net -all")
        resolver = zone_resolver(zone)

        assert Grade.A3 is authenticate(message(), Signer().sign(), from_peer(GOOD), resolver, self.TRUST).grade

    def test_it_does_not_make_an_old_signature_young(self, zone_resolver: Resolve) -> None:
        """Whoever replays an old mail may be a customer of the same service."""
        from datetime import timedelta

        from tests.authn.signing import NOW

        zone = REJECT + KEY + self.ESP + txt("shop.test", "v=spf1 include:sendgrid.net -all")
        old = message(date=NOW - timedelta(days=8))

        assert Grade.A1 is authenticate(old, Signer().sign(), from_peer(GOOD), zone_resolver(zone), self.TRUST).grade

    def test_the_service_itself_is_not_a_customer(self, zone_resolver: Resolve) -> None:
        """Its own mail, from its own domain."""
        zone = self.ESP + txt("mail.sendgrid.net", "v=spf1 redirect=sendgrid.net")
        envelope = from_peer(GOOD, "bounce@mail.sendgrid.net")

        answer = authenticate(message("ann@mail.sendgrid.net"), MAIL, envelope, zone_resolver(zone), self.TRUST)

        assert Grade.A2 is answer.grade


class TestOwnDomain:
    """Threat A-19: mail in our own name from outside."""

    TRUST = Trust(own_domains=frozenset({"shop.test"}))

    @pytest.mark.parametrize("policy", [REJECT, NONE, "\n"])
    def test_unproven_it_is_forged(self, policy: str, zone_resolver: Resolve) -> None:
        """Whatever we publish."""
        answer = authenticate(message(), MAIL, STRANGER, zone_resolver(policy), self.TRUST)

        assert (answer.grade, answer.why) == (Grade.A0, OWN_DOMAIN)

    @pytest.mark.parametrize(("policy", "grade"), [(REJECT, Grade.A3), (NONE, Grade.A3), ("\n", Grade.A2)])
    def test_proven_it_is_ours(self, policy: str, grade: Grade, zone_resolver: Resolve) -> None:
        """An agent's mail by our own server."""
        answer = authenticate(message(), Signer().sign(), STRANGER, zone_resolver(policy + KEY), self.TRUST)

        assert grade is answer.grade

    def test_other_domains_are_as_before(self, zone_resolver: Resolve) -> None:
        """A domain below ours may be a customer's."""
        for author in ("alice@other.test", "alice@customer.shop.test"):
            answer = authenticate(message(author), MAIL, STRANGER, zone_resolver("\n"), self.TRUST)

            assert Grade.A1 is answer.grade

    def test_a_forwarder_does_not_save_it_but_a_sealers_word_does(self, zone_resolver: Resolve) -> None:
        """A forwarder passes on whatever it gets; a sealer says that he saw it proven."""
        resolver = zone_resolver("x.test. 60 IN A 192.0.2.1\n" + LIST.record())
        own = frozenset({"shop.test"})
        dumb = Trust(own_domains=own, forwarder_networks=networks("192.0.2.0/24").forwarder_networks)
        sealed = Trust(own_domains=own, sealers=frozenset({"list.test"}))

        assert Grade.A0 is authenticate(message(), MAIL, from_peer(GOOD), resolver, dumb).grade
        assert Grade.A1 is authenticate(message(), LIST.seal(), from_peer(GOOD), resolver, sealed).grade

    def test_no_answer_about_our_policy_changes_nothing(self, serve_zone: ServeZone, clock: FixedClock) -> None:
        """It is forged under every policy, so nobody waits."""
        server = serve_zone("x.test. 60 IN A 192.0.2.1\n", servfail=["_dmarc.shop.test"])

        answer = authenticate(message(), MAIL, STRANGER, Resolver(Dns(servers=(server.address,)), clock), self.TRUST)

        assert Grade.A0 is answer.grade


class TestConfiguration:
    """The section `[authentication]`."""

    def test_by_default_nobody_is_trusted_and_our_domains_are_those_of_our_addresses(self) -> None:
        """Agents' domains are not ours to defend: they may be anybody's."""
        assert trust_of(parse({"gateway": DESK}, "test")) == Trust(
            own_domains=frozenset({"desk.test", "help.desk.test"}), shared_senders=frozenset(SHARED_SENDERS)
        )

    def test_every_key_arrives(self) -> None:
        """In one spelling."""
        section = {
            "authserv_id": "MX.desk.test",
            "border": "MX.desk.test.",
            "border_networks": ["192.0.2.9"],
            "trusted_sealers": ["List.test"],
            "trusted_forwarders": ["192.0.2.0/24", "forwarder.test", "2001:db8::1"],
            "shared_senders": [],
            "own_domains": ["only.test"],
        }

        trust = trust_of(parse({"gateway": DESK, "authentication": section}, "test"))

        assert trust == Trust(
            authserv_id="mx.desk.test",
            border="mx.desk.test",
            border_networks=tuple(filter(None, [network_of("192.0.2.9")])),
            sealers=frozenset({"list.test"}),
            forwarder_networks=networks("192.0.2.0/24", "2001:db8::1").forwarder_networks,
            forwarder_domains=frozenset({"forwarder.test"}),
            own_domains=frozenset({"only.test"}),
        )

    @pytest.mark.parametrize(
        ("section", "complaint"),
        [
            ({"authserv_id": "mx.desk.test"}, "authserv_id and border belong together"),
            ({"border": "mx.desk.test"}, "authserv_id and border belong together"),
            ({"trusted_sealers": ["list"]}, "must be a domain"),
            ({"trusted_sealers": ["192.0.2.1/24"]}, "must be a domain"),
            ({"trusted_forwarders": ["a b.test"]}, "must be"),
            ({"border_networks": ["mx.desk.test"]}, "must be an IP address or network"),
            ({"own_domains": ["support@desk.test"]}, "must be a domain"),
        ],
    )
    def test_a_mistake_is_named(self, section: dict[str, object], complaint: str) -> None:
        """With the key."""
        with pytest.raises(ConfigError, match=complaint):
            parse({"gateway": DESK, "authentication": section}, "test")
