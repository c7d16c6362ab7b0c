"""The one resolver, against a real DNS server and from zone files."""

import socket
import threading
import time
from pathlib import Path

import pytest

from gateway.authn import resolver as resolver_module
from gateway.authn.answers import AnswerState, Mx
from gateway.authn.resolver import MailResolver, Resolver
from gateway.clock import FixedClock, SystemClock
from gateway.config import Dns
from gateway.errors import ConfigError
from tests.authn.conftest import Resolve
from tests.cost import LATE_SECONDS
from tests.peers.dns import ServeZone

SOA = "@ 60 IN SOA ns.shop.test. admin.shop.test. 1 3600 600 86400 60\n"
ZONE = (
    "$ORIGIN shop.test.\n"
    + SOA
    + """
@ 60 IN TXT "v=spf1 -all"
@ 60 IN MX 20 backup
@ 60 IN MX 10 mail
mail 60 IN A 192.0.2.1
mail 60 IN AAAA 2001:db8::1
long 60 IN TXT "one " "two"
www 60 IN CNAME mail
deep.below 60 IN A 192.0.2.2
null 60 IN MX 0 .
1.2.0.192.in-addr.arpa. 60 IN PTR mail.shop.test.
$ORIGIN other.test.
@ 60 IN SOA ns.other.test. admin.other.test. 1 3600 600 86400 60
@ 60 IN TXT "second zone"
"""
)


def test_each_type_is_answered_in_its_shape(resolve: Resolve) -> None:
    """TXT is bytes, hosts are text without a final dot."""
    mail = resolve(ZONE).for_mail()

    assert mail.txt("shop.test").records == (b"v=spf1 -all",)
    assert mail.a("mail.shop.test").records == ("192.0.2.1",)
    assert mail.aaaa("mail.shop.test").records == ("2001:db8::1",)
    assert [Mx(10, "mail.shop.test"), Mx(20, "backup.shop.test")] == sorted(mail.mx("shop.test").records)
    assert mail.ptr("1.2.0.192.in-addr.arpa").records == ("mail.shop.test",)


def test_the_strings_of_a_txt_record_are_joined_without_a_gap(resolve: Resolve) -> None:
    """RFC 7208 §3.3."""
    assert resolve(ZONE).for_mail().txt("long.shop.test").records == (b"one two",)


def test_names_are_asked_in_any_case_and_with_or_without_a_final_dot(resolve: Resolve) -> None:
    """DNS names have no case (RFC 4343)."""
    assert resolve(ZONE).for_mail().a("MAIL.shop.TEST.").records == ("192.0.2.1",)


def test_aliases_are_followed(resolve: Resolve) -> None:
    """A CNAME leads to the records of its target."""
    assert resolve(ZONE).for_mail().a("www.shop.test").records == ("192.0.2.1",)


def test_a_name_without_such_a_record_is_nodata_and_no_name_is_nxdomain(resolve: Resolve) -> None:
    """Also for a name that only has names below it, and through an alias."""
    mail = resolve(ZONE).for_mail()

    assert AnswerState.NODATA is mail.a("shop.test").state
    assert AnswerState.NODATA is mail.a("below.shop.test").state
    assert AnswerState.NODATA is mail.txt("www.shop.test").state
    assert AnswerState.NXDOMAIN is mail.a("nobody.shop.test").state
    assert AnswerState.NXDOMAIN is mail.a("shop.example").state


def test_the_null_mx_has_no_host(resolve: Resolve) -> None:
    """RFC 7505."""
    assert (Mx(0, ""),) == resolve(ZONE).for_mail().mx("null.shop.test").records


def test_one_file_or_server_may_hold_several_zones(resolve: Resolve) -> None:
    """A second SOA is no mistake."""
    assert resolve(ZONE).for_mail().txt("other.test").records == (b"second zone",)


def test_an_answer_too_large_for_udp_comes_by_tcp(serve_zone: ServeZone, clock: FixedClock) -> None:
    """2 KB of TXT do not fit one datagram."""
    strings = " ".join(f'"{letter * 200}"' for letter in "abcdefghij")
    server = serve_zone(f"large.test. 60 IN TXT {strings}\n")

    answer = Resolver(Dns(servers=(server.address,)), clock).for_mail().txt("large.test")

    assert ("".join(letter * 200 for letter in "abcdefghij").encode(),) == answer.records
    assert len(server.questions) == 2


def test_relative_names_without_an_origin_hang_below_the_root(zone_resolver: Resolve) -> None:
    """So a trial zone may be written without any ceremony, even without TTLs."""
    mail = zone_resolver('shop.test TXT "v=spf1 -all"\nmail.shop.test A 192.0.2.1\n').for_mail()

    assert mail.txt("shop.test").records == (b"v=spf1 -all",)
    assert mail.a("mail.shop.test").records == ("192.0.2.1",)


