"""Which mails may wait while others are decided? What looks like a machine's: lists, notices, bounces (threat A-26).

A guess from the envelope and the first octets, made once when a mail is kept. It orders work and decides nothing: a
person's mail that is taken for a machine's comes later by what waits before it, and a machine's that is not known waits
its turn among people's.
"""

import re

from gateway.model import Incoming

PEOPLE = 0
MACHINES = 1
RANKS = (PEOPLE, MACHINES)
"""In the order in which they are decided."""
LOOKED_AT = 16 * 1024
"""Octets of a mail that are looked at: its header, mostly."""

_FIELDS = re.compile(
    rb"^(?:list-(?:id|post|help|unsubscribe|subscribe|owner|archive)[ \t]*:|feedback-id[ \t]*:|x-failed-recipients:"
    rb"|x-auto-?re(?:ply|spond)\w*:|precedence:[ \t]*(?:bulk|list|junk|auto_reply)"
    rb"|auto-submitted:[ \t]*auto|content-type:[ \t]*multipart/report|return-path:[ \t]*<>)",
    re.IGNORECASE | re.MULTILINE,
)


def rank_of(incoming: Incoming) -> int:
    """How soon it is its turn: a lower rank first."""
    if incoming.envelope.mail_from == "":
        return MACHINES
    head = incoming.raw[:LOOKED_AT].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    return MACHINES if _FIELDS.search(head) else PEOPLE
