"""What must never reach a customer in an agent's words: signed tokens of others, and what only agents are told (A-20).

An agent's mail program quotes our notification, and what he writes may stand below it or in between. The quote is cut
elsewhere; this is the last door, which takes out what must not pass whether it was quoted or not.
"""

import re

INTERNAL_BEGIN = "--- internal ---"
INTERNAL_END = "--- end of internal ---"
"""Lines of the notification's template, the same in every language; without the second the block goes on to the end."""

_TOKEN = re.compile(r"(?i)(?<![0-9a-z])[rbamnct]1-(?:[0-9a-tv-z]{30}|(?:[0-9a-tv-z]{5}-){5}[0-9a-tv-z]{5})(?![0-9a-z])")
REMOVED = "[…]"


def scrub(text: str) -> str:
    """The text without internal blocks and without tokens; linear."""
    kept: list[str] = []
    is_internal = False
    for line in text.split("\n"):
        if INTERNAL_BEGIN in line:
            is_internal = True
        if not is_internal:
            kept.append(line)
        if INTERNAL_END in line:
            is_internal = False
    return remove_tokens("\n".join(kept))


def remove_tokens(text: str) -> str:
    """The text with every token shape replaced, in either form, valid or not."""
    return _TOKEN.sub(REMOVED, text)
