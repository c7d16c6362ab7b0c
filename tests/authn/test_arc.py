"""ARC: chains sealed by dkimpy's signer, with one rule of RFC 8617 broken at a time."""

import functools

import dkim as library
import pytest

from gateway.authn import arc
from gateway.authn.resolver import Resolver
from gateway.authn.signed import SignedMail
from gateway.authn.trust import Trust
from gateway.clock import FixedClock
from gateway.config import Dns
from tests.authn.conftest import Resolve
from tests.authn.sealing import PASS, Sealer
from tests.authn.signing import MAIL, NOW, rsa_key
from tests.cost import cheap
from tests.peers.dns import ServeZone

LIST = Sealer(domain="list.test")
GIANT = Sealer(domain="giant.test", results="mx.giant.test; dmarc=fail header.from=shop.test")
WEAK = Sealer(domain="weak.test", key=rsa_key(512))
ZONE = "".join(sealer.record() for sealer in (LIST, GIANT, WEAK, Sealer(domain="evil.test")))
TRUST = Trust(sealers=frozenset({"list.test", "giant.test", "weak.test"}))
FAIL = "mx.list.test; dmarc=fail header.from=shop.test"


def verify(raw: bytes, resolver: Resolver, trust: Trust = TRUST) -> arc.ArcReport:
    """The report on a chain."""
    return arc.verify(SignedMail(raw), NOW, resolver.for_mail(), trust)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_whole_chain_passes_and_dkimpy_agrees(count: int, resolve: Resolve) -> None:
    """With CRLF and with LF; every set sealed by a listed one."""
    raw = MAIL
    for number in range(count):
        raw = (LIST if number % 2 == 0 else GIANT).seal(raw)
    record = f"v=DKIM1; p={rsa_key().public}".encode()

    report = verify(raw, resolve(ZONE))

    assert library.arc_verify(raw, dnsfunc=lambda *_, **__: record)[0] == library.CV_Pass
    assert (report.result, report.sealer, report.why) == ("pass", "list.test" if count % 2 else "giant.test", "")
    assert report.vouches_for("shop.test")
    assert report == verify(raw.replace(b"\r\n", b"\n"), resolve(ZONE))


def test_a_mail_without_seals_asks_nothing(serve_zone: ServeZone, clock: FixedClock) -> None:
    """Most mail."""
    server = serve_zone(ZONE)

    assert verify(MAIL, Resolver(Dns(servers=(server.address,)), clock)) == arc.ArcReport()
    assert server.questions == []


def test_an_unlisted_sealer_is_ignored_and_asks_nothing(serve_zone: ServeZone, clock: FixedClock) -> None:
    """Threat A-12: anybody can seal."""
    server = serve_zone(ZONE)
    raw = Sealer(domain="evil.test").seal(LIST.seal())

    report = verify(raw, Resolver(Dns(servers=(server.address,)), clock))

    assert (report.result, report.why) == ("ignored", "the sealer evil.test is not listed")
    assert not report.vouches_for("shop.test")
    assert server.questions == []


def test_what_came_before_the_first_listed_sealer_is_not_believed(zone_resolver: Resolve) -> None:
    """An attacker makes a set of his own, and has a listed sealer seal it: the chain is whole, and proves nothing."""
    raw = GIANT.seal(Sealer(domain="evil.test").seal())

    report = verify(raw, zone_resolver(ZONE))

    assert (report.result, report.vouches_for("shop.test")) == ("pass", False)


