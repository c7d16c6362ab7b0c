"""SPF: may this peer send for that domain?"""

import threading

import pytest

from gateway.authn import spf
from gateway.authn.resolver import Resolver
from gateway.clock import FixedClock
from gateway.config import Dns
from gateway.model import Envelope, Via
from tests.authn.conftest import Resolve
from tests.authn.signing import NOW, txt
from tests.cost import cheap
from tests.peers.dns import ServeZone

GOOD, BAD, SIX = "192.0.2.1", "203.0.113.9", "2001:db8::1"
ZONE = (
    txt("shop.test", "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all")
    + txt("soft.test", "v=spf1 a mx ~all")
    + "soft.test. 60 IN A 192.0.2.1\nsoft.test. 60 IN MX 10 mx.soft.test.\nmx.soft.test. 60 IN A 203.0.113.9\n"
    + txt("neutral.test", "v=spf1 ?all")
    + txt("customer.test", "v=spf1 include:shop.test include:soft.test -all")
    + txt("moved.test", "v=spf1 redirect=shop.test")
    + txt("broken.test", "v=spf1 ipv4:192.0.2.1 -all")
    + txt("twice.test", "v=spf1 -all")
    + txt("twice.test", "v=spf1 +all")
    + txt("dangling.test", "v=spf1 include:nothing.test -all")
    + txt("macro.test", "v=spf1 exists:%{ir}.%{l}._spf.%{d} -all")
    + "1.2.0.192.alice._spf.macro.test. 60 IN A 127.0.0.2\n"
    + txt("reverse.test", "v=spf1 ptr -all")
    + "1.2.0.192.in-addr.arpa. 60 IN PTR host.reverse.test.\nhost.reverse.test. 60 IN A 192.0.2.1\n"
    + txt("words.test", "v=spf1 -all exp=why.words.test")
    + txt("why.words.test", "Go away")
    + "unrelated.test. 60 IN A 192.0.2.1\n"
)


def envelope(
    mail_from: str | None, peer: str | None = GOOD, helo: str = "mx.shop.test", via: Via = Via.SMTP
) -> Envelope:
    """An envelope as a listener makes it."""
    return Envelope(via=via, received_at=NOW, mail_from=mail_from, peer_ip=peer, helo=helo)


def check(resolver: Resolver, asked: Envelope) -> tuple[str, str]:
    """Result and domain."""
    found = spf.check(asked, resolver.for_mail())
    return found.result, found.domain


@pytest.mark.parametrize(
    ("mail_from", "peer", "expected"),
    [
        ("alice@shop.test", GOOD, "pass"),
        ("alice@shop.test", SIX, "pass"),
        ("alice@shop.test", f"::ffff:{GOOD}", "pass"),
        ("alice@shop.test", BAD, "fail"),
        ("alice@SHOP.test", GOOD, "pass"),
        ("alice@soft.test", BAD, "pass"),
        ("alice@soft.test", "198.51.100.1", "softfail"),
        ("alice@neutral.test", BAD, "neutral"),
        ("alice@customer.test", GOOD, "pass"),
        ("alice@customer.test", "198.51.100.1", "fail"),
        ("alice@moved.test", GOOD, "pass"),
        ("alice@unrelated.test", GOOD, "none"),
        ("alice@nowhere.test", GOOD, "none"),
        ("alice@broken.test", GOOD, "permerror"),
        ("alice@twice.test", GOOD, "permerror"),
        ("alice@dangling.test", GOOD, "permerror"),
        ("alice@macro.test", GOOD, "pass"),
        ("bob@macro.test", GOOD, "fail"),
        ("alice@reverse.test", GOOD, "pass"),
        ("alice@reverse.test", BAD, "fail"),
    ],
)
def test_the_record_decides(mail_from: str, peer: str, expected: str, resolve: Resolve) -> None:
    """The results of RFC 7208 §2.6."""
    assert (expected, mail_from.partition("@")[2].lower()) == check(resolve(ZONE), envelope(mail_from, peer))