def test_a_txt_record_may_be_written_over_several_lines(zone_resolver: Resolve) -> None:
    """Parentheses, as most tools print DKIM keys."""
    assert zone_resolver(
        's._domainkey.shop.test. 60 IN TXT ( "v=DKIM1; p=AAAA"\n   "BBBB" ) ; a comment\n'
    ).for_mail().txt("s._domainkey.shop.test").records == (b"v=DKIM1; p=AAAABBBB",)


def test_a_wildcard_answers_for_names_that_do_not_exist_only(zone_resolver: Resolve) -> None:
    """RFC 4592 §2.2.1: the closest existing ancestor decides."""
    mail = zone_resolver(
        '*.shop.test. 60 IN TXT "any"\nreal.shop.test. 60 IN A 192.0.2.1\na.b.shop.test. 60 IN A 192.0.2.2\n'
    ).for_mail()

    assert mail.txt("x.y.shop.test").records == (b"any",)
    assert AnswerState.NODATA is mail.txt("real.shop.test").state
    assert AnswerState.NXDOMAIN is mail.txt("x.real.shop.test").state
    assert AnswerState.NXDOMAIN is mail.txt("x.b.shop.test").state


def test_aliases_that_go_in_a_circle_are_no_answer(zone_resolver: Resolve) -> None:
    """As a real server would fail."""
    mail = zone_resolver("a.test. 60 IN CNAME b.test.\nb.test. 60 IN CNAME a.test.\n").for_mail()

    assert AnswerState.TEMPERROR is mail.a("a.test").state


@pytest.mark.parametrize(
    "name",
    ["", ".", "a..test", "x" * 64 + ".test", ".".join(["abcdefg"] * 40) + ".test"],
    ids=["empty", "root", "empty label", "long label", "long name"],
)
def test_what_is_no_name_does_not_exist_and_is_not_asked(name: str, serve_zone: ServeZone, clock: FixedClock) -> None:
    """RFC 1035 §2.3.4."""
    server = serve_zone(ZONE)

    answer = Resolver(Dns(servers=(server.address,)), clock).for_mail().txt(name)

    assert AnswerState.NXDOMAIN is answer.state
    assert server.questions == []


def test_a_backslash_in_a_name_is_a_letter_and_no_escape(serve_zone: ServeZone, clock: FixedClock) -> None:
    r"""`x\.shop.test` must not become one label `x.shop` of the zone `test`."""
    server = serve_zone(ZONE)

    Resolver(Dns(servers=(server.address,)), clock).for_mail().txt("x\\.shop.test")

    assert [(name.replace("\\092", "\\"), kind) for name, kind in server.questions] == [("x\\.shop.test", "TXT")]


def test_a_server_that_does_not_answer_is_no_answer_within_the_timeout(clock: FixedClock) -> None:
    """Nobody reads that port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        config = Dns(servers=(f"127.0.0.1:{deaf.getsockname()[1]}",), timeout_seconds=0.3)
        began = time.monotonic()
        answer = Resolver(config, clock).for_mail().txt("shop.test")

    assert AnswerState.TEMPERROR is answer.state
    assert answer.why == "TXT shop.test: no DNS server answered within 0.3 s"
    assert time.monotonic() - began < LATE_SECONDS


def test_a_server_that_is_not_there_is_no_answer(clock: FixedClock) -> None:
    """The port is closed: the system may even say so."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as gone:
        gone.bind(("127.0.0.1", 0))
        port = gone.getsockname()[1]

    answer = Resolver(Dns(servers=(f"127.0.0.1:{port}",), timeout_seconds=0.3), clock).for_mail().a("shop.test")

    assert AnswerState.TEMPERROR is answer.state


def test_servfail_is_no_answer_and_says_so(serve_zone: ServeZone, clock: FixedClock) -> None:
    """A domain whose own servers are broken."""
    server = serve_zone(ZONE, servfail=["broken.test"])
    config = Dns(servers=(server.address,), timeout_seconds=20)

    answer = Resolver(config, clock).for_mail().txt("broken.test")

    assert AnswerState.TEMPERROR is answer.state
    assert answer.why == "TXT broken.test: the DNS servers failed (SERVFAIL) or refused to answer"


def test_a_second_server_answers_where_the_first_is_silent(serve_zone: ServeZone, clock: FixedClock) -> None:
    """As the system's resolver would do."""
    server = serve_zone(ZONE)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        config = Dns(servers=(f"127.0.0.1:{deaf.getsockname()[1]}", server.address), timeout_seconds=5)
        answer = Resolver(config, clock).for_mail().a("mail.shop.test")

    assert answer.records == ("192.0.2.1",)


