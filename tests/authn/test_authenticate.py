"""The whole answer about the sender: really signed mail, zones over the network and from files."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from gateway.authn import authenticate as module
from gateway.authn.authenticate import authenticate
from gateway.authn.resolver import Resolver
from gateway.authn.result import Authentication, DkimResult, Grade
from gateway.clock import FixedClock
from gateway.config import Dns
from gateway.mail.message import Address, Message
from gateway.model import Envelope, Via
from tests.authn.conftest import Resolve
from tests.authn.signing import MAIL, NOW, Signer, rsa_key, txt
from tests.cost import LATE_SECONDS, cheap
from tests.peers.dns import ServeZone

GOOD, BAD = "192.0.2.1", "203.0.113.9"
SPF = txt("shop.test", "v=spf1 ip4:192.0.2.0/24 -all")
REJECT, NONE = txt("_dmarc.shop.test", "v=DMARC1; p=reject"), txt("_dmarc.shop.test", "v=DMARC1; p=none")
STRICT = txt("_dmarc.shop.test", "v=DMARC1; p=reject; adkim=s; aspf=s")
KEY = rsa_key().record()


def message(author: str | None = "alice@shop.test", date: datetime | None = NOW) -> Message:
    """What the parser would have read: only author and date matter here."""
    if author is None:
        return Message(author=None, author_why="two From fields")
    return Message(author=Address(address=author), date=date)


def from_peer(peer: str | None, mail_from: str = "bounce@shop.test", via: Via = Via.SMTP) -> Envelope:
    """A mail that came at the time of the tests."""
    return Envelope(via=via, received_at=NOW, mail_from=mail_from, peer_ip=peer, helo="mx.shop.test")


STRANGER = from_peer(BAD, "x@elsewhere.test")


@pytest.mark.parametrize(
    ("zone", "signed", "envelope", "grade", "dmarc"),
    [
        (REJECT + KEY + SPF, True, from_peer(GOOD), Grade.A3, "pass"),
        (REJECT + KEY + SPF, True, from_peer(BAD), Grade.A3, "pass"),
        (REJECT + KEY, True, STRANGER, Grade.A3, "pass"),
        (NONE + KEY, True, STRANGER, Grade.A3, "pass"),
        (REJECT + SPF, False, from_peer(GOOD), Grade.A2, "pass"),
        (NONE + SPF, False, from_peer(GOOD), Grade.A2, "pass"),
        (REJECT + SPF, True, from_peer(GOOD), Grade.A2, "pass"),
        (KEY + SPF, True, from_peer(BAD), Grade.A2, "none"),
        (SPF, False, from_peer(GOOD), Grade.A2, "none"),
        (SPF, False, from_peer(BAD), Grade.A1, "none"),
        ("\n", False, from_peer(GOOD), Grade.A1, "none"),
        (NONE + SPF, False, from_peer(BAD), Grade.A1, "fail"),
        (REJECT + SPF, False, from_peer(BAD), Grade.A0, "fail"),
        (REJECT + SPF, False, STRANGER, Grade.A0, "fail"),
        (REJECT, False, from_peer(None, via=Via.IMAP), Grade.A0, "fail"),
        (REJECT + KEY, True, from_peer(None, via=Via.LMTP), Grade.A3, "pass"),
        (REJECT + SPF, False, from_peer(GOOD, via=Via.LMTP), Grade.A0, "fail"),
        (txt("_dmarc.shop.test", "v=DMARC1") + KEY, True, STRANGER, Grade.A2, "permerror"),
    ],
)
def test_the_grade_follows_from_what_is_proven(
    zone: str, signed: bool, envelope: Envelope, grade: Grade, dmarc: str, resolve: Resolve
) -> None:
    """The rows of the threat model's section 4, with a real signature or none."""
    raw = Signer().sign() if signed else MAIL

    answer = authenticate(message(), raw, envelope, resolve(zone))

    assert (grade, dmarc) == (answer.grade, answer.dmarc)


def test_the_whole_evidence_is_told(resolve: Resolve) -> None:
    """Every field, with a why in words."""
    answer = authenticate(message(), Signer().sign(), from_peer(GOOD), resolve(REJECT + KEY + SPF))

    assert answer == Authentication(
        grade=Grade.A3,
        why="DMARC passes by an aligned DKIM signature",
        spf="pass",
        spf_domain="shop.test",
        dkim=(DkimResult(domain="shop.test", result="pass"),),
        dmarc="pass",
        dmarc_policy="reject",
    )