# Short cases of our own for the rules that the public suite of RFC 7208 tests (`make spf-suite` runs all of that).
RULES: list[tuple[str, str, str]] = [
    # §4.5 which record
    ("V=SPF1 -all", GOOD, "fail"),
    ("v=spf10 -all", GOOD, "none"),
    (" v=spf1 -all", GOOD, "none"),
    ("v=spf1", GOOD, "neutral"),
    ("v=spf1  -all ", GOOD, "fail"),
    # §4.6.1 terms
    ("v=spf1 +all", GOOD, "pass"),
    ("v=spf1 ip4:192.0.2.1 -all junk", GOOD, "permerror"),
    ("v=spf1 -all:x", GOOD, "permerror"),
    ("v=spf1 all/8", GOOD, "permerror"),
    ("v=spf1 !all", GOOD, "permerror"),
    ("v=spf1\t-all", GOOD, "none"),
    ("v=spf1 ip4:192.0.2.1,-all", GOOD, "permerror"),
    ("v=spf1 unknown=x -all", GOOD, "fail"),
    ("v=spf1 redirect=a.rules.test redirect=a.rules.test", GOOD, "permerror"),
    # §5.1 all, §6.1 redirect: never behind an all
    ("v=spf1 -all redirect=pass.rules.test", GOOD, "fail"),
    ("v=spf1 redirect=pass.rules.test ip4:198.51.100.1", GOOD, "pass"),
    ("v=spf1 redirect=nothing.rules.test", GOOD, "permerror"),
    # §5.2 include
    ("v=spf1 include:pass.rules.test -all", GOOD, "pass"),
    ("v=spf1 ~include:pass.rules.test -all", GOOD, "softfail"),
    ("v=spf1 include:fail.rules.test ?all", GOOD, "neutral"),
    ("v=spf1 include:broken.rules.test +all", GOOD, "permerror"),
    ("v=spf1 include -all", GOOD, "permerror"),
    # §5.3 a, §5.4 mx
    ("v=spf1 a:a.rules.test -all", GOOD, "pass"),
    ("v=spf1 a:a.rules.test/24 -all", "192.0.2.200", "pass"),
    ("v=spf1 a:a.rules.test/33 -all", GOOD, "permerror"),
    ("v=spf1 a:a.rules.test//129 -all", GOOD, "permerror"),
    ("v=spf1 a:a.rules.test//32 -all", "2001:db8:ffff::1", "pass"),
    ("v=spf1 a:a.rules.test/0 -all", BAD, "pass"),
    ("v=spf1 mx:mx.rules.test -all", GOOD, "pass"),
    ("v=spf1 mx:mx.rules.test//64 -all", SIX, "pass"),
    ("v=spf1 mx:many.rules.test -all", GOOD, "permerror"),
    ("v=spf1 a:111.222.33.44 -all", GOOD, "permerror"),
    # §5.5 ptr, §5.6 ip4 and ip6
    ("v=spf1 ip4:192.0.2.0/33 -all", GOOD, "permerror"),
    ("v=spf1 ip4:192.0.2.1//32 -all", GOOD, "permerror"),
    ("v=spf1 ip6:2001:db8::/32 -all", SIX, "pass"),
    ("v=spf1 ip6:2001:db8:::1 -all", SIX, "permerror"),
    ("v=spf1 ip4:192.0.2.1 -all", SIX, "fail"),
    # §5.7 exists, §7 macros
    ("v=spf1 exists:a.rules.test -all", SIX, "pass"),
    ("v=spf1 exists:%{i}.%{h}.x.rules.test -all", GOOD, "fail"),
    ("v=spf1 exists:%{d1r}.%{o}.test -all", GOOD, "fail"),
    ("v=spf1 exists:%(d).test -all", GOOD, "permerror"),
    ("v=spf1 exists:%{c}.test -all", GOOD, "permerror"),
    ("v=spf1 exists:%{x}.test -all", GOOD, "permerror"),
    ("v=spf1 exists:%%{d}.test -all", GOOD, "fail"),
    # §4.6.4 void look-ups: two are allowed
    ("v=spf1 a:v1.rules.test a:v2.rules.test ip4:192.0.2.1 -all", GOOD, "pass"),
    ("v=spf1 a:v1.rules.test a:v2.rules.test a:v3.rules.test ip4:192.0.2.1 -all", GOOD, "permerror"),
]
RULE_ZONE = (
    txt("pass.rules.test", "v=spf1 ip4:192.0.2.0/24 -all")
    + txt("fail.rules.test", "v=spf1 -all")
    + txt("broken.rules.test", "v=spf1 oops")
    + "a.rules.test. 60 IN A 192.0.2.1\na.rules.test. 60 IN AAAA 2001:db8::9\n"
    + "mx.rules.test. 60 IN MX 10 a.rules.test.\nmx.rules.test. 60 IN MX 5 b.rules.test.\n"
    + "b.rules.test. 60 IN AAAA 2001:db8::1\nb.rules.test. 60 IN A 203.0.113.1\n"
    + "".join(f"many.rules.test. 60 IN MX 10 m{number}.rules.test.\n" for number in range(11))
)