def test_an_answer_is_remembered_for_its_ttl(serve_zone: ServeZone, clock: FixedClock) -> None:
    """60 seconds: one question before, a second one after."""
    server = serve_zone(ZONE)
    resolver = Resolver(Dns(servers=(server.address,)), clock)

    for seconds in (0.0, 59.0, 61.0):
        clock.seconds = seconds
        assert resolver.for_mail().a("mail.shop.test").records == ("192.0.2.1",)

    assert server.questions == [("mail.shop.test", "A")] * 2


def test_that_there_is_nothing_is_remembered_as_the_zone_says(serve_zone: ServeZone, clock: FixedClock) -> None:
    """The SOA's minimum, 60 s (RFC 2308 §5), for NXDOMAIN and NODATA."""
    server = serve_zone(ZONE)
    resolver = Resolver(Dns(servers=(server.address,)), clock)

    for seconds in (0.0, 59.0, 61.0):
        clock.seconds = seconds
        assert AnswerState.NXDOMAIN is resolver.for_mail().txt("no.shop.test").state
        assert AnswerState.NODATA is resolver.for_mail().txt("mail.shop.test").state

    assert len(server.questions) == 4


def test_no_answer_is_remembered_for_as_long_as_an_hour(serve_zone: ServeZone, clock: FixedClock) -> None:
    """A key withdrawn today must not count until next week."""
    server = serve_zone("mail.shop.test. 604800 IN A 192.0.2.1\n")
    resolver = Resolver(Dns(servers=(server.address,)), clock)

    resolver.for_mail().a("mail.shop.test")
    clock.seconds = 3601
    resolver.for_mail().a("mail.shop.test")

    assert len(server.questions) == 2


def test_a_failure_is_remembered_for_seconds_only(serve_zone: ServeZone, clock: FixedClock) -> None:
    """A flood of mail of a dead domain waits once, and a recovered domain is soon seen."""
    server = serve_zone(ZONE, servfail=["broken.test"])
    resolver = Resolver(Dns(servers=(server.address,), timeout_seconds=1), clock)

    resolver.for_mail().txt("broken.test")
    asked = len(server.questions)
    resolver.for_mail().txt("broken.test")
    assert asked == len(server.questions)

    clock.seconds = 16
    resolver.for_mail().txt("broken.test")
    assert asked < len(server.questions)


def test_a_failure_for_want_of_time_is_not_remembered(clock: FixedClock, serve_zone: ServeZone) -> None:
    """The mail had 0.2 s left; the next mail has its own time."""
    server = serve_zone(ZONE, silent=["slow.test"])
    resolver = Resolver(Dns(servers=(server.address,), timeout_seconds=1), clock)

    assert AnswerState.TEMPERROR is MailResolver(resolver, clock, 0.2).txt("slow.test").state
    asked = len(server.questions)
    MailResolver(resolver, clock, 0.2).txt("slow.test")

    assert asked < len(server.questions)


