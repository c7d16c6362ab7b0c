"""What is to be done with a mail: the value between deciding and doing."""

from dataclasses import dataclass
from enum import StrEnum

from gateway.matching.yes_no import Answer
from gateway.model import Account, Shop, Ticket
from gateway.spam.history import Burst


class Action(StrEnum):
    """The one fate of a mail; each is also the name of an outcome."""

    OPEN = "open"
    OPEN_UNCONFIRMED = "open_unconfirmed"
    APPEND = "append"
    APPEND_UNCONFIRMED = "append_unconfirmed"
    COMMANDS = "commands"
    RECORD = "record"
    HOLD = "hold"
    REJECT = "reject"
    DUPLICATE = "duplicate"
    POISON = "poison"


OPENS = (Action.OPEN, Action.OPEN_UNCONFIRMED)
APPENDS = (Action.APPEND, Action.APPEND_UNCONFIRMED)


class Reply(StrEnum):
    """The automatic mail that goes back to the author."""

    RECEIPT = "receipt"
    """To a proven customer: his ticket's number and his own shop's domain."""
    ASK_SHOP = "ask_shop"
    """To a proven customer of several shops: the same, and which of them is it about?"""
    NEUTRAL = "neutral"
    """To anybody else who is proven to have written: fixed words, the same for everyone."""


class Disclosure(StrEnum):
    """The most that may be told to the author because of his mail (threat model §4); each includes the one before."""

    D0 = "D0"
    """Nothing."""
    D1 = "D1"
    """Fixed words, the same for everyone."""
    D2 = "D2"
    """The ticket's number and the domains of his own shops."""
    D3 = "D3"
    """What customers may see of the ticket, in an agent's answer, which goes to the ticket's own address only."""


class Aside(StrEnum):
    """Why a mail is kept from the queue, where something else depends on it."""

    SPAM = "spam"
    FORGED = "forged"
    """Its author's domain says that he did not write it."""
    BURST = "burst"
    """Its author writes so many that his new tickets are held for a while."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The decision. `why` is a sentence for people; nothing else about the mail needs to be looked at to do it."""

    action: Action
    why: str
    reply: Reply | None = None
    disclosure: Disclosure = Disclosure.D0
    language: str = "en"
    notify: bool = False
    """Do agents hear of it?"""
    problem: str = ""
    """Why an agent's mail is not used although it is his: it goes back to him with this sentence."""
    account: Account | None = None
    """The proven owner's: a ticket that is opened belongs to it, and one that goes on becomes its own, confirmed."""
    shop: Shop | None = None
    shop_why: str = ""
    """How the shop was found, where he has several: an agent may know better. Or why it is left to the agents."""
    owners: tuple[Account, ...] = ()
    """Their verified addresses are asked "was this you?"."""
    linked: Ticket | None = None
    """The ticket that the mail mentions and is not added to; only agents are told."""
    row: str = ""
    """The row and column of the identity table that decided; "" where a rule before it did."""
    denies: bool = False
    """The ticket is unconfirmed, and who answers in it says that he did not write it: agents are told."""
    answer: Answer | None = None
    """What the owner of `account` says to our question whether he wrote the ticket."""
    aside: Aside | None = None
    """For which of these reasons it is held or refused, if for one of them."""
    burst: Burst | None = None
    """The burst that it is held as a part of."""
