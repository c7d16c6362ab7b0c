"""What is known about who sent a mail, as far as DNS and signatures tell."""

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """How strongly the author's domain is proven (A3 strongest)."""

    A3 = "A3"
    """DMARC passes by an aligned DKIM signature, or an authenticated submission of our own."""
    A2 = "A2"
    """DMARC passes by SPF only; or there is no DMARC record but an aligned DKIM or SPF pass."""
    A1 = "A1"
    """Nothing aligned and no policy that forbids it, or a listed forwarder or sealer speaks for it."""
    UNKNOWN = "A?"
    """DNS gave no answer: try again later."""
    A0 = "A0"
    """DMARC fails under quarantine or reject, our own domain is forged, or there is not exactly one author."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DkimResult:
    """One verified signature: `result` is pass, fail, neutral (a signature we do not trust), temperror or permerror."""

    domain: str
    result: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authentication:
    """The evidence, the grade that follows, and why in words."""

    grade: Grade
    why: str
    spf: str = "none"
    """RFC 7208 §2.6 result, "none" where the peer's address is not known."""
    spf_domain: str = ""
    dkim: tuple[DkimResult, ...] = ()
    dmarc: str = "none"
    """pass, fail, none (no record), temperror or permerror."""
    dmarc_policy: str = ""
    """none, quarantine or reject as it applies to the author; empty without a record."""
    arc: str = "none"
    """none, ignored (its newest sealer is not listed), pass, fail or temperror; "none" where it was not asked for."""
    sealer: str = ""
    """Who sealed the mail last (RFC 8617)."""
    trusted_results: str = ""
    """What the border's Authentication-Results field says, or why none is believed; empty where none is configured."""
