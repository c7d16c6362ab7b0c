"""Did a canned text help? Counted only where what happened afterwards says so; else it is not known, and not counted.

A text that an agent *sent* helped where, after it, the desk wrote nothing more and one of these holds: the customer's
first mail says that it works now; or the ticket is solved and he wrote nothing more, or nothing but thanks.

A text that was *offered* in a receipt helped where the customer's first mail after it says that it works now, before
anybody of the desk had answered. A ticket that an agent closed proves nothing: nobody knows whether it was read.

BUGS: where two texts were offered or sent together, both are counted; "it works now" may be somebody else's merit.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.canned.thanks import Thanks, read_thanks
from gateway.store.canned import SENT, CannedUse

FINISHED = ("solved", "closed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Of one text in one language."""

    offered: int = 0
    offered_helped: int = 0
    sent: int = 0
    sent_helped: int = 0


def helped(use: CannedUse) -> bool:
    """Does what happened after it say that the text helped?"""
    if use.is_set_aside:
        return False
    before = next((number for number, mail in enumerate(use.later) if not mail.is_ours), len(use.later))
    if any(mail.is_ours for mail in use.later[:before]):
        return False  # the desk wrote again before he did: that may have been it
    words = [read_thanks(mail.reply) for mail in use.later if not mail.is_ours]
    if words and words[0] is Thanks.SOLVED:
        return True
    is_last = not any(mail.is_ours for mail in use.later)
    is_content = all(word is not Thanks.NEITHER for word in words)
    return use.how == SENT and is_last and is_content and use.state in FINISHED


def counted(uses: Iterable[CannedUse]) -> dict[tuple[str, str], Count]:
    """The counts by name and language."""
    found: dict[tuple[str, str], list[int]] = {}
    for use in uses:
        numbers = found.setdefault((use.name, use.language), [0, 0, 0, 0])
        first = 2 if use.how == SENT else 0
        numbers[first] += 1
        numbers[first + 1] += helped(use)
    return {
        key: Count(offered=offered, offered_helped=offered_helped, sent=sent, sent_helped=sent_helped)
        for key, (offered, offered_helped, sent, sent_helped) in found.items()
    }
