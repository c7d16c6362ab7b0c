"""Who we are to those we write to, and the addresses that we issue."""

from dataclasses import dataclass, field
from datetime import datetime

from gateway.canned.library import Library
from gateway.hours.desk_hours import DeskHours
from gateway.tokens import Keys, Purpose, body_reference, random_symbols
from gateway.topics.teams import Team

OVERVIEW_FIELDS = ("account", "shops", "plan", "phone", "orders", "tickets", "notes")


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
    undo_seconds: float = 0
    """An agent's answer waits so long, so that he can take it back."""
    hours: DeskHours = field(default_factory=DeskHours)
    """When the desk works, and how soon it wants to have answered."""
    overview: tuple[str, ...] = OVERVIEW_FIELDS
    """What of an account stands in mail to agents."""
    tells_hours: bool = False
    """Are customers told when a desk that is closed opens again? Only where the operator has said when it does."""
    closing_mail: bool = True
    """Does a customer hear that an agent closed his ticket?"""
    reviewers: tuple[str, ...] = ()
    """Canonical addresses of the agents who look after held mail; none: all agents do."""
    specialists: tuple[str, ...] = ()
    """Whom agents may ask who are not of the desk: canonical addresses, and `@domain` for everybody at one."""
    teams: tuple[Team, ...] = ()
    """Who looks after which topics; none: everybody after all."""
    canned: Library = field(default_factory=Library)
    """The canned texts; none unless the operator's and the shipped ones were read."""

    def reply_address(self, purpose: Purpose, *, ticket_ref: int, address: str, at: datetime) -> str:
        """A signed address at our reply domain, for a ticket and the one it is handed to."""
        token = self.keys.issue(purpose, ticket_ref=ticket_ref, address=address, day=at.date())
        return f"{token}@{self.reply_domain}"

    def message_id(self, purpose: Purpose, *, ticket_ref: int, address: str, at: datetime) -> str:
        """A new Message-ID that leads back to the ticket; 40 random bits make it unique (RFC 5322 §3.6.4)."""
        token = self.keys.issue(purpose, ticket_ref=ticket_ref, address=address, day=at.date())
        return f"<{token}.{random_symbols(8)}@{self.reply_domain}>"

    def reference(self, *, ticket_ref: int, address: str, at: datetime) -> str:
        """The reference at the foot of a mail: what is left where a mail program drops everything else."""
        return body_reference(self.keys.issue(Purpose.TEXT, ticket_ref=ticket_ref, address=address, day=at.date()))
