"""What an agent's mail to the desk begins: values between looking it up (`beginning`) and deciding (`starts`)."""

from dataclasses import dataclass

from gateway.accounts.sender import Sender
from gateway.mail.forwarded import NOT_FORWARDED, Forwarded, NotForwarded
from gateway.mail.message import Message
from gateway.matching.shop import ShopMatch
from gateway.model import Account, Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Whom a mail to `new+…` is meant for; with a `problem` it is nobody."""

    written: str
    """What stands behind the plus."""
    address: str = ""
    account: Account | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """A mail that an agent passes on, and what the store knows of its author."""

    mail: Forwarded
    message: Message
    """The same as a mail of its author's."""
    sender: Sender
    shop: ShopMatch
    known: Ticket | None
    """The ticket that holds it already."""
    obstacle: str = ""
    """Why no ticket of a customer can come of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What was found; at most one of the first two."""

    targets: tuple[Target, ...] = ()
    passed: Passed | None = None
    why_not: NotForwarded = NOT_FORWARDED
    """Where nothing is passed on."""
