"""What do a sender's earlier mails say about this one? Pure.

The idea is that people have judged before: who was answered by an agent, or let go on after a mistake of the filter,
is worth a doubt; whose mail was called spam is not. The narrowest evidence that is conclusive decides, and nothing
wider is looked at after it: the address, then the account, then the domain. A domain needs more, for many may write
from there. Mail that was merely taken says nothing: nobody looked at it.

What must stay true: a history is of what was proven (its keys say so); it moves marks, and it is never a reason by
itself; what is spam beyond doubt stays so, however good the history is: mailboxes are broken into.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.model import SenderHistory

WINDOW = timedelta(hours=1)
"""Over which new tickets, and mails held for their score, are counted."""
REST = timedelta(hours=1)
"""How long new tickets are held after a window was too full."""
ENOUGH = 2
"""Mails that people wanted, before the history of an address is good."""
ENOUGH_OF_DOMAIN = 5
WANTED_PER_SPAM = 10
"""Mails that people wanted, for each that is forgiven."""
SPAM_OF_DOMAIN = 3
"""Mails that people called spam, before the history of a domain is bad."""


class Reputation(StrEnum):
    """What a history says."""

    GOOD = "good"
    NONE = "none"
    """Nothing, or nothing that is conclusive."""
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class BurstLimits:
    """What an address may do within `WINDOW` before its new tickets are held; 0: that is not looked at."""

    opened: int = 10
    spam: int = 3


DEFAULT_LIMITS = BurstLimits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """Does the author write so much that his new tickets are held, and until when?"""

    why: str
    until: datetime
    begins: bool
    """Is this the first mail that is held for it? Then people are told."""


def reputation(histories: Sequence[SenderHistory]) -> tuple[Reputation, str]:
    """What these say together, the narrowest first; and why, as a sentence."""
    for history in histories:
        found = _conclusion(history)
        if found is not Reputation.NONE:
            return found, _in_words(history)
    if not histories:
        return Reputation.NONE, "nothing is known of earlier mail of its sender"
    return Reputation.NONE, f"nothing conclusive is known of its sender: {_in_words(histories[0])}"


def burst_of(history: SenderHistory | None, now: datetime, limits: BurstLimits) -> Burst | None:
    """The burst that a new ticket of this address would be a part of, None where there is none."""
    if history is None:
        return None
    is_held = history.held_until is not None and now < history.held_until
    why = _too_much(history, now, limits)
    if why:
        return Burst(why=why, until=now + REST, begins=not is_held)
    if history.held_until is not None and is_held:
        return Burst(why="its author wrote too much shortly before", until=history.held_until, begins=False)
    return None


def _too_much(history: SenderHistory, now: datetime, limits: BurstLimits) -> str:
    """What there was too much of in the window that is not over; "" where it was little."""
    if history.burst_since is None or now - history.burst_since >= WINDOW:
        return ""
    if 0 < limits.spam <= history.burst_spam:
        return f"{history.burst_spam} mails of its author were held as spam within an hour"
    if 0 < limits.opened <= history.burst_opened:
        return f"its author wrote {history.burst_opened} other mails for new tickets within an hour"
    return ""


def _conclusion(history: SenderHistory) -> Reputation:
    wanted = history.answered + history.released
    is_domain = history.key.startswith("domain ")
    if wanted >= (ENOUGH_OF_DOMAIN if is_domain else ENOUGH) and wanted >= WANTED_PER_SPAM * history.spam:
        return Reputation.GOOD
    if history.spam >= (SPAM_OF_DOMAIN if is_domain else 1) and history.spam > wanted:
        return Reputation.BAD
    return Reputation.NONE


def _in_words(history: SenderHistory) -> str:
    return (
        f"of {history.key}, {history.accepted} earlier mails were taken, agents answered {history.answered} tickets, "
        f"{history.released} held mails were let go on, and {history.spam} were called spam"
    )