def test_an_unbroken_run_of_listed_sealers_is_believed_up_to_the_oldest(zone_resolver: Resolve) -> None:
    """The list saw it good, then changed it; the giant saw it changed."""
    raw = GIANT.seal(LIST.seal(Sealer(domain="evil.test", results=FAIL).seal()))

    assert verify(raw, zone_resolver(ZONE)).vouches_for("shop.test")


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        (PASS, True),
        (PASS.replace("shop.test", "SHOP.test"), True),
        (FAIL, False),
        ("mx; dmarc=pass header.from=other.test", False),
        ("mx; dmarc=pass", False),
        ("mx; dmarc=pass header.from=shop.test; dmarc=fail header.from=shop.test", False),
        ("mx; dkim=pass header.d=shop.test", True),
        ("mx; dkim=pass header.i=@shop.test", True),
        ("mx; dkim=fail header.d=shop.test; dkim=pass header.d=other.test", False),
        ("mx; spf=pass smtp.mailfrom=shop.test", False),
        ("mx; none", False),
        ("mx; (dmarc=pass header.from=shop.test) none", False),
        ("mx 2; dmarc=pass header.from=shop.test", False),
        ("mx; dmarc/2=pass header.from=shop.test", False),
        ('mx; dmarc=pass ("x) header.from=shop.test', False),
        ("", False),
    ],
)
def test_what_a_sealer_says_must_be_about_the_authors_domain(
    results: str, expected: bool, zone_resolver: Resolve
) -> None:
    """dmarc, or a signature of that very domain."""
    report = verify(Sealer(domain="list.test", results=results).seal(), zone_resolver(ZONE))

    assert ("pass", expected) == (report.result, report.vouches_for("shop.test"))


def two() -> bytes:
    """A good chain of two."""
    return GIANT.seal(LIST.seal())


def without(raw: bytes, name: bytes, instance: bytes) -> bytes:
    """The mail without that field of that instance."""
    head, _, body = raw.partition(b"\r\n\r\n")
    fields = head.replace(b"\r\n ", b"\0").split(b"\r\n")
    kept = [one for one in fields if not (one.startswith(name) and b"i=" + instance + b";" in one)]
    assert len(kept) == len(fields) - 1
    return b"\r\n".join(kept).replace(b"\0", b"\r\n ") + b"\r\n\r\n" + body


