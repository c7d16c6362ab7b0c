"""The nouns that every part of the program shares. Values only: frozen, typed, without behaviour of their own."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol


class Via(StrEnum):
    """The door by which a mail came in."""

    SMTP = "smtp"
    LMTP = "lmtp"
    IMAP = "imap"
    FILE = "file"
    PIPE = "pipe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What is known of a mail besides its bytes: the transport's view (RFC 5321 §2.3.1).

    `mail_from` is the reverse path without angle brackets, `""` for the null reverse path, None where no transport told
    one (IMAP, files). `peer_ip` is set only where the peer's address is truly known: a mail that another server handed
    to us (LMTP, IMAP) does not have one, and SPF must not be asked for it.
    """

    via: Via
    received_at: datetime
    recipients: tuple[str, ...] = ()
    mail_from: str | None = None
    peer_ip: str | None = None
    helo: str | None = None
    tls: bool = False
    authenticated_as: str | None = None
    """The user name of an authenticated submission (RFC 4954), if there was one."""
    source: str = ""
    """Where a person finds the original: a path, `mailbox/UIDVALIDITY/UID`, or the name of the listener."""


class Octets(Protocol):
    """What may be `bytes`, or wait in a file until it is read in parts."""

    def __len__(self) -> int:
        """How many."""

    def __getitem__(self, part: slice, /) -> bytes:
        """Some of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A mail at the door: its envelope and its bytes exactly as they came."""

    envelope: Envelope
    raw: Octets


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxUid:
    """One message of one IMAP mailbox (RFC 9051 §2.3.1.1): only the three together name a message for ever."""

    mailbox: str
    """The name of the `[[ingest.imap]]` entry, which names server, user and folder."""
    uidvalidity: int
    uid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An accepted mail in the spool."""

    id: str
    """26 characters, time-ordered (ULID); every log line about the mail carries it."""
    envelope: Envelope
    raw: bytes
    sha256: str
    tries: int
    released_at: datetime | None = None
    """When a person let it go on, after it was held; None for all others."""


class TicketState(StrEnum):
    """Where a ticket stands; `tickets.state` has the arrows."""

    NEW = "new"
    OPEN = "open"
    WAITING_FOR_CUSTOMER = "waiting_for_customer"
    WAITING_FOR_US = "waiting_for_us"
    SOLVED = "solved"
    CLOSED = "closed"


class Priority(StrEnum):
    """How pressing a ticket is; it sets how soon the desk wants to have answered."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class ArticleKind(StrEnum):
    """Who may read an article and which way it went."""

    IN = "in"
    OUT = "out"
    INTERNAL = "internal"
    WITHDRAWN = "withdrawn"
    """An answer or a note that its author took back before it left; nobody else reads it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A webshop of an account."""

    id: str
    domain: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountAddress:
    """An address on file for an account; `verified` comes from the account source or an operator, never from mail."""

    address: str
    verified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What an account ordered, as its own system tells; for the agents' overview and to find the shop by its number."""

    number: str
    shop_id: str = ""
    placed_at: datetime | None = None
    status: str = ""
    total: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account of the webshop hoster, cached from its own system, which owns it."""

    id: str
    name: str = ""
    language: str = ""
    phone: str = ""
    plan: str = ""
    notes: str = ""
    shops: tuple[Shop, ...] = ()
    addresses: tuple[AccountAddress, ...] = ()
    orders: tuple[Order, ...] = ()
    """Newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A person of the desk who answers tickets from his own mail program."""

    name: str
    address: str
    teams: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    confirms: str = "mail"
    """How he hears that his commands were done: "mail" at once, "digest" once a day."""
    away: tuple[tuple[date, date], ...] = ()
    """His holidays, the first and the last day of each."""
    hours: tuple[str, ...] = ()
    """His working hours, as `hours.reading` reads them; none: the desk's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A request of a correspondent and everything that came of it."""

    id: int
    """The number for people."""
    ref: int
    """The random public reference that tokens carry, 30 bits."""
    state: TicketState
    subject: str
    correspondent: str
    """The address that the ticket is bound to: answers go there and nowhere else."""
    correspondent_name: str
    confirmed: bool
    """False until it is proven that the correspondent wrote it."""
    account_id: str | None
    shop_id: str | None
    language: str
    assignee: str | None
    """The address of the agent who has it."""
    opened_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    team: str = ""
    """The team that looks after it; "" where nobody chose one."""
    topic: str = ""
    """What it is about, by its name in `topics`; "" where that is not known."""
    priority: Priority = Priority.NORMAL
    waiting_since: datetime | None = None
    """Since when it waits for us; None while it does not."""
    due_at: datetime | None = None
    """When the desk wants to have answered; None while it does not wait for us."""
    wait_until: datetime | None = None
    """The desk looks at it again then, at the latest; an agent said so."""
    reported_by: str = ""
    """The address of the agent who forwarded it or began it; "" where the correspondent wrote himself."""
    merged_into: int | None = None
    """The ticket that it was merged into: what comes for this one goes there."""


class Role(StrEnum):
    """What somebody who is neither its correspondent nor its agent has to do with a ticket."""

    COLLEAGUE = "colleague"
    """An agent who was asked for help with it."""
    SPECIALIST = "specialist"
    """Somebody outside of the desk who was asked for help with it."""
    INVITED = "invited"
    """A further person of the customer's side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """Somebody whom an agent wrote to because of a ticket; what he answers is never the customer's word."""

    ticket_id: int
    address: str
    """Canonical."""
    role: Role
    by: str
    """The name of the agent who wrote to him last."""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """A message inside a ticket."""

    id: int
    ticket_id: int
    entry_id: str | None
    kind: ArticleKind
    at: datetime
    author: str
    author_name: str
    confirmed: bool
    """False where it is not proven that the author wrote it."""
    message_id: str
    subject: str
    text: str
    reply: str
    defects: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to a ticket; `detail` is a sentence."""

    at: datetime
    kind: str
    actor: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAttachment:
    """A file of an article, its bytes kept under their digest."""

    sha256: str
    filename: str
    content_type: str
    size: int
    inline: bool
    content_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderHistory:
    """What became of the earlier mails of an account, an address or a domain, which `key` names."""

    key: str
    accepted: int
    """Mails that became tickets or parts of them."""
    answered: int
    """Tickets that an agent answered."""
    released: int
    """Held mails that a person let go on."""
    spam: int
    """Mails that a person called spam."""
    first_at: datetime
    last_at: datetime
    burst_since: datetime | None
    """When the hour began over which the next two are counted."""
    burst_opened: int
    """New tickets, those that were held instead among them."""
    burst_spam: int
    """Mails held for their score."""
    held_until: datetime | None
    """Until then new tickets are held."""