@pytest.mark.parametrize(
    ("domain", "author", "record", "grade"),
    [
        (b"mail.shop.test", "alice@shop.test", REJECT, Grade.A3),
        (b"shop.test", "alice@mail.shop.test", REJECT, Grade.A3),
        (b"mail.shop.test", "alice@shop.test", STRICT, Grade.A0),
        (b"shop.test", "alice@mail.shop.test", STRICT, Grade.A0),
        (b"shop.test", "alice@shop.test", STRICT, Grade.A3),
        (b"other.test", "alice@shop.test", REJECT, Grade.A0),
    ],
)
def test_dkim_alignment_is_relaxed_or_strict_as_published(
    domain: bytes, author: str, record: str, grade: Grade, zone_resolver: Resolve
) -> None:
    """RFC 7489 §3.1.1."""
    zone = record + rsa_key().record(domain=domain.decode())

    assert grade is authenticate(message(author), Signer(domain=domain).sign(), STRANGER, zone_resolver(zone)).grade


@pytest.mark.parametrize(("record", "grade"), [(REJECT, Grade.A2), (STRICT, Grade.A0)])
def test_spf_alignment_is_relaxed_or_strict_as_published(record: str, grade: Grade, zone_resolver: Resolve) -> None:
    """RFC 7489 §3.1.2."""
    zone = record + txt("bounces.shop.test", "v=spf1 ip4:192.0.2.0/24 -all")
    envelope = from_peer(GOOD, "1@bounces.shop.test")

    assert grade is authenticate(message(), MAIL, envelope, zone_resolver(zone)).grade


def test_a_null_reverse_path_is_aligned_by_helo(zone_resolver: Resolve) -> None:
    """A bounce of the author's own server (RFC 7489 §3.1.2)."""
    zone = REJECT + txt("mx.shop.test", "v=spf1 ip4:192.0.2.0/24 -all")

    assert Grade.A2 is authenticate(message(), MAIL, from_peer(GOOD, ""), zone_resolver(zone)).grade


@pytest.mark.parametrize("author", [None, "alice@shop.test"])
def test_without_one_author_nothing_counts(author: str | None, serve_zone: ServeZone, clock: FixedClock) -> None:
    """Threat A-14: two From fields are A0 even with a good signature, and DNS is not asked."""
    server = serve_zone(REJECT + KEY + SPF)
    resolver = Resolver(Dns(servers=(server.address,)), clock)

    answer = authenticate(message(author), Signer().sign(), from_peer(GOOD), resolver)

    if author:
        assert Grade.A3 is answer.grade
    else:
        assert (answer.grade, answer.why) == (Grade.A0, "there is not exactly one author: two From fields")
        assert server.questions == []


@pytest.mark.parametrize("gap", [Signer(length=True), Signer(key=rsa_key(512)), Signer(headers=(b"from",))])
def test_a_signature_that_proves_nothing_does_not_pass_dmarc(gap: Signer, zone_resolver: Resolve) -> None:
    """Threat A-17, seen from the end: a part of the text, a short key; the last one, of From alone, does pass."""
    zone = REJECT + gap.key.record()
    expected = Grade.A3 if gap.headers == (b"from",) else Grade.A0

    assert expected is authenticate(message(), gap.sign(), STRANGER, zone_resolver(zone)).grade


class TestSubmission:
    """Mail of somebody who logged in at our own listener."""

    @pytest.mark.parametrize(
        ("user", "grade"),
        [("alice@shop.test", Grade.A3), ("Alice@Shop.test", Grade.A3), ("bob@shop.test", Grade.A0), ("", Grade.A0)],
    )
    def test_a_login_proves_its_own_address_only(self, user: str, grade: Grade, zone_resolver: Resolve) -> None:
        """A colleague's name on it is as good as forged."""
        envelope = Envelope(via=Via.SMTP, received_at=NOW, mail_from="x@y.test", peer_ip=BAD, authenticated_as=user)

        assert grade is authenticate(message(), MAIL, envelope, zone_resolver(REJECT)).grade


