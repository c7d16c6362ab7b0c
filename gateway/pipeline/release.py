"""A held mail that a person let go on: it is decided again as if it had never been held.

From what was found when it came: its authentication and its score are those of the stored explanation, its bytes are
parsed again, its reply token is looked at as of then; neither DNS nor the spam engine is asked, and nothing counts as
older than it was. What holds mail back is left out, because a person has decided; whose mail it is stands in the
identity table as for every mail. Where the table itself would hold it (its author's domain says that he did not write
it), the agents see it, nothing is proven by it and nothing is sent because of it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from gateway.authn.result import Authentication, DkimResult, Grade
from gateway.mail.nature import classify
from gateway.mail.reader import Reader
from gateway.matching.token import Strength, find_token
from gateway.model import Entry
from gateway.pipeline import rules
from gateway.pipeline.content import content_key
from gateway.pipeline.decide import Policy, by_identity, language_for
from gateway.pipeline.evidence import Evidence, Reading, Release
from gateway.pipeline.plan import Action, Plan
from gateway.pipeline.relation import strength_of
from gateway.pipeline.topic import look_at_words, with_topic
from gateway.spam.report import ScanState, SpamReport
from gateway.spam.virus import NOT_SCANNED, VirusReport, VirusState
from gateway.store.db import Store, Tx
from gateway.store.marks import mark_of, shown_copy
from gateway.store.outcomes import Outcome
from gateway.store.tickets import insert_event
from gateway.tickets.desk import Desk
from gateway.topics.model import TopicModel

RULES = (rules.confirmations, rules.reviews, rules.agents, rules.participants)
"""Of all rules only these say whose mail it is; the others hold, or record what no person wants to read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """What is needed to read a mail again."""

    store: Store
    reader: Reader
    desk: Desk
    own_addresses: Sequence[str]
    topics: TopicModel


def read_again(again: Again, entry: Entry) -> Reading:
    """What was found when the mail came, and its bytes parsed anew."""
    with again.store.reading() as tx:
        mark = mark_of(tx, entry.id)
    assert mark is not None, "who lets a mail go on says so in its mark"
    assert mark.released_at is not None
    found = json.loads(mark.explanation) if mark.explanation else {}
    message = again.reader.read(entry.raw)
    nature = classify(message, entry.envelope, again.desk.keys, again.own_addresses)
    held_at = mark.held_at or entry.envelope.received_at
    return Reading(
        entry=entry,
        message=message,
        content_key=content_key(message),
        nature=nature,
        authentication=_authentication(found.get("authentication", {})),
        spam=_report(found.get("spam", {})),
        virus=_virus(found.get("virus", {})),
        token=find_token(message, entry.envelope, again.desk.keys, held_at),
        topic=look_at_words(message, nature, again.topics, again.desk),
        release=Release(by=mark.released_by or "", at=mark.released_at, held_why=mark.held_why),
    )


def as_the_first(tx: Tx, evidence: Evidence) -> Evidence:
    """The evidence, a duplicate only of a copy that people were shown: what is held, or a copy of this, is none."""
    entry = evidence.reading.entry
    shown = shown_copy(
        tx,
        entry.id,
        sha256=entry.sha256,
        content_key=evidence.reading.content_key,
        around=entry.envelope.received_at,
    )
    return replace(evidence, duplicate_of=shown, is_earlier_held=False)


def decide_released(evidence: Evidence, policy: Policy) -> Plan:
    """The plan for a mail that a person let go on; never to hold it again. Pure."""
    if evidence.duplicate_of is not None:
        return Plan(action=Action.DUPLICATE, why=f"it is the same mail as {evidence.duplicate_of}")
    plan = next(filter(None, (rule(evidence) for rule in RULES)), None) or by_identity(evidence, policy)
    if plan.action in (Action.HOLD, Action.REJECT):
        plan = _for_the_agents(evidence, policy, plan)
    return with_topic(replace(plan, why=f"{_by_whom(evidence)}: {plan.why}"), evidence, policy.teams)


def note_release(tx: Tx, evidence: Evidence, outcome: Outcome) -> None:
    """A line in the story of the ticket that the mail is in now."""
    release = evidence.reading.release
    if release and outcome.ticket_id is not None:
        came = f"{evidence.reading.entry.envelope.received_at:%Y-%m-%d %H:%M} UTC"
        detail = f"released from held by {release.by}; it came at {came} and was held: {release.held_why}"
        insert_event(tx, outcome.ticket_id, at=outcome.decided_at, kind="released", actor=release.by, detail=detail)


def _for_the_agents(evidence: Evidence, policy: Policy, held: Plan) -> Plan:
    """In the ticket that its reply address names, else in a new one; unconfirmed, and nobody outside hears of it."""
    ticket = evidence.match.ticket
    is_addressed = ticket is not None and strength_of(evidence) in (Strength.T3, Strength.T2)
    action = Action.APPEND_UNCONFIRMED if is_addressed else Action.OPEN_UNCONFIRMED
    return Plan(
        action=action,
        why=held.why,
        participant=held.participant if is_addressed else None,
        language=language_for(evidence, policy, action),
        notify=True,
        linked=None if is_addressed else ticket,
    )


def _by_whom(evidence: Evidence) -> str:
    release = evidence.reading.release
    return f"released by {release.by}" if release else "released"


def _authentication(found: dict[str, Any]) -> Authentication:
    """As the explanation of the hold tells it; where that tells nothing, nothing is proven."""
    if not found:
        return Authentication(grade=Grade.A1, why="what was found about its author is not kept")
    texts = ("spf", "dmarc", "dmarc_policy", "arc", "sealer", "trusted_results")
    return Authentication(
        grade=Grade(found["grade"]),
        why=found["why"],
        dkim=tuple(DkimResult(domain=each["domain"], result=each["result"]) for each in found.get("dkim", ())),
        **{name: found[name] for name in texts if name in found},
    )


def _report(found: dict[str, Any]) -> SpamReport:
    if not found:
        return SpamReport(engine="none", state=ScanState.UNSCANNED, why="what the spam engine said is not kept")
    return SpamReport(
        engine=found["engine"],
        state=ScanState(found["state"]),
        why=found["why"],
        score=found["score"],
        threshold=found["threshold"],
        rules=tuple(found["rules"]),
    )


def _virus(found: dict[str, Any]) -> VirusReport:
    if not found:
        return NOT_SCANNED
    state = VirusState(found["state"])
    return VirusReport(engine=found["engine"], state=state, why=found["why"], name=found["name"])
