"""The values of the grammar: the words, an order, and the whole block at the head of a reply."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Word(StrEnum):
    """The commands, in the order in which people read about them."""

    NOTE = "note"
    CLOSE = "close"
    SOLVED = "solved"
    WAIT = "wait"
    ASSIGN = "assign"
    TAKE = "take"
    TEAM = "team"
    PRIORITY = "priority"
    TOPIC = "topic"
    LANGUAGE = "language"
    SHOP = "shop"
    CANNED = "canned"
    FORWARD = "forward"
    INVITE = "invite"
    CALL = "call"
    CALLED = "called"
    ATTACH = "attach"
    SPLIT = "split"
    MERGE = "merge"
    SPAM = "spam"
    NEXT = "next"
    UNDO = "undo"
    HELP = "help"


class TextUse(StrEnum):
    """What becomes of the text below the commands."""

    CUSTOMER = "it goes to the customer"
    INSIDE = "it stays inside, as a note"
    THIRD = "it goes to that address, not to the customer"
    REFUSED = "there may be none"
    LEFT = "it is not used"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What stands behind a command's word, as far as its kind of argument has it."""

    text: str = ""
    """A name, an address, a domain or a subject."""
    names: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()
    until: datetime | None = None
    parameters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One command with what it was given."""

    word: Word
    given: Given = Given()


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """What one mail asks for; with `problems` it asks for nothing, and each of them says what to mend."""

    orders: tuple[Order, ...] = ()
    text: str = ""
    """What stands below the commands."""
    use: TextUse = TextUse.CUSTOMER
    problems: tuple[str, ...] = ()

    def has(self, word: Word) -> bool:
        """Is this one of the commands?"""
        return any(order.word is word for order in self.orders)

    @property
    def answers(self) -> bool:
        """Does something go to the customer: the text, or a canned answer?"""
        return self.has(Word.CANNED) or bool(self.text and self.use is TextUse.CUSTOMER)
