"""What does the author's domain want done, and which domains may speak for it? DMARC records by RFC 9989's tree walk.

What must stay true: a walk asks at most 8 names; nobody above a public suffix that the list knows counts as the owner
of what is below it; no answer is UNKNOWN, never "no record".

BUGS: `fo`, `rua` and `ruf` are ignored but for the rule that a record with `rua` and a mistyped policy means "none": we
send no reports. `pct` is ignored, as in RFC 9989, which dropped it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from gateway.authn.answers import AnswerState, RecordType
from gateway.authn.domains import is_aligned, is_public_suffix, shown
from gateway.authn.resolver import MailResolver

POLICIES = ("none", "quarantine", "reject")
MAX_RECORD_OCTETS = 4096
LONGEST_WALKED = 7
"""Labels of the second name of a walk, at most: with the first and those after it 8 look-ups (RFC 9989 §4.10)."""
REMEMBERED_RECORDS = 1000
"""Records whose reading is remembered; at most `MAX_RECORD_OCTETS` each."""

Tags = Mapping[str, str]


class RecordState(StrEnum):
    """Whether there is a record to go by."""

    FOUND = "found"
    ABSENT = "absent"
    BROKEN = "broken"
    """There is something, but nothing that says a policy: DMARC does not apply."""
    UNKNOWN = "unknown"
    """DNS gave no answer."""


class Alignment(StrEnum):
    """Does a proven domain vouch for the author's?"""

    ALIGNED = "aligned"
    APART = "apart"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class DmarcRecord:
    """What is published for the author's domain; `policy` is "" unless the state is FOUND."""

    state: RecordState
    policy: str = ""
    """none, quarantine or reject: as it applies to this domain (`sp`, `np` and `t=y` are accounted for)."""
    strict_dkim: bool = False
    strict_spf: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Level:
    """What one name of a walk has: its one record, none, several (which count as none), or no answer."""

    domain: str
    record: bytes = b""
    several: bool = False
    unknown: str = ""

    @property
    def tags(self) -> Tags:
        """The tags of its one record; empty where it has none that counts."""
        return _tags(self.record)

    @property
    def psd(self) -> str:
        """What the record says, or else the list of public suffixes: "y", "n", or "" (RFC 9989 §4.7 psd)."""
        said = self.tags.get("psd", "")
        if said in ("y", "n"):
            return said
        return "y" if is_public_suffix(self.domain) else ""


def find_record(author: str, resolver: MailResolver) -> DmarcRecord:
    """The record for an author's domain (spelled as `ascii_domain` does): its own, else its organisation's, else of
    the public suffix above that.
    """
    own = _look(author, resolver)
    if own.unknown:
        return DmarcRecord(state=RecordState.UNKNOWN, why=own.unknown)
    if own.tags:
        return _judge(own.domain, own.record, own.tags.get("p", ""))
    levels = (own, *_walk(author, resolver)[1:])
    above, why = _policy_level(levels)
    if why:
        return DmarcRecord(state=RecordState.UNKNOWN, why=why)
    if above is None:
        broken = next((level for level in levels if level.several), None)
        if broken:
            return DmarcRecord(state=RecordState.BROKEN, why=f"{shown(broken.domain)} has several DMARC records")
        return DmarcRecord(state=RecordState.ABSENT)
    return _inherited(author, above, resolver)


def alignment(domain: str, author: str, record: DmarcRecord, resolver: MailResolver, *, strict: bool) -> Alignment:
    """Does a proven domain vouch for the author's (RFC 9989 §4.4)? Both as `ascii_domain` spells them.

    Two domains belong together only where the list of public suffixes and the walk of records agree that they do.
    Without any record of the author's there is nothing to walk: then the list alone says it (RFC 7489 §3.2).
    """
    if not is_aligned(domain, author, strict=strict):
        return Alignment.APART
    if domain == author or record.state in (RecordState.ABSENT, RecordState.BROKEN):
        return Alignment.ALIGNED
    if record.state is RecordState.UNKNOWN:
        return Alignment.UNKNOWN  # nor does anybody know whether it may be relaxed
    owners = [_organisation(_walk(name, resolver)) for name in (author, domain)]
    if "" in owners:
        return Alignment.UNKNOWN
    return Alignment.ALIGNED if owners[0] == owners[1] else Alignment.APART


def walked_names(domain: str) -> list[str]:
    """The domains whose records a walk looks at, from the longest (RFC 9989 §4.10)."""
    labels = domain.split(".")
    rest = range(max(1, len(labels) - LONGEST_WALKED), len(labels))
    return [domain, *(".".join(labels[start:]) for start in rest)]