@pytest.mark.parametrize(("record", "peer", "expected"), RULES)
def test_each_rule_of_the_standard_holds(record: str, peer: str, expected: str, zone_resolver: Resolve) -> None:
    """Selection, grammar, mechanisms, macros, limits."""
    zone = RULE_ZONE + txt("rules.test", record).replace("\t", "\\009")

    assert (expected, "rules.test") == check(zone_resolver(zone), envelope("alice@rules.test", peer))


@pytest.mark.parametrize(
    ("record", "by_way_of"),
    [
        ("v=spf1 ip4:192.0.2.1 -all", ()),
        ("v=spf1 include:shop.test -all", ("shop.test",)),
        ("v=spf1 include:customer.test -all", ("shop.test", "customer.test")),
        ("v=spf1 redirect=moved.test", ("shop.test", "moved.test")),
        ("v=spf1 include:fails.test ip4:192.0.2.1 -all", ()),
        ("v=spf1 ?include:shop.test -all", ()),
    ],
)
def test_it_is_told_whose_records_let_the_mail_pass(
    record: str, by_way_of: tuple[str, ...], zone_resolver: Resolve
) -> None:
    """From the innermost; a record that only ended the search inside another is not one."""
    zone = ZONE + txt("asked.test", record) + txt("fails.test", "v=spf1 -include:shop.test +all")

    assert by_way_of == spf.check(envelope("alice@asked.test"), zone_resolver(zone).for_mail()).by_way_of


@pytest.mark.parametrize(
    ("record", "names"),
    [
        (b"v=spf1 include:A.test ~include:b.test redirect=c.test -all", ("a.test", "b.test", "c.test")),
        (b"v=spf1 include:%{d}.x.test ip4:192.0.2.1 exists:include:d.test", ()),
        (b"v=spf1 " + b"include:" * 5000, ()),
        (b"\xff include:a.test", ("a.test",)),
    ],
)
def test_the_domains_that_a_record_names_can_be_read_without_a_peer(record: bytes, names: tuple[str, ...]) -> None:
    """Includes and the redirect; those with macros only an evaluation knows."""
    assert names == spf.names_of(record)


def test_the_null_reverse_path_is_judged_by_helo(zone_resolver: Resolve) -> None:
    """RFC 7208 §2.4; a HELO that is no domain says nothing."""
    resolver = zone_resolver(ZONE)

    assert check(resolver, envelope("", helo="shop.test")) == ("pass", "shop.test")
    assert check(resolver, envelope("", BAD, helo="shop.test")) == ("fail", "shop.test")
    assert check(resolver, envelope("", helo="[192.0.2.1]")) == ("none", "")
    assert check(resolver, envelope("", helo="localhost")) == ("none", "")


