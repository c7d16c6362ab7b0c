"""What a check is given and what it says: the site, and notes on it.

A check never raises and never changes anything; whatever it meets becomes a note. `problem` is what keeps the gateway
from doing its work, `warning` what an operator should know; what DNS did not answer is a warning, never a problem.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from gateway.authn.answers import Answer, R
from gateway.authn.resolver import MailResolver, Resolver
from gateway.clock import SystemClock
from gateway.config import Authentication, Config

DNS_SECONDS = 60.0
"""For all questions of one run together: a resolver that is dead must not be waited for a hundred times."""
DNS_LOOKUPS = 500
LONGEST_STRING = 255
"""Octets of one string of a TXT record (RFC 1035 §3.3.14)."""


class State(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What one check says: a sentence, what to do about it, and DNS records that can be pasted into a zone file."""

    state: State
    detail: str
    todo: str = ""
    records: tuple[str, ...] = ()


Notes = Iterator[Note]


@dataclass(frozen=True, slots=True)
class Site:
    """The configuration and a resolver with one budget for all checks."""

    config: Config
    dns: MailResolver

    @property
    def support_domains(self) -> tuple[str, ...]:
        """The domains of the support addresses, each once; our mail comes from the first."""
        return tuple(dict.fromkeys(domain_of(address) for address in self.config.gateway.support_addresses))

    @property
    def agents_domains(self) -> tuple[str, ...]:
        """The domains of the agents' addresses, each once."""
        return tuple(dict.fromkeys(domain_of(agent.address) for agent in self.config.agents))

    @property
    def trust(self) -> Authentication:
        """Whose Authentication-Results are believed, if anybody's."""
        return self.config.authentication

    @property
    def reply_domain(self) -> str:
        """The domain of signed addresses."""
        return self.config.gateway.reply_domain.lower()

    @property
    def sends(self) -> bool:
        """Does mail really leave? Into a Maildir it is only written, for a trial."""
        return not self.config.outbox.destination.startswith("maildir:")

    def grave(self, detail: str, todo: str = "", *records: str) -> Note:
        """What keeps our mail from being believed: a problem where it leaves, a warning in a trial."""
        return (problem if self.sends else warning)(detail, todo, *records)


Check = Callable[[Site], Notes]


def open_site(config: Config) -> Site:
    """The site of a configuration; ConfigError where `[dns]` cannot be used."""
    clock = SystemClock()
    return Site(config, MailResolver(Resolver(config.dns, clock), clock, DNS_SECONDS, DNS_LOOKUPS))


def ok(detail: str) -> Note:
    """All is well."""
    return Note(state=State.OK, detail=detail)


def warning(detail: str, todo: str = "", *records: str) -> Note:
    """Something an operator should know."""
    return Note(state=State.WARNING, detail=detail, todo=todo, records=records)


def problem(detail: str, todo: str = "", *records: str) -> Note:
    """Something that keeps the gateway from doing its work."""
    return Note(state=State.PROBLEM, detail=detail, todo=todo, records=records)


def unanswered(what: str, answer: Answer[R]) -> Note:
    """DNS was silent: nothing follows from that."""
    return unknown(what, answer.why)


def unknown(what: str, why: str) -> Note:
    """A question that stays open."""
    return warning(f"{what} could not be checked: {why}", "look at [dns], then run this again")


def domain_of(address: str) -> str:
    """The domain of an address, in lower case."""
    return address.rpartition("@")[2].lower()


def txt_record(name: str, text: str) -> str:
    """A TXT record as a line of a zone file; a long text as several strings, which receivers join."""
    pieces = [text[start : start + LONGEST_STRING] for start in range(0, len(text), LONGEST_STRING)]
    return f"{name}. IN TXT " + " ".join(f'"{piece}"' for piece in pieces)
