"""What is to be done with a mail: the value between deciding and doing."""

from dataclasses import dataclass
from enum import StrEnum

from gateway.matching.yes_no import Answer
from gateway.model import Account, Participant, Shop, Ticket
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
    REOPENED = "reopened"
    """To a proven customer whose mail brings his closed ticket back."""
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


class Start(StrEnum):
    """What an agent's mail to the desk itself begins."""

    FORWARD = "forward"
    """A ticket of the customer whose mail he passes on."""
    KNOWN = "known"
    """Nothing new: that mail is in a ticket already, and his words become a note in it."""
    CONVERSATION = "conversation"
    """A ticket with a mail to a customer."""
    RETURNED = "returned"
    """Nothing: it goes back to him with the plan's `problem`."""


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
    rating: int | None = None
    """What a customer answers to our question how it went: 1 (very bad) to 5 (very good)."""
    stays: bool = False
    """The ticket stays where it stands, although its customer wrote."""
    aside: Aside | None = None
    """For which of these reasons it is held or refused, if for one of them."""
    participant: Participant | None = None
    """He answers who was asked for help with the ticket, or invited: his word, and not the customer's."""
    burst: Burst | None = None
    """The burst that it is held as a part of."""
    topic: str = ""
    """What the ticket that is opened is about, as far as that can be guessed."""
    team: str = ""
    """Who looks after it first."""
    start: Start | None = None
    """What an agent's mail begins that is of no ticket."""
