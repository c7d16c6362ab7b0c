"""Who we are to those we write to, and the addresses that we issue."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from gateway.tokens import ALPHABET, Keys, Purpose, body_reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The desk's own data, from the configuration."""

    support_address: str
    name: str
    reply_domain: str
    login_url: str
    keys: Keys
    own_addresses: tuple[str, ...] = ()
    """All addresses that people write to, the support address among them."""
    language: str = "en"
    """Of mail to agents who have not said which ones they read."""
    neutral_delay_seconds: tuple[float, float] = (30.0, 90.0)
    """The neutral mail waits between so long and so long."""
    reviewers: tuple[str, ...] = ()
    """Canonical addresses of the agents who look after held mail; none: all agents do."""

    def reply_address(self, purpose: Purpose, *, ticket_ref: int, address: str, at: datetime) -> str:
        """A signed address at our reply domain, for a ticket and the one it is handed to."""
        token = self.keys.issue(purpose, ticket_ref=ticket_ref, address=address, day=at.date())
        return f"{token}@{self.reply_domain}"

    def message_id(self, purpose: Purpose, *, ticket_ref: int, address: str, at: datetime) -> str:
        """A new Message-ID that leads back to the ticket; 40 random bits make it unique (RFC 5322 §3.6.4)."""
        token = self.keys.issue(purpose, ticket_ref=ticket_ref, address=address, day=at.date())
        unique = "".join(secrets.choice(ALPHABET) for _ in range(8))
        return f"<{token}.{unique}@{self.reply_domain}>"

    def reference(self, *, ticket_ref: int, address: str, at: datetime) -> str:
        """The reference at the foot of a mail: what is left where a mail program drops everything else."""
        return body_reference(self.keys.issue(Purpose.TEXT, ticket_ref=ticket_ref, address=address, day=at.date()))