class TestReplay:
    """Threat A-05: an old genuine mail, sent again by somebody else, has a good signature for ever."""

    @pytest.mark.parametrize(
        ("age", "envelope", "grade"),
        [
            (timedelta(days=6.9), STRANGER, Grade.A3),
            (timedelta(days=7.1), STRANGER, Grade.A1),
            (timedelta(days=7.1), from_peer(GOOD), Grade.A3),
            (timedelta(days=-1), STRANGER, Grade.A3),
        ],
    )
    def test_a_mail_of_last_week_needs_more_than_a_signature(
        self, age: timedelta, envelope: Envelope, grade: Grade, zone_resolver: Resolve
    ) -> None:
        """Unless its domain sends it now, as SPF shows."""
        resolver = zone_resolver(REJECT + KEY + SPF)

        answer = authenticate(message(date=NOW - age), Signer().sign(), envelope, resolver)

        assert (grade, "pass") == (answer.grade, answer.dmarc)

    @pytest.mark.parametrize("top", [b"", b"Date: Tue, 01 Sep 2026 10:00:00 +0300\r\n"])
    def test_a_date_that_is_not_signed_does_not_make_it_young(self, top: bytes, zone_resolver: Resolve) -> None:
        """The signer's own clock (t=) counts then: it says now, and the mail came two months later."""
        raw = top + Signer(headers=(b"from", b"to")).sign()
        now = datetime.now(UTC)
        resolver = zone_resolver(REJECT + KEY)

        def grade(received_at: datetime) -> Grade:
            envelope = Envelope(via=Via.SMTP, received_at=received_at, mail_from="x@elsewhere.test", peer_ip=BAD)
            return authenticate(message(date=received_at), raw, envelope, resolver).grade

        assert Grade.A3 is grade(now + timedelta(days=6))
        assert Grade.A1 is grade(now + timedelta(days=60))

    def test_a_signature_without_any_signed_time_does_not_prove_it_young(self, zone_resolver: Resolve) -> None:
        """The mail of RFC 8463's example signs its Date; here that field is gone from what the parser read."""
        from tests.authn.test_dkim import RFC_8463, RFC_8463_ZONE

        envelope = Envelope(via=Via.SMTP, received_at=NOW)
        answer = authenticate(
            message("joe@football.example.com", None), RFC_8463, envelope, zone_resolver(RFC_8463_ZONE)
        )

        assert (answer.grade, [found.result for found in answer.dkim]) == (Grade.A1, ["pass", "pass"])


