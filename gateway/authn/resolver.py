"""What does DNS say? The one object that asks, for every part that needs to know; with a budget for each mail.

What must stay true: nothing raises; no answer is TEMPERROR, never "not found"; one mail can neither wait longer nor ask
more than its budget allows, whatever its sender published; it gets one answer to one question, however often it asks;
and memory is bounded.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import cast

from gateway.authn.answers import NXDOMAIN, Answer, AnswerState, Labels, Mx, Record, RecordType, Source, no_answer
from gateway.authn.domains import labels_of, shown
from gateway.authn.servers import Servers
from gateway.authn.zone import read_zone
from gateway.clock import Clock
from gateway.config import Dns

MAX_LOOKUPS = 60
"""Questions of one mail: SPF may need 10 terms with their hosts (RFC 7208 §4.6.4), 5 signatures and DMARC 7 more."""
CACHED_ANSWERS = 10_000
LONGEST_TTL = 3600
"""Seconds: a withdrawn key or record counts for no longer, whatever its TTL."""
LONGEST_NEGATIVE_TTL = 300
AT_ONCE = 32
"""Questions of all mails that threads of our own wait for; more wait for one of these."""


class Resolver:
    """Asks DNS and remembers answers for their TTL; usable from any thread."""

    def __init__(self, config: Dns, clock: Clock, source: Source | None = None) -> None:
        """`source` answers instead of the configured one. ConfigError where that cannot be used (file, address)."""
        self._config = config
        self._clock = clock
        self._source: Source = source or _configured(config)
        self._cache = _Cache(clock, CACHED_ANSWERS)
        self._threads = ThreadPoolExecutor(AT_ONCE, "dns")  # starts them when they are needed

    def for_mail(self) -> "MailResolver":
        """A resolver for the questions of one mail, with the whole budget."""
        return MailResolver(self, self._clock, self._config.budget_seconds)

    def needs_waiting(self, kind: RecordType, domain: str) -> bool:
        """Is this a question whose answer takes time?"""
        if not self._source.is_remote:
            return False
        name = labels_of(domain)
        return name is not None and self._cache.get((kind, name)) is None

    def ask_at_once(self, questions: Iterable["Question"], seconds: float) -> list[Answer[Record]]:
        """Ask several questions in as many threads; the answers in the order of the questions."""
        waiting = [self._threads.submit(self.ask, kind, domain, seconds) for kind, domain in questions]
        return [asked.result() for asked in waiting]

    def ask(self, kind: RecordType, domain: str, seconds: float) -> Answer[Record]:
        """Ask one question and wait for at most that many seconds, or for `[dns] timeout_seconds` if that is less."""
        name = labels_of(domain)
        if name is None:
            return NXDOMAIN  # such a name cannot exist
        known = self._cache.get((kind, name))
        if known is not None:
            return known
        reply = self._source.ask(kind, name, min(seconds, self._config.timeout_seconds))
        # A question that a mail with little time left could not wait for says nothing to the next mail.
        if reply.answer.state is not AnswerState.TEMPERROR or seconds >= self._config.timeout_seconds:
            self._cache.put((kind, name), reply.answer, reply.ttl)
        return reply.answer


Question = tuple[RecordType, str]
"""What to ask: a type and a domain name."""


class MailResolver:
    """Asks for one mail, from one thread, within its budget of seconds and questions."""

    def __init__(self, resolver: Resolver, clock: Clock, seconds: float, lookups: int = MAX_LOOKUPS) -> None:
        self._resolver = resolver
        self._clock = clock
        self._until = clock.monotonic() + seconds
        self._lookups = lookups
        self._known: dict[Question, Answer[Record]] = {}

    def hurry(self, seconds: float) -> None:
        """From now on this mail waits for at most so many seconds: what it asks for is no longer important."""
        self._until = min(self._until, self._clock.monotonic() + seconds)

    def at_once(self, questions: Iterable[Question]) -> None:
        """Ask several questions together, so that asking for each afterwards takes no time.

        Only what the budget allows is asked; where nothing needs waiting, nothing is asked yet.
        """
        wanted = dict.fromkeys([(kind, domain.lower()) for kind, domain in questions])
        if len(wanted) < 2:
            return
        slow = [
            question for question in wanted if question not in self._known and self._resolver.needs_waiting(*question)
        ][: max(self._lookups, 0)]
        seconds = self._until - self._clock.monotonic()
        if len(slow) < 2 or seconds <= 0:
            return
        self._lookups -= len(slow)
        answers = self._resolver.ask_at_once(slow, seconds)
        self._known.update(
            (question, _worded(question, answer)) for question, answer in zip(slow, answers, strict=True)
        )

    def txt(self, domain: str) -> Answer[bytes]:
        """TXT records, the strings of each joined."""
        return cast(Answer[bytes], self._ask(RecordType.TXT, domain))

    def a(self, domain: str) -> Answer[str]:
        """IPv4 addresses."""
        return cast(Answer[str], self._ask(RecordType.A, domain))

    def aaaa(self, domain: str) -> Answer[str]:
        """IPv6 addresses."""
        return cast(Answer[str], self._ask(RecordType.AAAA, domain))

    def mx(self, domain: str) -> Answer[Mx]:
        """Mail exchangers."""
        return cast(Answer[Mx], self._ask(RecordType.MX, domain))

    def ptr(self, domain: str) -> Answer[str]:
        """Names of a reverse name (`4.3.2.1.in-addr.arpa`)."""
        return cast(Answer[str], self._ask(RecordType.PTR, domain))

    def _ask(self, kind: RecordType, domain: str) -> Answer[Record]:
        question = kind, domain.lower()
        known = self._known.get(question)
        if known is not None:
            return known
        seconds = self._until - self._clock.monotonic()
        if seconds <= 0:
            return no_answer("the time for this mail's DNS questions is used up")
        if self._lookups <= 0:
            return no_answer("this mail would need too many DNS questions")
        self._lookups -= 1
        answer = self._resolver.ask(kind, domain, seconds)
        if answer.state is AnswerState.TEMPERROR:
            answer = _worded(question, answer)
        self._known[question] = answer
        return answer


def _worded(question: Question, answer: Answer[Record]) -> Answer[Record]:
    kind, domain = question
    return no_answer(f"{kind} {shown(domain)}: {answer.why}") if answer.state is AnswerState.TEMPERROR else answer


def _configured(config: Dns) -> Source:
    return read_zone(config.zone_file) if config.zone_file else Servers(config.servers)


_Key = tuple[RecordType, Labels]


class _Cache:
    """Answers until their TTL ends by our own clock; of too many, the least recently used is forgotten."""

    def __init__(self, clock: Clock, size: int) -> None:
        self._clock = clock
        self._size = size
        self._answers: OrderedDict[_Key, tuple[Answer[Record], float]] = OrderedDict()
        self._guard = threading.Lock()

    def get(self, key: _Key) -> Answer[Record] | None:
        with self._guard:
            answer, until = self._answers.get(key, (None, 0.0))
            if answer is None or until <= self._clock.monotonic():
                return None
            self._answers.move_to_end(key)
            return answer

    def put(self, key: _Key, answer: Answer[Record], ttl: int) -> None:
        longest = LONGEST_TTL if answer.state is AnswerState.FOUND else LONGEST_NEGATIVE_TTL
        seconds = min(ttl, longest)
        if seconds <= 0:
            return
        with self._guard:
            self._answers[key] = answer, self._clock.monotonic() + seconds
            self._answers.move_to_end(key)
            if len(self._answers) > self._size:
                self._answers.popitem(last=False)