def record_name(domain: str) -> str:
    """Where a domain's record is."""
    return f"_dmarc.{domain}"


def _walk(domain: str, resolver: MailResolver) -> tuple[_Level, ...]:
    names = walked_names(domain)
    resolver.at_once([(RecordType.TXT, record_name(name)) for name in names])
    return tuple(_look(name, resolver) for name in names)


def _look(domain: str, resolver: MailResolver) -> _Level:
    answer = resolver.txt(record_name(domain))
    if answer.state is AnswerState.TEMPERROR:
        return _Level(domain=domain, unknown=answer.why)
    records = [start for record in answer.records if _tags(start := record[:MAX_RECORD_OCTETS])]
    return _Level(domain=domain, record=records[0] if len(records) == 1 else b"", several=len(records) > 1)


def _organisation(levels: Sequence[_Level]) -> str:
    """The organisational domain of where a walk began, "" where DNS did not say (RFC 9989 §4.10.2)."""
    start, fewest = levels[0].domain, ""
    for level in levels:
        if level.unknown:
            return ""
        if level.tags and level.psd == "n":
            return level.domain
        if level.tags and level.psd == "y" and level.domain != start:
            return _one_below(level.domain, start)
        fewest = level.domain if level.tags else fewest
    return fewest or start


def _policy_level(levels: Sequence[_Level]) -> tuple[_Level | None, str]:
    """Whose record speaks for a domain without one: its organisation's, else the public suffix's (RFC 9989 §4.10.1)."""
    found: _Level | None = None
    for level in levels:
        if level.unknown:
            return None, level.unknown
        if level.tags and level.psd == "n":
            return level, ""
        if level.tags and level.psd == "y":
            is_organisation = found is not None and found.domain == _one_below(level.domain, levels[0].domain)
            return (found if is_organisation else level), ""
        found = level if level.tags else found
    return found, ""


def _one_below(domain: str, start: str) -> str:
    count = len(domain.split(".")) + 1
    return ".".join(start.split(".")[-count:])


def _inherited(author: str, level: _Level, resolver: MailResolver) -> DmarcRecord:
    existing = level.tags.get("sp", level.tags.get("p", ""))
    record = _judge(level.domain, level.record, existing)
    missing = _judge(level.domain, level.record, level.tags.get("np", existing))
    if record == missing or record.state is not RecordState.FOUND:
        return record
    exists, why = _exists(author, resolver)
    if why:
        return DmarcRecord(state=RecordState.UNKNOWN, why=why)
    return record if exists else missing


def _exists(domain: str, resolver: MailResolver) -> tuple[bool, str]:
    """Has it an address or a mail server (RFC 9989 §3.2.13)? With the reason where DNS does not say."""
    kinds = (RecordType.MX, RecordType.A, RecordType.AAAA)
    resolver.at_once([(kind, domain) for kind in kinds])
    unknown = ""
    for ask in (resolver.mx, resolver.a, resolver.aaaa):
        answer = ask(domain)
        if answer.state is AnswerState.FOUND:
            return True, ""
        if answer.state is AnswerState.TEMPERROR:
            unknown = answer.why
    return False, unknown


@lru_cache(REMEMBERED_RECORDS)
def _tags(record: bytes) -> Tags:
    # Only what begins with exactly this tag is a DMARC record (§4.7); other text at the name is not ours to judge.
    first, _, rest = record.decode("ascii", "replace").partition(";")
    if "".join(first.split()) != "v=DMARC1":
        return {}
    pairs = [pair.partition("=") for pair in rest.split(";") if "=" in pair]
    return {"v": "DMARC1"} | {name.strip().lower(): value.strip().lower() for name, _, value in reversed(pairs)}


@lru_cache(REMEMBERED_RECORDS)
def _judge(domain: str, record: bytes, policy: str) -> DmarcRecord:
    tags = _tags(record)
    stated = [tags.get("p", ""), *(tags[tag] for tag in ("sp", "np") if tag in tags)]
    if any(value not in POLICIES for value in stated):
        if "rua" not in tags:
            why = f"the DMARC record of {shown(domain)} says no policy"
            return DmarcRecord(state=RecordState.BROKEN, why=why)
        policy = "none"  # RFC 9989 §4.10.1: somebody who asks for reports, and mistyped the rest
    judged = DmarcRecord(
        state=RecordState.FOUND,
        policy=policy,
        strict_dkim=tags.get("adkim") == "s",
        strict_spf=tags.get("aspf") == "s",
    )
    if tags.get("t") != "y" or policy == "none":
        return judged
    milder = POLICIES[POLICIES.index(policy) - 1]
    return replace(judged, policy=milder, why=f"the domain is testing its policy {policy} (t=y)")