class TestNoAnswer:
    """Unknown means temporary: fault case 19."""

    NAMES = ("_dmarc.shop.test", "shop.test", "s1._domainkey.shop.test")

    @pytest.mark.parametrize("how", ["servfail", "silent"])
    @pytest.mark.parametrize(
        ("failing", "signed", "peer", "grade"),
        [
            ("_dmarc.shop.test", True, GOOD, Grade.A2),
            ("_dmarc.shop.test", True, BAD, Grade.A2),
            ("_dmarc.shop.test", False, GOOD, Grade.A2),
            ("_dmarc.shop.test", False, BAD, Grade.UNKNOWN),
            ("shop.test", False, GOOD, Grade.UNKNOWN),
            ("s1._domainkey.shop.test", True, BAD, Grade.UNKNOWN),
            ("shop.test", True, GOOD, Grade.A3),
            ("s1._domainkey.shop.test", True, GOOD, Grade.A2),
            ("elsewhere.test", False, None, Grade.A0),
        ],
    )
    def test_what_could_have_changed_the_grade_makes_it_unknown(
        self,
        how: str,
        failing: str,
        signed: bool,
        peer: str | None,
        grade: Grade,
        serve_zone: ServeZone,
        clock: FixedClock,
    ) -> None:
        """And what could not, does not."""
        zone = REJECT + KEY + SPF
        server = serve_zone(zone, servfail=[failing]) if how == "servfail" else serve_zone(zone, silent=[failing])
        resolver = Resolver(Dns(servers=(server.address,), timeout_seconds=0.3), clock)

        answer = authenticate(message(), Signer().sign() if signed else MAIL, from_peer(peer), resolver)

        assert grade is answer.grade

    def test_why_tells_which_question_had_no_answer(self, serve_zone: ServeZone, clock: FixedClock) -> None:
        """So that an operator sees whose server is broken."""
        server = serve_zone(REJECT, servfail=["s1._domainkey.shop.test"])
        resolver = Resolver(Dns(servers=(server.address,), timeout_seconds=20), clock)

        assert authenticate(message(), Signer().sign(), STRANGER, resolver).why == (
            "DNS gave no answer on which SPF or DKIM depends "
            "(TXT s1._domainkey.shop.test: the DNS servers failed (SERVFAIL) or refused to answer)"
        )

    def test_a_dead_dns_costs_a_mail_its_budget_at_most(self, serve_zone: ServeZone) -> None:
        """Nothing answers; the mail asks for three things."""
        from gateway.clock import SystemClock

        server = serve_zone("\n", silent=self.NAMES)
        config = Dns(servers=(server.address,), timeout_seconds=30, budget_seconds=0.6)
        began = time.monotonic()

        answer = authenticate(message(), Signer().sign(), from_peer(GOOD), Resolver(config, SystemClock()))

        assert (answer.grade, answer.dmarc) == (Grade.UNKNOWN, "temperror")
        assert time.monotonic() - began < LATE_SECONDS

    def test_whatever_goes_wrong_is_unknown_and_never_raised(
        self, zone_resolver: Resolve, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The last line of defence."""

        def explode(*_: object) -> None:
            raise RecursionError("secret text of the mail")

        monkeypatch.setattr(module.dkim, "find", explode)

        answer = authenticate(message(), MAIL, STRANGER, zone_resolver(REJECT))

        assert (
            answer.grade,
            answer.why,
        ) == (Grade.UNKNOWN, "checking the sender failed (RecursionError); it can be tried again")


class TestLookUps:
    """No question that could not change the answer."""

    def test_an_unsigned_mail_of_unknown_origin_asks_for_the_policy_only(
        self, serve_zone: ServeZone, clock: FixedClock
    ) -> None:
        """As most mail from IMAP."""
        server = serve_zone(REJECT + KEY + SPF)
        resolver = Resolver(Dns(servers=(server.address,)), clock)

        authenticate(message(), MAIL, from_peer(None, via=Via.IMAP), resolver)

        assert server.questions == [("_dmarc.shop.test", "TXT")]

    def test_a_signed_mail_from_a_known_peer_asks_three_questions(
        self, serve_zone: ServeZone, clock: FixedClock
    ) -> None:
        """The policy, the SPF record, the key; the second mail of the domain asks none."""
        server = serve_zone(REJECT + KEY + SPF)
        resolver = Resolver(Dns(servers=(server.address,)), clock)

        for _ in range(2):
            authenticate(message(), Signer().sign(), from_peer(GOOD), resolver)

        names = [name for name, _ in server.questions]
        assert sorted(names) == ["_dmarc.shop.test", "s1._domainkey.shop.test", "shop.test"]

    @pytest.mark.parametrize("author", ["alice@[192.0.2.1]", "alice@localhost", "alice", "alice@a..b"])
    def test_an_author_without_a_domain_name_proves_nothing_and_asks_nothing(
        self, author: str, serve_zone: ServeZone, clock: FixedClock
    ) -> None:
        """Kept and shown, unproven."""
        server = serve_zone(REJECT)

        answer = authenticate(message(author), MAIL, from_peer(GOOD), Resolver(Dns(servers=(server.address,)), clock))

        assert (answer.grade, server.questions) == (Grade.A1, [])


@pytest.mark.parametrize(
    "raw",
    [
        b"DKIM-Signature: v=1; b" + b" \r\n" * 80_000 + b"\r\n\r\nx",
        b"DKIM-Signature: " + b"a=b; " * 1500 + b"\r\n\r\nx",
        b"\r\n".join([b"DKIM-Signature: v=1; a=rsa-sha256; d=shop.test; s=s1; h=from; bh=AAAA; b=AAAA"] * 1900)
        + b"\r\n\r\n"
        + b" " * 5_000_000,
        Signer(canonicalize=(b"relaxed", b"relaxed")).sign().replace(b"Alice\r\n", b" " * 5_000_000),
        Signer(canonicalize=(b"relaxed", b"simple")).sign() + b"\r\n" * 2_500_000,
        Signer().sign().replace(b"Subject: The", b"Subject: " + b"\r\n x" * 50_000),
        b"x" * 5_000_000,
        b"\n" * 5_000_000,
        b"",
        b"\x00\xff" * 100_000,
    ],
    ids=lambda raw: repr(raw[:12]),
)
def test_hostile_mail_costs_little(raw: bytes, zone_resolver: Resolve) -> None:
    """Dkimpy alone takes hours for some of these."""
    resolver = zone_resolver(REJECT + KEY)

    answer = cheap(1, lambda: authenticate(message(), raw, STRANGER, resolver))

    assert answer.grade in (Grade.A0, Grade.A3)
