"""Several questions at once: with a real DNS server that takes its time."""

import time
from typing import Any

import pytest

import tests.peers.dns as peer
from gateway.authn.answers import AnswerState, RecordType
from gateway.authn.authenticate import UNIMPORTANT_SECONDS, authenticate
from gateway.authn.resolver import Resolver
from gateway.authn.result import Grade
from gateway.clock import FixedClock, SystemClock
from gateway.config import Dns
from tests.authn.signing import MAIL, Signer, rsa_key, txt
from tests.authn.test_authenticate import GOOD, KEY, REJECT, SPF, from_peer, message
from tests.peers.dns import ServeZone

DELAY = 0.5
NAMES = [f"n{number}.test" for number in range(6)]
ZONE = "".join(txt(name, f"text of {name}") for name in NAMES)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every answer of the DNS server comes after a while."""
    answer = peer._Zone.resolve

    def resolve(self: Any, request: Any, handler: Any) -> Any:
        time.sleep(DELAY)
        return answer(self, request, handler)

    monkeypatch.setattr(peer._Zone, "resolve", resolve)


@pytest.mark.usefixtures("slow")
def test_six_questions_at_once_take_the_time_of_one(serve_zone: ServeZone) -> None:
    """And one after the other the time of six; afterwards nothing is asked again."""
    server = serve_zone(ZONE)
    mail = Resolver(Dns(servers=(server.address,)), SystemClock()).for_mail()
    began = time.monotonic()

    mail.at_once((RecordType.TXT, name) for name in NAMES)
    together = time.monotonic() - began
    texts = [mail.txt(name).records[0] for name in NAMES]

    assert texts == [f"text of {name}".encode() for name in NAMES]
    assert together < 4 * DELAY
    assert time.monotonic() - began < together + DELAY
    assert len(server.questions) == 6


@pytest.mark.usefixtures("slow")
def test_policy_spf_and_keys_of_a_mail_are_asked_together(serve_zone: ServeZone) -> None:
    """Four answers of half a second each: the whole is less than its parts."""
    server = serve_zone(REJECT + SPF + KEY + rsa_key().record("s2"))
    raw = Signer(selector=b"s2").sign(Signer().sign())
    resolver = Resolver(Dns(servers=(server.address,)), SystemClock())
    began = time.monotonic()

    answer = authenticate(message(), raw, from_peer(GOOD), resolver)
    seconds = time.monotonic() - began

    assert (answer.grade, answer.spf, len(answer.dkim)) == (Grade.A3, "pass", 2)
    assert len(server.questions) == 4
    assert seconds < 3 * DELAY


def test_a_stranger_cannot_starve_what_the_grade_depends_on(serve_zone: ServeZone) -> None:
    """Domains of an attacker that never answer: the author's are asked first, and the grade is certain."""
    stranger = Signer(domain=b"evil.test")
    raw = MAIL
    for number in range(4):
        raw = Signer(domain=b"evil.test", selector=f"s{number}".encode()).sign(raw)
    silent = ["evil.test", *(f"s{number}._domainkey.evil.test" for number in range(4))]
    server = serve_zone(REJECT, silent=silent)
    config = Dns(servers=(server.address,), timeout_seconds=0.5, budget_seconds=0.8)
    began = time.monotonic()

    answer = authenticate(message(), raw, from_peer(GOOD, "x@evil.test"), Resolver(config, SystemClock()))

    assert stranger.domain.decode() == answer.spf_domain
    assert (answer.grade, answer.spf) == (Grade.A0, "temperror")
    assert {found.result for found in answer.dkim} == {"temperror"}
    assert server.questions[0] == ("_dmarc.shop.test", "TXT")
    assert time.monotonic() - began < min(UNIMPORTANT_SECONDS, 2.5)


def test_what_is_known_or_cannot_exist_is_not_asked(serve_zone: ServeZone, clock: FixedClock) -> None:
    """From memory; and a single question waits for its turn."""
    server = serve_zone(ZONE)
    resolver = Resolver(Dns(servers=(server.address,)), clock)
    resolver.for_mail().txt(NAMES[0])
    mail = resolver.for_mail()

    mail.at_once([(RecordType.TXT, NAMES[0]), (RecordType.TXT, NAMES[0].upper()), (RecordType.TXT, "a..b")])
    mail.at_once([(RecordType.TXT, NAMES[1])])

    assert server.questions == [(NAMES[0], "TXT")]


def test_no_more_is_asked_at_once_than_the_mail_may_ask(serve_zone: ServeZone, clock: FixedClock) -> None:
    """The sixty-first question is none of the server's."""
    server = serve_zone(ZONE)
    mail = Resolver(Dns(servers=(server.address,)), clock).for_mail()

    mail.at_once((RecordType.TXT, f"x{number}.test") for number in range(90))

    assert len(server.questions) == 60
    assert AnswerState.TEMPERROR is mail.txt("x89.test").state
    assert AnswerState.NXDOMAIN is mail.txt("x0.test").state


def test_a_question_has_one_answer_in_one_mail(serve_zone: ServeZone, clock: FixedClock) -> None:
    """Though its TTL ends in between: SPF and DMARC must not see two worlds."""
    server = serve_zone(txt("a.test", "one").replace(" 60 ", " 1 "))
    resolver = Resolver(Dns(servers=(server.address,)), clock)
    mail = resolver.for_mail()

    first = mail.txt("a.test")
    clock.seconds += 10
    again = mail.txt("A.test")

    assert (first.records, again) == ((b"one",), first)
    assert len(server.questions) == 1
    resolver.for_mail().txt("a.test")
    assert len(server.questions) == 2


def test_a_failure_at_once_says_which_question_failed(serve_zone: ServeZone, clock: FixedClock) -> None:
    """As a single one does."""
    server = serve_zone(ZONE, servfail=[NAMES[1]])
    mail = Resolver(Dns(servers=(server.address,)), clock).for_mail()

    mail.at_once((RecordType.TXT, name) for name in NAMES)

    assert (mail.txt(NAMES[1]).state, mail.txt(NAMES[1]).why.split(":")[0]) == (AnswerState.TEMPERROR, "TXT n1.test")
    assert AnswerState.FOUND is mail.txt(NAMES[0]).state
