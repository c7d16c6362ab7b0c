"""May this peer send for that domain? SPF (RFC 7208), by pyspf's evaluation and our own resolver.

What must stay true: no state outside of one check; every question goes through the mail's budget; a record may cost a
bounded time, whatever its owner wrote into it.

BUGS: `exp=` texts are not fetched: they are the sender's words, and we would never show them.
"""

# The library has no types.
# mypy: allow-untyped-calls

import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import spf

from gateway.authn.answers import Answer, AnswerState, Mx
from gateway.authn.domains import address_domain, ascii_domain, shown
from gateway.authn.resolver import MailResolver
from gateway.model import Envelope, Via

MAX_RECORD_OCTETS = 4096
"""Of an SPF record. pyspf's grammar takes quadratic time on long words; real records have some hundred octets."""
MAX_WORD_OCTETS = 300
"""Of a domain-spec, which must expand to at most 253 octets (RFC 7208 §7.3)."""
MAX_NAMES_OF_PEER = 10
"""Reverse names looked at (RFC 7208 §4.6.4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpfResult:
    """The result (RFC 7208 §2.6) and the domain it is about: of MAIL FROM, or of HELO for the null reverse path."""

    result: str = "none"
    domain: str = ""
    why: str = ""
    by_way_of: tuple[str, ...] = ()
    """The domains whose records, included or redirected to, gave a "pass", from the innermost."""


UNKNOWN_PEER = SpfResult(why="the address of the sending server is not known")


def asked_domain(envelope: Envelope) -> str:
    """The domain that SPF is about: of MAIL FROM, or of HELO for the null reverse path; "" where there is none."""
    # RFC 7208 §2.4: a null reverse path stands for postmaster of the HELO name.
    if envelope.mail_from is None:
        return ""
    return address_domain(envelope.mail_from) if envelope.mail_from else ascii_domain(envelope.helo or "")


def check(envelope: Envelope, resolver: MailResolver) -> SpfResult:
    """Ask SPF about the envelope; "none" where the peer or a domain to ask is not known."""
    peer = peer_of(envelope)
    domain = asked_domain(envelope)
    if not peer:
        return UNKNOWN_PEER
    if envelope.mail_from is None:
        return SpfResult(why="the envelope sender is not known")
    if not domain:
        return SpfResult(why="neither MAIL FROM nor HELO names a domain")
    local_part = envelope.mail_from.rpartition("@")[0] or "postmaster"
    evaluation = _Evaluation(peer, local_part, domain, envelope.helo or domain, resolver)
    result, why = _evaluate(evaluation)
    return SpfResult(result=result, domain=domain, why=why, by_way_of=tuple(evaluation.passed[:-1]))


def peer_of(envelope: Envelope) -> str:
    """The address of the sending server, "" where it is not truly known."""
    # A file has a peer where a person told it (`explain --peer-ip`); behind another server ours is that server (§2.3).
    if not envelope.peer_ip or envelope.via not in (Via.SMTP, Via.FILE):
        return ""
    try:
        return str(ipaddress.ip_address(envelope.peer_ip.partition("%")[0]))
    except ValueError:
        return ""


def _evaluate(evaluation: "_Evaluation") -> tuple[str, str]:
    try:
        result, _, _ = evaluation.check()
    except Exception as error:  # pyspf lets some grammar errors of hostile records escape
        return "permerror", f"the SPF record cannot be evaluated ({type(error).__name__})"
    if result in ("temperror", "permerror"):
        return result, shown(str(evaluation.prob))
    return str(result), ""


class _Evaluation(spf.query):
    """pyspf's evaluation of one mail, with our resolver in place of its own."""

    def __init__(self, peer: str, local_part: str, domain: str, helo: str, resolver: MailResolver) -> None:
        super().__init__(i=peer, s=f"postmaster@{domain}", h=helo, receiver="localhost", strict=True)
        # Set here, because pyspf takes the domain of `"a@b"@c` to begin at the first at sign.
        self.l, self.s = local_part, f"{local_part}@{domain}"
        self.prob = ""
        self.passed: list[str] = []
        self._ask: dict[str, Callable[[str], Answer[Any]]] = {
            "TXT": resolver.txt,
            "A": resolver.a,
            "AAAA": resolver.aaaa,
            "MX": resolver.mx,
            "PTR": resolver.ptr,
        }

    def dns(self, name: str, qtype: str, cnames: object = None, ignore_void: bool = False) -> list[Any]:
        """What pyspf asks of DNS, in the shapes it expects."""
        answer: Answer[Any] = self._ask[qtype](str(name))
        if answer.state is AnswerState.TEMPERROR:
            raise spf.TempError(answer.why)
        if not answer.records and not ignore_void:
            self.void_lookups += 1
            if self.void_lookups > spf.MAX_VOID_LOOKUPS:
                raise spf.PermError("more than 2 names without records")
        return _shaped(answer.records)

    def check1(self, spf: str, domain: str, recursion: int) -> tuple[str, int, str]:
        """The result of one record; notes whose records led to a "pass"."""
        before = len(self.passed)
        result: tuple[str, int, str] = super().check1(spf, domain, recursion)
        if result[0] == "pass":
            self.passed.append(domain.lower())
        else:
            del self.passed[before:]  # what passed inside was only a reason not to match
        return result

    def dns_spf(self, domain: str) -> str | None:
        """The SPF record of a domain."""
        record: str | None = super().dns_spf(domain)
        if record and len(record) > MAX_RECORD_OCTETS:
            raise spf.PermError(f"an SPF record is longer than {MAX_RECORD_OCTETS} octets")
        return record

    def expand_domain(self, arg: str) -> str:
        """A domain-spec with its macros expanded."""
        if len(arg) > MAX_WORD_OCTETS:
            raise spf.PermError("a domain name in an SPF record is too long")
        expanded: str = super().expand_domain(arg)
        return expanded

    def get_explanation(self, spec: str) -> None:
        """No explanation (see BUGS)."""

    def validated_ptrs(self) -> list[str]:
        """The names of the peer that lead back to it; DNS errors here only mean "no match" (RFC 7208 §5.5)."""
        try:
            names = self.dns_ptr(self.i)[:MAX_NAMES_OF_PEER]
        except spf.TempError:
            return []
        return [name for name in names if self._leads_back(name)]

    def _leads_back(self, name: str) -> bool:
        try:
            return bool(self.cidrmatch(self.dns_a(name, self.A), self.cidrmax))
        except spf.TempError:
            return False


def names_of(record: bytes) -> tuple[str, ...]:
    """The domains that a record includes or redirects to, as far as they need no evaluation."""
    words = record[:MAX_RECORD_OCTETS].decode("ascii", "replace").lower().split(" ")
    named = [word.lstrip("+-~?") for word in words if word.lstrip("+-~?").startswith(("include:", "redirect="))]
    return tuple(filter(None, (ascii_domain(word.replace("=", ":", 1).partition(":")[2]) for word in named)))


def _shaped(records: Sequence[Any]) -> list[Any]:
    if records and isinstance(records[0], bytes):
        return [(record,) for record in records]  # a TXT record is a list of strings to pyspf
    if records and isinstance(records[0], Mx):
        return [(record.preference, record.host) for record in records]
    return list(records)
