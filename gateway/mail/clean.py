"""What may stay of text that an outsider typed?

Characters that change what a person sees without being seen themselves (bidirectional controls, zero width), and those
that mean something to a terminal, a header or a C string (NUL, C0, C1), never pass. Everything here is linear.
"""

import re
import unicodedata

_CONTROLS = "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"
_BREAKS = "\x0b\x0c\x1c-\x1f\x85\u2028\u2029"
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_INVISIBLE = "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200d\u2060-\u2065\u206a-\u206f\u3164\uffa0"
_NO_TEXT = "\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f"

_LINE_DROPPED = re.compile(f"[{_CONTROLS}{_BIDI}{_INVISIBLE}{_NO_TEXT}]")
_LINE_SPACE = re.compile(rf"[\t\n\r {_BREAKS}]+")
_BLOCK_DROPPED = re.compile(f"[{_CONTROLS}{_BIDI}{_NO_TEXT}]")
_BLOCK_BREAK = re.compile(rf"\r\n?|[{_BREAKS}]")


def line(text: str, limit: int = 1000) -> str:
    """One line for a header, a name or a log: NFC, white space made single spaces, at most `limit` characters."""
    if len(text) > 4 * limit:
        text = text[: 4 * limit]
    if not (text.isascii() and text.isprintable()):
        text = _LINE_DROPPED.sub("", _LINE_SPACE.sub(" ", text))
        # Dropped first: what stood between two characters may have kept them from composing.
        text = unicodedata.normalize("NFC", text)
    if "  " in text:
        text = _LINE_SPACE.sub(" ", text)
    return text.strip()[:limit]


def block(text: str) -> str:
    """A text of many lines: LF line ends; joiners that scripts and emoji need are kept."""
    # Most lines end in the same two characters, which a pattern would replace one by one.
    text = text.replace("\r\n", "\n")
    # Nothing of what follows is printable. This question is answered ten times as fast as the patterns look.
    if text.replace("\n", "").replace("\t", "").isprintable():
        return text
    return _BLOCK_DROPPED.sub("", _BLOCK_BREAK.sub("\n", text))