BROKEN = {
    "body changed after the last seal": lambda: two().replace(b"nobody can pay", b"everybody pays"),
    "body longer": lambda: two() + b"more\r\n",
    "subject changed": lambda: two().replace(b"Subject: The", b"Subject: My"),
    "second subject on top": lambda: b"Subject: forged\r\n" + two(),
    "second author on top": lambda: b"From: mallory@evil.test\r\n" + two(),
    "results changed": lambda: two().replace(b"dmarc=fail", b"dmarc=pass"),
    "older results changed": lambda: two().replace(b"dmarc=pass", b"dmarc=fail"),
    "no seal 1": lambda: without(two(), b"ARC-Seal", b"1"),
    "no signature 1": lambda: without(two(), b"ARC-Message-Signature", b"1"),
    "no results 2": lambda: without(two(), b"ARC-Authentication-Results", b"2"),
    "instance 1 missing": lambda: Sealer(domain="list.test", instance=2, cv="pass").seal(),
    "hole": lambda: Sealer(domain="giant.test", instance=3).seal(LIST.seal()),
    "instance 0": lambda: Sealer(domain="list.test", instance=-1).seal().replace(b"i=-1", b"i=0"),
    "instance twice": lambda: Sealer(domain="giant.test", instance=1, cv="pass").seal(LIST.seal()),
    "cv=fail": lambda: Sealer(domain="giant.test", cv="fail").seal(LIST.seal()),
    "cv=none later": lambda: Sealer(domain="giant.test", cv="none").seal(LIST.seal()),
    "cv=pass first": lambda: Sealer(domain="list.test", cv="pass").seal(),
    "older cv=fail": lambda: GIANT.seal(Sealer(domain="list.test", cv="fail").seal(LIST.seal())),
    "h= in a seal": lambda: Sealer(domain="list.test", seal_tags=((b"h", b"from"),)).seal(),
    "seals signed by a signature": lambda: Sealer(domain="giant.test", headers=(b"from", b"arc-seal")).seal(
        LIST.seal()
    ),
    "author not signed": lambda: Sealer(domain="list.test", headers=(b"to", b"subject")).seal(),
    "l=": lambda: Sealer(domain="list.test", signature_tags=((b"l", b"5"),)).seal(),
    "expired": lambda: Sealer(domain="list.test", signature_tags=((b"x", b"1788000000"),)).seal(),
    "somebody else's key": lambda: Sealer(domain="list.test", key=rsa_key(1024)).seal(),
    "key too short": WEAK.seal,
    "no instance number": lambda: b"ARC-Seal: a=rsa-sha256; cv=none; d=list.test; s=arc; b=AAAA\r\n" + two(),
    "not a tag list": lambda: two().replace(b"cv=pass", b"cv"),
    "seal without a domain": lambda: b"ARC-Seal: i=3; a=rsa-sha256; cv=pass; s=arc; b=AAAA\r\n" + two(),
    "hash without a signature": lambda: b"ARC-Message-Signature: i=3; a=rsa-sha256; d=a.test; bh=AAAA\r\n" + two(),
    "another algorithm": lambda: two().replace(b"a=rsa-sha256", b"a=rsa-sha1", 1),
    "unreadable header": lambda: b"no field\r\n" + two(),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_chain_fails_and_says_why(broken: str, zone_resolver: Resolve) -> None:
    """RFC 8617 §5.2, and what of threat A-17 is true of seals as well."""
    report = verify(BROKEN[broken](), zone_resolver(ZONE))

    assert report.result == "fail"
    assert report.why.isprintable()
    assert report.why
    assert not report.vouches_for("shop.test")


@functools.cache
def chain(count: int) -> bytes:
    """A mail that was sealed so often."""
    return LIST.seal(chain(count - 1)) if count else MAIL


@pytest.mark.parametrize(("count", "result"), [(50, "pass"), (51, "fail")])
def test_a_chain_has_fifty_sets_at_most(count: int, result: str, zone_resolver: Resolve) -> None:
    """RFC 8617 §4.2.1; and fifty cost little."""
    raw, resolver = chain(count), zone_resolver(ZONE)

    report = cheap(1, lambda: verify(raw, resolver))

    assert (result, count == 51) == (report.result, "more than 50" in report.why)


def test_no_answer_from_dns_is_temporary(serve_zone: ServeZone, clock: FixedClock) -> None:
    """Of the newest sealer's key, and of an older one's."""
    for failing in ("arc._domainkey.giant.test", "arc._domainkey.list.test"):
        resolver = Resolver(Dns(servers=(serve_zone(ZONE, servfail=[failing]).address,)), clock)

        report = verify(two(), resolver)

        assert (report.result, report.sealer) == ("temperror", "giant.test")
        assert failing in report.why


def test_a_missing_key_fails(zone_resolver: Resolve) -> None:
    """It will not come back."""
    report = verify(two(), zone_resolver(GIANT.record()))

    assert (report.result, report.why) == ("fail", "there is no key at arc._domainkey.list.test")


@pytest.mark.parametrize(
    "raw",
    [
        b"ARC-Seal: i=1; cv=none; d=list.test\r\n" * 1900 + MAIL,
        b"".join(b"ARC-Seal: i=%d; a=rsa-sha256; cv=pass; d=list.test; s=arc; b=AAAA\r\n" % n for n in range(1, 1900))
        + MAIL,
        b"ARC-Seal: i=1;" + b" " * 200_000 + b"\r\n" + MAIL,
        b"ARC-Authentication-Results: i=1; mx; " + b"(" * 200_000 + b"\r\n" + LIST.seal(),
        LIST.seal(MAIL.replace(b"Alice\r\n", b" " * 5_000_000)),
    ],
    ids=["one twice and twice", "a hole of thousands", "white space", "brackets", "body"],
)
def test_a_hostile_chain_costs_little(raw: bytes, zone_resolver: Resolve) -> None:
    """Linear time, no exception."""
    resolver = zone_resolver(ZONE)

    assert cheap(1, lambda: verify(raw, resolver)).result in ("fail", "pass")
