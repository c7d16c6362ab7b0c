"""An attack: what an attacker knows, the mail that he makes of it, and the most that may come of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from gateway.tokens import Purpose
from tests.identity.post import Mail
from tests.identity.world import KIM, REPLY_DOMAIN, Outcome, Row, reference, token
from tests.identity.zone import VICTIM, Domain


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A customer with her account, her ticket, and everything that could leak of it."""

    number: int
    """Of her account, her shop and her attacker."""
    victim: str
    eve: str
    """The attacker: her domain, her server and her signatures are all in order."""
    opening: Mail
    opened: Outcome
    ticket: Row

    @property
    def opening_id(self) -> str:
        """The Message-ID of the customer's own mail."""
        return str(self.opened.explained["mail"]["message_id"])

    @property
    def reply_address(self) -> str:
        """The signed address that the customer was given."""
        return self.address(Purpose.REPLY)

    @property
    def bounce_address(self) -> str:
        """The reverse path of an answer to her."""
        return self.address(Purpose.BOUNCE)

    @property
    def agents_address(self) -> str:
        """The signed address of an agent for this ticket."""
        return self.address(Purpose.AGENT, KIM)

    @property
    def our_id(self) -> str:
        """The Message-ID of an answer of the desk."""
        return self._id(Purpose.MESSAGE_ID)

    @property
    def automatic_id(self) -> str:
        """The Message-ID of a receipt of the desk."""
        return self._id(Purpose.AUTOMATIC_MESSAGE_ID)

    @property
    def reference(self) -> str:
        """What stands at the foot of the desk's mails."""
        return reference(self.ticket, self.victim)

    def address(self, purpose: Purpose, holder: str = "", day: date | None = None) -> str:
        """Any signed address of this ticket."""
        return token(purpose, self.ticket, holder or self.victim, day=day)

    def _id(self, purpose: Purpose) -> str:
        return f"<{self.address(purpose).partition('@')[0]}.0123abcd@{REPLY_DOMAIN}>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One attack, named after the threat model's id."""

    id: str
    name: str
    mail: Callable[[Scene], Mail]
    action: str = "hold"
    """What becomes of it; "" where it is refused."""
    because: str
    """The reason that must be told: a regular expression on all reasons together; of a refusal, on the reply."""
    grade: str = ""
    token: str = ""
    standing: str = ""
    """Where they matter: what they must be."""
    domain: Domain = VICTIM
    """The victim's."""
    neutral: bool = False
    """Does the table give the attacker, who is proven to own his address, the fixed words that everybody gets?"""
    asks: bool = False
    """Does the table ask the victim whether it was he? The attacker is proven, and named one of his shops."""
    succeeds: bool = False
    """It is no attack at all, but what an honest mail went through: it must work."""

    @property
    def title(self) -> str:
        """As the tests name it."""
        return f"{self.id} {self.name}"


def account_of(number: int, victim: str) -> dict[str, Any]:
    """The victim's account."""
    return {
        "id": f"victim{number}",
        "name": "A Victim",
        "language": "en",
        "phone": "+30 210 5550177",
        "shops": [{"id": f"v{number}", "domain": f"victims{number}.example"}],
        "addresses": [{"address": victim, "verified": True}],
    }
