"""Does a forwarder whom this site trusts say that the mail was good when it came to him? ARC (RFC 8617).

What must stay true: a chain counts only while its newest sealer is listed, every seal and the newest message signature
verify, and it has no hole; only what listed sealers said, in an unbroken run from the newest, is read, because whoever
comes before them may have made his part up. No look-up is spent on a chain of strangers.

dkimpy does the arithmetic; its `ARC.verify` is not used, because it takes "DNS did not answer" for "fail", searches the
instance number anywhere in a field, and prepares the whole header twice for every instance.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.authn.answers import RecordType
from gateway.authn.border import says_proven
from gateway.authn.dkim import gap, read_tags
from gateway.authn.dkim_key import Problem, Tags, find_key, key_name
from gateway.authn.domains import ascii_domain, shown
from gateway.authn.header import Field, UnreadableHeader
from gateway.authn.resolver import MailResolver
from gateway.authn.results import Results, UnreadableResults, parse
from gateway.authn.signed import SignedMail, compute, compute_header
from gateway.authn.trust import Trust

MAX_SETS = 50
"""RFC 8617 §4.2.1."""
RESULTS, SIGNATURE, SEAL = b"arc-authentication-results", b"arc-message-signature", b"arc-seal"
SIGNATURE_TAGS = (b"i", b"a", b"b", b"bh", b"d", b"h", b"s")
SEAL_TAGS = (b"i", b"a", b"b", b"cv", b"d", b"s")

_INSTANCE = re.compile(rb"[ \t\r\n]*i[ \t\r\n]*=[ \t\r\n]*([0-9]{1,3})[ \t\r\n]*;")


@dataclass(frozen=True, slots=True, kw_only=True)
class ArcReport:
    """What became of the chain: none, ignored (the newest sealer is not listed), pass, fail or temperror."""

    result: str = "none"
    sealer: str = ""
    """The domain of the newest seal."""
    why: str = ""
    said: tuple[Results, ...] = ()
    """What the listed sealers found, from the newest; empty unless the result is "pass"."""

    def vouches_for(self, author: str) -> bool:
        """Did one of them see DMARC, or a signature of the author's own domain, pass?"""
        return any(says_proven(results, author) for results in self.said)


NO_CHAIN = ArcReport()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Set:
    """The three fields of one instance (RFC 8617 §4)."""

    results: Field
    signature: Field
    seal: Field
    seal_tags: Tags

    @property
    def sealer(self) -> str:
        """Whose seal it is."""
        return ascii_domain(self.seal_tags[b"d"].decode("ascii", "replace"))


class _Broken(Exception):
    """The chain fails; the text says why."""


def verify(mail: SignedMail, received_at: datetime, resolver: MailResolver, trust: Trust) -> ArcReport:
    """Validate the chain of a mail (RFC 8617 §5.2)."""
    if not mail.may_have(SEAL):
        return NO_CHAIN
    sealer = ""
    try:
        sets = _sets(mail)
        sealer = sets[-1].sealer
        if sealer not in trust.sealers:
            return ArcReport(result="ignored", sealer=sealer, why=f"the sealer {shown(sealer)} is not listed")
        _check_states(sets)
        names = {key_name(one.seal_tags) for one in sets}
        resolver.at_once([(RecordType.TXT, name) for name in sorted(names)])
        problem = _newest_signature(mail, sets[-1], received_at, resolver) or _seals(sets, resolver)
    except (_Broken, UnreadableHeader) as broken:
        return ArcReport(result="fail", sealer=sealer, why=str(broken))
    if problem:
        result = "temperror" if problem.result == "temperror" else "fail"
        return ArcReport(result=result, sealer=sealer, why=problem.why)
    return ArcReport(result="pass", sealer=sealer, said=_said(sets, trust))


