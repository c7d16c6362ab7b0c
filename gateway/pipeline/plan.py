"""What is to be done with a mail: the value between deciding and doing."""

from dataclasses import dataclass
from enum import StrEnum


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


class Reply(StrEnum):
    """The automatic mail that goes back to the author."""

    RECEIPT = "receipt"
    """To a proven customer: his ticket's number and his own shop's domain."""
    NEUTRAL = "neutral"
    """To anybody else who is proven to have written: fixed words, the same for everyone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The decision. `why` is a sentence for people; nothing else about the mail needs to be looked at to do it."""

    action: Action
    why: str
    reply: Reply | None = None
    language: str = "en"
    notify: bool = False
    """Do agents hear of it?"""
    problem: str = ""
    """Why an agent's mail is not used although it is his: it goes back to him with this sentence."""