def test_memory_is_bounded(serve_zone: ServeZone, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of too many answers, the one that was used least recently is forgotten."""
    monkeypatch.setattr(resolver_module, "CACHED_ANSWERS", 2)
    server = serve_zone(ZONE)
    resolver = Resolver(Dns(servers=(server.address,)), clock)

    for name in ("mail.shop.test", "www.shop.test", "mail.shop.test", "deep.below.shop.test", "mail.shop.test"):
        resolver.for_mail().a(name)
    resolver.for_mail().a("www.shop.test")

    names = [name for name, _ in server.questions]
    assert names == ["mail.shop.test", "www.shop.test", "deep.below.shop.test", "www.shop.test"]


def test_a_mail_may_ask_sixty_questions(zone_resolver: Resolve) -> None:
    """The sixty-first is no answer; the next mail may ask again."""
    resolver = zone_resolver(ZONE)
    mail = resolver.for_mail()

    states = [mail.a(f"n{number}.shop.test").state for number in range(61)]

    assert states == [AnswerState.NXDOMAIN] * 60 + [AnswerState.TEMPERROR]
    assert AnswerState.FOUND is resolver.for_mail().a("mail.shop.test").state


def test_a_mail_may_wait_for_its_budget_in_all(zone_resolver: Resolve, clock: FixedClock) -> None:
    """20 seconds, however many questions."""
    mail = zone_resolver(ZONE).for_mail()

    clock.seconds = 19.9
    assert AnswerState.FOUND is mail.a("mail.shop.test").state
    clock.seconds = 20
    assert AnswerState.TEMPERROR is mail.aaaa("mail.shop.test").state
    assert AnswerState.FOUND is mail.a("mail.shop.test").state, "what is known needs no time"


def test_a_question_waits_no_longer_than_the_mail_may(serve_zone: ServeZone) -> None:
    """Half a second is left, though one question may take a minute."""
    server = serve_zone(ZONE, silent=["slow.test"])
    resolver = Resolver(Dns(servers=(server.address,), timeout_seconds=60, budget_seconds=0.5), SystemClock())
    began = time.monotonic()
    mail = resolver.for_mail()

    states = [mail.txt("slow.test").state, mail.a("mail.shop.test").state]

    assert states == [AnswerState.TEMPERROR] * 2
    assert time.monotonic() - began < LATE_SECONDS


def test_many_threads_ask_at_once(serve_zone: ServeZone, clock: FixedClock) -> None:
    """Each gets its own answer."""
    zone = "".join(f"h{number}.test. 60 IN A 192.0.2.{number}\n" for number in range(32))
    resolver = Resolver(Dns(servers=(serve_zone(zone).address,)), clock)
    answers: dict[int, tuple[str, ...]] = {}

    def ask(number: int) -> None:
        answers[number] = resolver.for_mail().a(f"h{number % 32}.test").records

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {number: (f"192.0.2.{number % 32}",) for number in range(64)} == answers


def test_why_shows_an_outsiders_name_without_control_characters(serve_zone: ServeZone, clock: FixedClock) -> None:
    """The name may come from a mail, and the reason goes to logs and people."""
    server = serve_zone(ZONE)
    resolver = Resolver(Dns(servers=(server.address,)), clock)

    why = MailResolver(resolver, clock, 0).txt("x").why + MailResolver(resolver, clock, 9, 0).txt("x").why
    assert "\n" not in why

    broken = serve_zone(ZONE, servfail=["a\x1b\nb.test"])
    answer = Resolver(Dns(servers=(broken.address,), timeout_seconds=20), clock).for_mail().txt("a\x1b\nb.test")
    assert answer.why == "TXT a??b.test: the DNS servers failed (SERVFAIL) or refused to answer"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        # The library counts a line that it has read to its end as begun: it is off by one then.
        ("shop.test. 60 IN A 192.0.2.1\nshop.test. 60 IN A not-an-address\n", ":3: Text input is malformed"),
        ("shop.test. 60 IN NONSENSE x\n", ":1: unknown rdatatype 'NONSENSE'"),
        ("$INCLUDE /etc/passwd\n", ":1: zone file directive '$INCLUDE' is not allowed"),
        ('shop.test. 60 IN TXT "no end\n', ":2: newline in quoted string"),
    ],
)
def test_a_mistake_in_a_zone_file_is_named_with_about_its_line(
    text: str, complaint: str, zone_resolver: Resolve, tmp_path: Path
) -> None:
    """As every other mistake in the configuration."""
    with pytest.raises(ConfigError) as raised:
        zone_resolver(text)

    assert raised.value.reason.startswith(f"[dns] zone_file {tmp_path}/zone")
    assert complaint in raised.value.reason


def test_a_zone_file_that_is_not_there_or_no_text_is_a_config_error(tmp_path: Path, clock: FixedClock) -> None:
    """Both name the file."""
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe")

    for file, complaint in ((tmp_path / "missing", "No such file"), (binary, "not UTF-8")):
        with pytest.raises(ConfigError, match=complaint):
            Resolver(Dns(zone_file=file), clock)


@pytest.mark.parametrize("server", ["no.such.host.invalid", "no.such.host.invalid:53"])
def test_a_server_that_is_no_address_is_a_config_error(server: str, clock: FixedClock) -> None:
    """A resolver cannot look its own server up."""
    with pytest.raises(ConfigError, match="not an IP address"):
        Resolver(Dns(servers=(server,)), clock)


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        ("192.0.2.53", "Do53:192.0.2.53@53"),
        ("192.0.2.53:5353", "Do53:192.0.2.53@5353"),
        ("[2001:db8::53]:5353", "Do53:2001:db8::53@5353"),
        ("2001:db8::53", "Do53:2001:db8::53@53"),
        ("localhost:5353", "Do53:127.0.0.1@5353"),
    ],
)
def test_servers_are_written_as_host_or_host_and_port(server: str, expected: str) -> None:
    """The colons of IPv6 are not taken for a port."""
    from gateway.authn.servers import _nameserver

    assert expected == str(_nameserver(server)).replace("::1@", "127.0.0.1@")


def test_without_servers_the_systems_are_asked(clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system has none, the error says what to do."""
    import dns.resolver

    def unreadable(*_: object) -> None:
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr(dns.resolver.Resolver, "read_resolv_conf", unreadable)
    with pytest.raises(ConfigError, match=r"set \[dns\] servers"):
        Resolver(Dns(), clock)