@pytest.mark.parametrize(
    "unknown",
    [
        envelope("alice@shop.test", None),
        envelope("alice@shop.test", GOOD, via=Via.LMTP),
        envelope("alice@shop.test", GOOD, via=Via.IMAP),
        envelope("alice@shop.test", GOOD, via=Via.PIPE),
        envelope("alice@shop.test", "not an address"),
        envelope(None),
        envelope("alice@[192.0.2.1]"),
        envelope("alice"),
    ],
)
def test_without_peer_or_domain_nothing_is_asked(unknown: Envelope, serve_zone: ServeZone, clock: FixedClock) -> None:
    """Behind another server, the peer is that server, not the sender's."""
    server = serve_zone(ZONE)

    assert check(Resolver(Dns(servers=(server.address,)), clock), unknown) == ("none", "")
    assert server.questions == []


@pytest.mark.parametrize(
    ("mail_from", "expected"),
    [('"a@unrelated.test"@shop.test', "pass"), ("a@b@shop.test", "pass"), ('"alice@x"@macro.test', "fail")],
)
def test_the_domain_stands_after_the_last_at_sign(mail_from: str, expected: str, zone_resolver: Resolve) -> None:
    """Also where the local part is quoted and holds one, which is where pyspf would begin the domain."""
    assert (expected, mail_from.rpartition("@")[2]) == check(zone_resolver(ZONE), envelope(mail_from))


def test_a_file_has_a_peer_where_a_person_told_it(zone_resolver: Resolve) -> None:
    """`explain --peer-ip`."""
    assert check(zone_resolver(ZONE), envelope("alice@shop.test", via=Via.FILE)) == ("pass", "shop.test")


def test_no_answer_from_dns_is_temporary(serve_zone: ServeZone, clock: FixedClock) -> None:
    """SERVFAIL and silence, of the record itself and of an included one."""
    zone = ZONE + txt("includes.test", "v=spf1 include:failing.test -all")
    for server in (serve_zone(zone, servfail=["failing.test"]), serve_zone(zone, silent=["failing.test"])):
        resolver = Resolver(Dns(servers=(server.address,), timeout_seconds=1), clock)
        for domain in ("failing.test", "includes.test"):
            found = spf.check(envelope(f"alice@{domain}"), resolver.for_mail())

            assert ("temperror", domain) == (found.result, found.domain)
            assert found.why.startswith("TXT failing.test: ")


def test_an_error_in_a_reverse_look_up_is_no_match(serve_zone: ServeZone, clock: FixedClock) -> None:
    """RFC 7208 §5.5: the peer's broken reverse zone must not delay anybody's mail."""
    server = serve_zone(ZONE, servfail=["9.113.0.203.in-addr.arpa"])
    resolver = Resolver(Dns(servers=(server.address,), timeout_seconds=20), clock)

    assert check(resolver, envelope("alice@reverse.test", BAD)) == ("fail", "reverse.test")


@pytest.mark.parametrize(("includes", "expected"), [(10, "fail"), (11, "permerror")])
def test_ten_look_ups_are_allowed_and_eleven_are_not(includes: int, expected: str, zone_resolver: Resolve) -> None:
    """RFC 7208 §4.6.4."""
    names = [f"i{number}.test" for number in range(includes)]
    zone = txt("many.test", "v=spf1 " + " ".join(f"include:{name}" for name in names) + " -all")
    zone += "".join(txt(name, "v=spf1 ip4:192.0.2.99 -all") for name in names)

    assert (expected, "many.test") == check(zone_resolver(zone), envelope("alice@many.test"))


def test_includes_in_a_circle_end(zone_resolver: Resolve) -> None:
    """Each includes the other."""
    zone = txt("a.test", "v=spf1 include:b.test -all") + txt("b.test", "v=spf1 include:a.test -all")

    assert check(zone_resolver(zone), envelope("alice@a.test")) == ("permerror", "a.test")


