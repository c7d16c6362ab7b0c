"""What the reader of a mailbox tells: one frozen value an event, for the log and for figures.

Never in one of them: a password, a token, or the text of a mail. `why` may quote a server's answer, cleaned and short.
"""

from dataclasses import dataclass

_LONGEST_ANSWER = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """Logged in; waits with IDLE where `idle` is true, else by looking every `poll_seconds`."""

    mailbox: str
    tls: str
    """The TLS version, "" for a connection in the clear."""
    idle: bool
    move: str
    """How taken mail leaves the folder: "MOVE" (RFC 6851), "UID EXPUNGE" (RFC 4315) or "only flagged"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """So many mails are in the spool, durably."""

    mailbox: str
    mails: int
    bytes: int
    oversize: int
    """How many of them were larger than the limit: only their beginning was taken, they stay in the folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The mailbox could not be read; the mail stays in it and is taken later."""

    mailbox: str
    why: str
    retry_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MailFailed:
    """One mail could not be taken; it stays in the folder, the others go on."""

    mailbox: str
    uidvalidity: int
    uid: int
    why: str
    retry_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveFailed:
    """Mail that is in the spool could not be moved to the processed folder; the ledger keeps it from coming twice."""

    mailbox: str
    mails: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticationRefused:
    """The server, or the provider of the grant, does not accept what we log in with: a person must act."""

    mailbox: str
    why: str
    retry_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantExpires:
    """The OAuth2 grant ends in so many days (0: today, negative: it has ended); a person must renew it."""

    mailbox: str
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantNotSaved:
    """The provider handed out a new refresh token that could not be written: it will be lost with this process."""

    mailbox: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UidValidityChanged:
    """The folder was made anew (RFC 9051 §2.3.1.1): every mail in it is read again, duplicates are recognised later."""

    mailbox: str
    before: int
    now: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """Another process reads this mailbox now."""

    mailbox: str


MailboxEvent = (
    Connected
    | Took
    | Failed
    | MailFailed
    | MoveFailed
    | AuthenticationRefused
    | GrantExpires
    | GrantNotSaved
    | UidValidityChanged
    | Released
)


def clean(answer: object) -> str:
    """A server's words as one short printable line: they are not ours, and go to a log."""
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)
    return "".join(character if character.isprintable() else " " for character in text[:_LONGEST_ANSWER]).strip()
