"""What does the author's domain want done? Finds and reads its DMARC record (RFC 7489 §6.6.3).

BUGS: `pct` is ignored (as in RFC 9989, which dropped it), `fo`, `rua` and `ruf` as well: we send no reports.
"""

from dataclasses import dataclass
from enum import StrEnum

from gateway.authn.answers import AnswerState
from gateway.authn.domains import organisational_domain, shown
from gateway.authn.resolver import MailResolver

POLICIES = ("none", "quarantine", "reject")
MAX_RECORD_OCTETS = 4096


class RecordState(StrEnum):
    """Whether there is a record to go by."""

    FOUND = "found"
    ABSENT = "absent"
    BROKEN = "broken"
    """There is something, but nothing that says a policy: DMARC does not apply."""
    UNKNOWN = "unknown"
    """DNS gave no answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DmarcRecord:
    """What is published for the author's domain; `policy` is "" unless the state is FOUND."""

    state: RecordState
    policy: str = ""
    """none, quarantine or reject: for this domain, so `sp` where the record is that of the organisation."""
    strict_dkim: bool = False
    strict_spf: bool = False
    why: str = ""


def find_record(author: str, resolver: MailResolver) -> DmarcRecord:
    """The record for an author's domain (spelled as `ascii_domain` does): its own, else its organisation's."""
    organisation = organisational_domain(author)
    own = _ask(author, resolver, policy_tags=("p",))
    if own.state is not RecordState.ABSENT or organisation == author:
        return own
    return _ask(organisation, resolver, policy_tags=("sp", "p"))


def _ask(domain: str, resolver: MailResolver, *, policy_tags: tuple[str, ...]) -> DmarcRecord:
    answer = resolver.txt(f"_dmarc.{domain}")
    if answer.state is AnswerState.TEMPERROR:
        return DmarcRecord(state=RecordState.UNKNOWN, why=answer.why)
    tags = [read for record in answer.records if (read := _tags(record))]
    if not tags:
        return DmarcRecord(state=RecordState.ABSENT)
    if len(tags) > 1:
        return DmarcRecord(state=RecordState.BROKEN, why=f"{shown(domain)} has several DMARC records")
    return _judge(tags[0], shown(domain), policy_tags)


def _tags(record: bytes) -> dict[str, str]:
    # Only what begins with exactly this tag is a DMARC record (§6.3); other text at the name is not ours to judge.
    first, _, rest = record[:MAX_RECORD_OCTETS].decode("ascii", "replace").partition(";")
    if "".join(first.split()) != "v=DMARC1":
        return {}
    pairs = [pair.partition("=") for pair in rest.split(";") if "=" in pair]
    return {"v": "DMARC1"} | {name.strip().lower(): value.strip().lower() for name, _, value in reversed(pairs)}


def _judge(tags: dict[str, str], domain: str, policy_tags: tuple[str, ...]) -> DmarcRecord:
    policy = next((tags[tag] for tag in policy_tags if tag in tags), "")
    if policy not in POLICIES:
        if "rua" not in tags:
            return DmarcRecord(state=RecordState.BROKEN, why=f"the DMARC record of {domain} says no policy")
        policy = "none"  # §6.6.3 step 6: somebody who asks for reports, and mistyped the rest
    return DmarcRecord(
        state=RecordState.FOUND,
        policy=policy,
        strict_dkim=tags.get("adkim") == "s",
        strict_spf=tags.get("aspf") == "s",
    )
