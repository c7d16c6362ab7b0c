"""Ids of entries: 26 characters that sort by time (a ULID: 48 bits of milliseconds, then 80 random bits).

Those of one process also sort in the order of their making, within a millisecond too: a batch keeps its order.
"""

import secrets
import threading
from datetime import datetime

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_guard = threading.Lock()
_last = 0


def new_id(at: datetime) -> str:
    """A new id for something that happened at that time."""
    global _last
    number = int(at.timestamp() * 1000) << 80 | secrets.randbits(80)
    with _guard:
        if number >> 80 == _last >> 80:
            number = _last + 1 + secrets.randbits(64)
        _last = number
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5))