def _sets(mail: SignedMail) -> list[_Set]:
    """Every set, from the oldest; exactly one field of each kind an instance, and no instance missing."""
    found = {kind: _by_instance(mail, kind) for kind in (RESULTS, SIGNATURE, SEAL)}
    count = len(found[SEAL])
    if count > MAX_SETS:
        raise _Broken(f"there are more than {MAX_SETS} sets")
    wanted = list(range(1, count + 1))
    if any(sorted(fields) != wanted for fields in found.values()):
        raise _Broken("a set is missing or has not its three fields")
    return [
        _Set(
            results=found[RESULTS][number],
            signature=found[SIGNATURE][number],
            seal=found[SEAL][number],
            seal_tags=_tags(found[SEAL][number], number, SEAL_TAGS),
        )
        for number in wanted
    ]


def _by_instance(mail: SignedMail, kind: bytes) -> dict[int, Field]:
    fields: dict[int, Field] = {}
    for field in mail.named(kind):
        number = _instance(field, kind)
        if number in fields:
            raise _Broken(f"instance {number} stands there twice")
        fields[number] = field
    return fields


def _instance(field: Field, kind: bytes) -> int:
    if kind == RESULTS:  # here the number stands first (§4.1.1), in the others it is a tag among tags
        first = _INSTANCE.match(field[1])
        number = first[1] if first else b""
    else:
        number = read_tags(field[1], (b"i",))[0].get(b"i", b"")
    if not number.isdigit() or len(number) > 3:
        raise _Broken("a field has no instance number")
    return int(number)


def _tags(field: Field, number: int, mandatory: tuple[bytes, ...]) -> Tags:
    tags, why = read_tags(field[1], mandatory)
    if why or not ascii_domain(tags.get(b"d", b"").decode("ascii", "replace")):
        raise _Broken(f"instance {number} breaks the grammar (RFC 8617 §4.1)")
    return tags


def _check_states(sets: Sequence[_Set]) -> None:
    for number, one in enumerate(sets, start=1):
        if b"h" in one.seal_tags:
            raise _Broken(f"the seal {number} has h= (RFC 8617 §4.1.3)")
        if one.seal_tags[b"cv"] != (b"none" if number == 1 else b"pass"):
            raise _Broken(f"the seal {number} says cv={shown(one.seal_tags[b'cv'].decode('ascii', 'replace'))}")


def _newest_signature(mail: SignedMail, newest: _Set, received_at: datetime, resolver: MailResolver) -> Problem | None:
    tags = _tags(newest.signature, int(newest.seal_tags[b"i"]), SIGNATURE_TAGS)
    names = tags[b"h"].lower()
    if SEAL in names:
        raise _Broken("the newest message signature covers seals (RFC 8617 §4.1.2)")
    why = gap(mail, tags, received_at)
    if why:
        raise _Broken(f"the newest message signature proves nothing: {why}")
    key = find_key(_without_instance(tags), resolver)
    if isinstance(key, Problem):
        return key
    result, why = compute(mail, newest.signature, tags, key, form=b"relaxed/relaxed")
    return _problem("the newest message signature", result, why or key.distrust, key.distrust)


def _seals(sets: Sequence[_Set], resolver: MailResolver) -> Problem | None:
    fields = [field for one in sets for field in (one.results, one.signature, one.seal)]
    for number in range(len(sets), 0, -1):
        tags = sets[number - 1].seal_tags
        key = find_key(_without_instance(tags), resolver)
        if isinstance(key, Problem):
            return key
        signed = fields[: 3 * number - 1]  # every set up to this one, its own seal at last (RFC 8617 §5.1.1)
        result, why = compute_header(signed, sets[number - 1].seal, tags, key, relaxed=True)
        problem = _problem(f"the seal {number}", result, why or key.distrust, key.distrust)
        if problem:
            return problem
    return None


def _problem(what: str, result: str, why: str, distrust: str) -> Problem | None:
    return None if result == "pass" and not distrust else Problem(result="fail", why=f"{what}: {why}")


def _without_instance(tags: Tags) -> Tags:
    return {tag: value for tag, value in tags.items() if tag != b"i"}  # to DKIM, i= is an identity


def _said(sets: Sequence[_Set], trust: Trust) -> tuple[Results, ...]:
    said = []
    for one in reversed(sets):
        if one.sealer not in trust.sealers:
            break
        try:
            said.append(parse(one.results[1].partition(b";")[2].decode("latin-1")))
        except UnreadableResults:
            continue  # he sealed it, but what he means cannot be told for certain
    return tuple(said)