def test_a_record_that_would_ask_on_and_on_meets_the_mails_budget(zone_resolver: Resolve) -> None:
    """10 mx of 10 hosts each are allowed 110 questions by the RFC; a mail has 60."""
    zone = txt("wide.test", "v=spf1 " + " ".join(f"mx:m{number}.test" for number in range(10)) + " -all")
    for number in range(10):
        for host in range(10):
            zone += f"m{number}.test. 60 IN MX 10 h{host}.m{number}.test.\n"
            zone += f"h{host}.m{number}.test. 60 IN A 198.51.100.1\n"

    found = spf.check(envelope("alice@wide.test"), zone_resolver(zone).for_mail())

    assert (found.result, found.why) == ("temperror", "this mail would need too many DNS questions")


def test_the_senders_explanation_is_not_fetched(serve_zone: ServeZone, clock: FixedClock) -> None:
    """We would never show it."""
    server = serve_zone(ZONE)

    assert check(Resolver(Dns(servers=(server.address,)), clock), envelope("alice@words.test")) == (
        "fail",
        "words.test",
    )
    assert server.questions == [("words.test", "TXT")]


@pytest.mark.parametrize(
    "record",
    [
        "v=spf1 a:" + "a." * 3 + "a" * 200_00 + "!",
        "v=spf1 " + "a:x." + "a" * 290 + "! ",
        "v=spf1 " + ("a:x." + "a" * 290 + ".y ") * 13,
        "v=spf1 exists:" + "%{" * 120,
        "v=spf1 exists:%{d" + "9" * 280 + "}.test",
        "v=spf1 " + "include:%{d}.%{d}.%{d}.%{d} " * 100,
        "v=spf1 redirect=" + "%{l}" * 60,
        "v=spf1 ip4:999.1.1.1 -all",
        "v=spf1 \xff",
    ],
)
def test_a_hostile_record_costs_little_and_raises_nothing(record: str, zone_resolver: Resolve) -> None:
    """Pyspf's grammar alone takes 16 s for the first one."""
    resolver = zone_resolver(txt("evil.test", record))

    result, _ = cheap(0.5, lambda: check(resolver, envelope("a.b.c@evil.test")))

    assert result in ("permerror", "none", "fail", "neutral")


@pytest.mark.parametrize(
    ("record", "why"),
    [
        ("v=spf1 " + "ip4:192.0.2.1 " * 300 + "-all", "an SPF record is longer than 4096 octets"),
        ("v=spf1 a:" + "a" * 300 + ".test -all", "a domain name in an SPF record is too long"),
    ],
)
def test_a_record_has_bounds(record: str, why: str, zone_resolver: Resolve) -> None:
    """Beyond them pyspf's time grows with the square."""
    found = spf.check(envelope("alice@evil.test"), zone_resolver(txt("evil.test", record)).for_mail())

    assert ("permerror", why) == (found.result, found.why)


def test_threads_do_not_disturb_each_other(zone_resolver: Resolve) -> None:
    """Pyspf has globals; none of them is ours."""
    resolver = zone_resolver(ZONE)
    asked = {f"alice@{name}.test": expected for name, expected in (("shop", "pass"), ("twice", "permerror"))}
    wrong: list[str] = []

    def run(mail_from: str, expected: str) -> None:
        wrong.extend(mail_from for _ in range(50) if check(resolver, envelope(mail_from))[0] != expected)

    threads = [threading.Thread(target=run, args=pair) for pair in asked.items() for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []


def test_why_holds_no_control_characters_of_the_record(zone_resolver: Resolve) -> None:
    """A record is an outsider's text."""
    zone = 'evil.test. 60 IN TXT "v=spf1 \\027[31m:x -all"\n' + 'ip.test. 60 IN TXT "v=spf1 a ip4:1.2.3.4/\\027 -all"\n'
    for domain in ("evil.test", "ip.test"):
        found = spf.check(envelope(f"a@{domain}"), zone_resolver(zone).for_mail())

        assert found.result == "permerror"
        assert found.why.isprintable()
