"""Several questions at once: with a real DNS server that takes its time."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

import tests.peers.dns as peer
from gateway.authn.answers import AnswerState, RecordType
from gateway.authn.authenticate import authenticate
from gateway.authn.resolver import Resolver
from gateway.authn.result import Grade
from gateway.clock import FixedClock, SystemClock
from gateway.config import Dns
from tests.authn.signing import MAIL, Signer, rsa_key, txt
from tests.authn.test_authenticate import GOOD, KEY, REJECT, SPF, from_peer, message
from tests.cost import LATE_SECONDS
from tests.peers.dns import ServeZone

TOGETHER_SECONDS = 8.0
"""Who asks one thing after the other would wait so long for the first answer, and then gets it."""
NAMES = [f"n{number}.test" for number in range(6)]
ZONE = "".join(txt(name, f"text of {name}") for name in NAMES)


@pytest.fixture
def meet(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], threading.Barrier]:
    """Have the DNS server answer when so many questions are there; the barrier is broken where they never were."""
    answer = peer._Zone.resolve

    def make(count: int) -> threading.Barrier:
        barrier = threading.Barrier(count, timeout=TOGETHER_SECONDS)

        def resolve(self: Any, request: Any, handler: Any) -> Any:
            with suppress(threading.BrokenBarrierError):
                barrier.wait()
            return answer(self, request, handler)

        monkeypatch.setattr(peer._Zone, "resolve", resolve)
        return barrier

    return make


def test_six_questions_are_asked_at_once(serve_zone: ServeZone, meet: Callable[[int], threading.Barrier]) -> None:
    """None of them has its answer before the last one is asked; afterwards nothing is asked again."""
    server, met = serve_zone(ZONE), meet(6)
    mail = Resolver(Dns(servers=(server.address,), timeout_seconds=20), SystemClock()).for_mail()

    mail.at_once((RecordType.TXT, name) for name in NAMES)
    texts = [mail.txt(name).records[0] for name in NAMES]

    assert not met.broken
    assert texts == [f"text of {name}".encode() for name in NAMES]
    assert len(server.questions) == 6


def test_policy_spf_and_keys_of_a_mail_are_asked_together(
    serve_zone: ServeZone, meet: Callable[[int], threading.Barrier]
) -> None:
    """Nobody waits for the answer to one before he asks for the others."""
    server, met = serve_zone(REJECT + SPF + KEY + rsa_key().record("s2")), meet(4)
    raw = Signer(selector=b"s2").sign(Signer().sign())
    resolver = Resolver(Dns(servers=(server.address,), timeout_seconds=20), SystemClock())

    answer = authenticate(message(), raw, from_peer(GOOD), resolver)

    assert not met.broken
    assert (answer.grade, answer.spf, len(answer.dkim)) == (Grade.A3, "pass", 2)
    assert len(server.questions) == 4


def test_a_stranger_cannot_starve_what_the_grade_depends_on(serve_zone: ServeZone) -> None:
    """Domains of an attacker that never answer: the author's are asked first, and the grade is certain."""
    stranger = Signer(domain=b"evil.test")
    raw = MAIL
    for number in range(4):
        raw = Signer(domain=b"evil.test", selector=f"s{number}".encode()).sign(raw)
    silent = ["evil.test", *(f"s{number}._domainkey.evil.test" for number in range(4))]
    server = serve_zone(REJECT, silent=silent)
    config = Dns(servers=(server.address,), timeout_seconds=30, budget_seconds=2)
    began = time.monotonic()

    answer = authenticate(message(), raw, from_peer(GOOD, "x@evil.test"), Resolver(config, SystemClock()))

    assert stranger.domain.decode() == answer.spf_domain
    assert (answer.grade, answer.spf) == (Grade.A0, "temperror")
    assert {found.result for found in answer.dkim} == {"temperror"}
    assert server.questions[0] == ("_dmarc.shop.test", "TXT")
    assert time.monotonic() - began < LATE_SECONDS


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
