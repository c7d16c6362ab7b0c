"""The nouns that every part of the program shares. Values only: frozen, typed, without behaviour of their own."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A mail at the door: its envelope and its bytes exactly as they came."""

    envelope: Envelope
    raw: bytes


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


class TicketState(StrEnum):
    """Where a ticket stands; `tickets.state` has the arrows."""

    NEW = "new"
    OPEN = "open"
    WAITING_FOR_CUSTOMER = "waiting_for_customer"
    WAITING_FOR_US = "waiting_for_us"
    SOLVED = "solved"
    CLOSED = "closed"


class ArticleKind(StrEnum):
    """Who may read an article and which way it went."""

    IN = "in"
    OUT = "out"
    INTERNAL = "internal"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A person of the desk who answers tickets from his own mail program."""

    name: str
    address: str
    teams: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
