"""How strongly is the author's domain proven? The one table that says it (RFC 7489 §6.6.2 made into grades).

What DNS did not answer is not guessed: every answer that it might give is looked up in the table (`grade_of`), and only
where they differ in what they prove is the grade unknown.
"""

from collections.abc import Collection
from enum import StrEnum

from gateway.authn.result import Grade


class Policy(StrEnum):
    """What the author's domain publishes for mail that proves nothing."""

    ENFORCED = "quarantine or reject"
    NONE = "none"
    ABSENT = "no usable record"


class Proof(StrEnum):
    """The best proof there is for the author's domain."""

    DKIM = "an aligned DKIM signature"
    SPF = "an aligned SPF pass"
    OLD_DKIM = "an aligned DKIM signature of an old mail"
    """Signed long before it came, and nothing shows that its domain sent it now: perhaps a copy, sent by anybody."""
    SHARED_SPF = "an aligned SPF pass of a sender that many share"
    """Any customer of that sender can have it."""
    FORWARDED = "the word of a listed forwarder"
    """A sealer or forwarder of our list, or our own border, found it good; we cannot see that ourselves."""
    NOTHING = "nothing"


OLD = "the DKIM signature is good, but the mail is old: anybody could send it again"
SHARED = "SPF passes only by way of a sending service that many share"
FORWARDED = "nothing that we can verify proves the author's domain, but a listed server speaks for the mail"

P, Q = Policy, Proof
GRADES: dict[tuple[Policy, Proof], tuple[Grade, str]] = {
    (P.ENFORCED, Q.DKIM): (Grade.A3, "DMARC passes by an aligned DKIM signature"),
    (P.ENFORCED, Q.SPF): (Grade.A2, "DMARC passes by SPF only"),
    (P.ENFORCED, Q.OLD_DKIM): (Grade.A1, OLD),
    (P.ENFORCED, Q.SHARED_SPF): (Grade.A1, SHARED),
    (P.ENFORCED, Q.FORWARDED): (Grade.A1, FORWARDED),
    (P.ENFORCED, Q.NOTHING): (Grade.A0, "DMARC fails, and the author's domain asks to refuse such mail"),
    (P.NONE, Q.DKIM): (Grade.A3, "DMARC passes by an aligned DKIM signature"),
    (P.NONE, Q.SPF): (Grade.A2, "DMARC passes by SPF only"),
    (P.NONE, Q.OLD_DKIM): (Grade.A1, OLD),
    (P.NONE, Q.SHARED_SPF): (Grade.A1, SHARED),
    (P.NONE, Q.FORWARDED): (Grade.A1, FORWARDED),
    (P.NONE, Q.NOTHING): (Grade.A1, "DMARC fails, and the author's domain does not forbid it (p=none)"),
    (P.ABSENT, Q.DKIM): (Grade.A2, "the author's domain has no DMARC policy, but an aligned DKIM signature"),
    (P.ABSENT, Q.SPF): (Grade.A2, "the author's domain has no DMARC policy, but an aligned SPF pass"),
    (P.ABSENT, Q.OLD_DKIM): (Grade.A1, OLD),
    (P.ABSENT, Q.SHARED_SPF): (Grade.A1, SHARED),
    (P.ABSENT, Q.FORWARDED): (Grade.A1, FORWARDED),
    (P.ABSENT, Q.NOTHING): (Grade.A1, "nothing proves the author's domain, and no DMARC policy forbids it"),
}
"""Every policy with every proof: the grade, and why."""

DMARC_RESULTS: dict[Proof, str] = {
    Q.DKIM: "pass",
    Q.SPF: "pass",
    Q.OLD_DKIM: "pass",
    Q.SHARED_SPF: "pass",
    Q.FORWARDED: "fail",
    Q.NOTHING: "fail",
}
"""What DMARC itself says where there is a policy: it knows nothing of a mail's age, nor of forwarders."""

OWN_DOMAIN = "the author's address is of our own domain, but nothing proves that he wrote it"


def grade_of(policies: Collection[Policy], proofs: Collection[Proof], *, is_own: bool) -> tuple[Grade, str]:
    """The grade and why, where each of these policies and proofs may be the true one; one of each: all is known.

    Between A2 and A3 nobody waits: both prove the author, so what is certain counts. For the site's own domains
    (`is_own`) nothing proven is as good as forged, whatever their policy.
    """
    found = {_cell(policy, proof, is_own=is_own) for policy in policies for proof in proofs}
    grades = {grade for grade, _ in found}
    if len(found) == 1:
        return found.pop()
    if grades <= {Grade.A2, Grade.A3}:
        return Grade.A2, "at least SPF or DKIM proves the author's domain; DNS did not answer everything"
    if len(grades) == 1:
        return grades.pop(), "DNS did not answer everything, but no answer would change the grade"
    what = "about the DMARC policy" if len(policies) > 1 else "on which SPF or DKIM depends"
    return Grade.UNKNOWN, f"DNS gave no answer {what}"


def _cell(policy: Policy, proof: Proof, *, is_own: bool) -> tuple[Grade, str]:
    return (Grade.A0, OWN_DOMAIN) if is_own and proof is Proof.NOTHING else GRADES[policy, proof]
