"""What does the score of a mail say, for its author and his history? Pure; the table is `policy.SPAM`."""

from dataclasses import dataclass

from gateway.accounts.sender import Standing
from gateway.matching.token import Strength
from gateway.pipeline.evidence import Evidence
from gateway.pipeline.policy import BAD_SIGNATURE_POINTS, SPAM, Band, Column, SpamClass, Verdict, band_of
from gateway.pipeline.relation import column_of, strength_of
from gateway.spam.history import Reputation
from gateway.spam.report import ScanState


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """The cell of the table that a mail is in, and how it got there."""

    score: float
    """With what we add to the engine's."""
    spam_class: SpamClass
    band: Band
    reputation: Reputation
    verdict: Verdict
    why: str


def overlay_of(evidence: Evidence) -> Overlay | None:
    """The verdict on the score; None where the engine did not see the mail: that says nothing."""
    report = evidence.reading.spam
    if report.state is not ScanState.SCANNED:
        return None
    score = report.score + points_of_ours(evidence)
    spam_class, band, reputation = spam_class_of(evidence), band_of(score, report.threshold), reputation_of(evidence)
    return Overlay(
        score=score,
        spam_class=spam_class,
        band=band,
        reputation=reputation,
        verdict=SPAM[spam_class, reputation][band],
        why=_why(evidence, score, band, reputation),
    )


def points_of_ours(evidence: Evidence) -> float:
    """What the mail itself adds to the engine's score: it names a reply address that we never issued, and no other."""
    token = evidence.reading.token
    return BAD_SIGNATURE_POINTS if token.strength is Strength.T0 and token.forged else 0.0


def spam_class_of(evidence: Evidence) -> SpamClass:
    """Whose mail it is, as far as that matters for its score."""
    strength, standing = strength_of(evidence), evidence.sender.standing
    column = column_of(evidence)
    if strength is Strength.T3 or (standing is Standing.S2 and column is Column.PROVEN):
        return SpamClass.TRUSTED
    if standing is Standing.S2:
        return SpamClass.SPOOFABLE
    is_nobody = standing is Standing.S0 and strength is Strength.T0
    return SpamClass.UNPROVEN if is_nobody and column is Column.OPEN else SpamClass.OTHER


def reputation_of(evidence: Evidence) -> Reputation:
    """What the history says of the author: a good one of a server that does not prove him is not his."""
    found = evidence.history.reputation
    if found is Reputation.GOOD and column_of(evidence) is not Column.PROVEN:
        return Reputation.NONE
    return found


def _why(evidence: Evidence, score: float, band: Band, reputation: Reputation) -> str:
    report = evidence.reading.spam
    parts = [f"spam score {score:g} of {report.threshold:g}: {report.why}"]
    if points_of_ours(evidence):
        parts.append(f"{BAD_SIGNATURE_POINTS:g} points for a reply address that we never issued")
    if band in (Band.DOUBTFUL, Band.SUSPECT) and spam_class_of(evidence) is SpamClass.UNPROVEN:
        parts.append("from a stranger who is not proven to have written it")
    if reputation is not Reputation.NONE:
        parts.append(f"the history of its sender is {reputation}: {evidence.history.why}")
    return "; ".join(parts)
