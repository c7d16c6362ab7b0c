"""How strongly is the author's domain proven? The one table that says it (RFC 7489 §6.6.2 made into grades)."""

from enum import StrEnum

from gateway.authn.result import Grade


class Policy(StrEnum):
    """What the author's domain publishes for mail that proves nothing."""

    ENFORCED = "quarantine or reject"
    NONE = "none"
    ABSENT = "no usable record"
    UNKNOWN = "no answer"


class Proof(StrEnum):
    """The best proof there is for the author's domain."""

    DKIM = "an aligned DKIM signature"
    OLD_DKIM = "an aligned DKIM signature of an old mail"
    """Signed long before it came, and nothing shows that its domain sent it now: perhaps a copy, sent by anybody."""
    SPF = "an aligned SPF pass"
    UNANSWERED = "what might be one, if DNS had answered"
    NOTHING = "nothing"


P, Q = Policy, Proof
GRADES: dict[tuple[Policy, Proof], tuple[Grade, str]] = {
    (P.ENFORCED, Q.DKIM): (Grade.A3, "DMARC passes by an aligned DKIM signature"),
    (P.ENFORCED, Q.OLD_DKIM): (
        Grade.A1,
        "the DKIM signature is good, but the mail is old: anybody could send it again",
    ),
    (P.ENFORCED, Q.SPF): (Grade.A2, "DMARC passes by SPF only"),
    (P.ENFORCED, Q.UNANSWERED): (Grade.UNKNOWN, "DNS gave no answer on which SPF or DKIM depends"),
    (P.ENFORCED, Q.NOTHING): (Grade.A0, "DMARC fails, and the author's domain asks to refuse such mail"),
    (P.NONE, Q.DKIM): (Grade.A3, "DMARC passes by an aligned DKIM signature"),
    (P.NONE, Q.OLD_DKIM): (Grade.A1, "the DKIM signature is good, but the mail is old: anybody could send it again"),
    (P.NONE, Q.SPF): (Grade.A2, "DMARC passes by SPF only"),
    (P.NONE, Q.UNANSWERED): (Grade.UNKNOWN, "DNS gave no answer on which SPF or DKIM depends"),
    (P.NONE, Q.NOTHING): (Grade.A1, "DMARC fails, and the author's domain does not forbid it (p=none)"),
    (P.ABSENT, Q.DKIM): (Grade.A2, "the author's domain has no DMARC policy, but an aligned DKIM signature"),
    (P.ABSENT, Q.OLD_DKIM): (Grade.A1, "the DKIM signature is good, but the mail is old: anybody could send it again"),
    (P.ABSENT, Q.SPF): (Grade.A2, "the author's domain has no DMARC policy, but an aligned SPF pass"),
    (P.ABSENT, Q.UNANSWERED): (Grade.UNKNOWN, "DNS gave no answer on which SPF or DKIM depends"),
    (P.ABSENT, Q.NOTHING): (Grade.A1, "nothing proves the author's domain, and no DMARC policy forbids it"),
    (P.UNKNOWN, Q.DKIM): (Grade.UNKNOWN, "DNS gave no answer about the DMARC policy"),
    (P.UNKNOWN, Q.OLD_DKIM): (Grade.UNKNOWN, "DNS gave no answer about the DMARC policy"),
    (P.UNKNOWN, Q.SPF): (Grade.UNKNOWN, "DNS gave no answer about the DMARC policy"),
    (P.UNKNOWN, Q.UNANSWERED): (Grade.UNKNOWN, "DNS gave no answer about the DMARC policy"),
    (P.UNKNOWN, Q.NOTHING): (Grade.UNKNOWN, "DNS gave no answer about the DMARC policy"),
}
"""Every policy with every proof: the grade, and why."""

DMARC_RESULTS: dict[Proof, str] = {
    Q.DKIM: "pass",
    Q.OLD_DKIM: "pass",
    Q.SPF: "pass",
    Q.UNANSWERED: "temperror",
    Q.NOTHING: "fail",
}
"""What DMARC itself says where there is a policy: it knows nothing of a mail's age."""
