"""What an outsider typed, made fit for a terminal: characters that do something instead of being seen are spelled out.

Subjects, names and file names come from strangers. ESC and the other controls (C0, C1) steer a terminal, bidirectional
controls turn what a person reads, lone surrogates cannot be written at all.
"""

import re

_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_OTHER = "\u2028\u2029\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
_IN_LINE = re.compile(f"[\x00-\x1f\x7f-\x9f{_BIDI}{_OTHER}]")
_IN_BLOCK = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f{_BIDI}{_OTHER}]")


def line(text: object, limit: int = 1000) -> str:
    """The text as one line of at most `limit` characters (and an ellipsis)."""
    whole = str(text)
    cut = whole if len(whole) <= limit else whole[:limit] + "…"
    return cut if cut.isprintable() else _IN_LINE.sub(_spelled, cut)


def block(text: str) -> str:
    """The text with its line breaks (LF) and tabs."""
    return text if text.isprintable() else _IN_BLOCK.sub(_spelled, text.replace("\r\n", "\n"))


def json_text(text: str) -> str:
    """A finished JSON text with the same characters written as JSON escapes; they can only stand inside its strings."""
    return text if text.isascii() and "\x7f" not in text else _IN_JSON.sub(_json_escape, text)


# Line breaks and tabs of the layout stay; inside strings the JSON writer has already escaped them.
_IN_JSON = _IN_BLOCK


def _spelled(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"


def _json_escape(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
