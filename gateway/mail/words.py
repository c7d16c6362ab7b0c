"""What does a header say to a person? Encoded words (RFC 2047), 8-bit octets that should not be there, and cleaning.

Decoded text is for people. No address, message id or parameter that decides anything is ever read from it. Linear.
"""

import binascii
import re

from gateway.mail import charset, clean

RAW_LIMIT = 2048
"""Octets of an unstructured field that are decoded: 4,000 encoded words in a Subject are a bomb (threat §1.5)."""

# No part of a word holds the delimiter of the next part, so nothing is ever scanned twice.
_WORD = re.compile(r"=\?([^?*\s]{1,60})(?:\*[^?\s]{0,40})?\?([bBqQ])\?([^?\r\n]*)\?=")
_BETWEEN_WORDS = re.compile(r"[ \t\r\n]*")
_UNFINISHED = re.compile(r"=\?[^?\s]{0,100}(?:\?(?:[bBqQ](?:\?[^?\r\n]*\??)?)?)?$")
_ESCAPED = re.compile(rb"=([0-9A-Fa-f]{2})")


def text_of(raw: bytes) -> str:
    """The characters of header octets, encoded words left alone."""
    return raw.decode("ascii") if raw.isascii() else charset.guess(raw)


def recovered(text: str) -> str:
    """Text that a decoder left with escaped octets (surrogateescape), with these octets made characters."""
    if text.isascii():
        return text
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return charset.guess(text.encode("utf-8", "surrogateescape"))
    return text


def readable(raw: bytes | str, limit: int = 1000) -> str:
    """An unstructured field (Subject, a display name, a description) as a person should see it: one clean line."""
    text = text_of(raw[:RAW_LIMIT]) if isinstance(raw, bytes) else recovered(raw[:RAW_LIMIT])
    if len(raw) > RAW_LIMIT:
        text = _UNFINISHED.sub("", text)
    return clean.line(decode(text) if "=?" in text else text, limit)


def decode(text: str) -> str:
    """Text with its encoded words decoded; white space between two of them vanishes (RFC 2047 §6.2)."""
    pieces: list[str] = []
    pending, pending_charset, position = b"", "", 0
    for match in _WORD.finditer(text):
        between = text[position : match.start()]
        if pending_charset and not _BETWEEN_WORDS.fullmatch(between):
            pieces.append(charset.decode(pending, pending_charset)[0])
            pending, pending_charset = b"", ""
        if not pending_charset:
            pieces.append(between)
        elif pending_charset != match[1].lower():
            pieces.append(charset.decode(pending, pending_charset)[0])
            pending = b""
        # Some writers cut a character in two between words: octets are joined before they are decoded.
        pending += _octets(match[2], match[3])
        pending_charset, position = match[1].lower(), match.end()
    if pending_charset:
        pieces.append(charset.decode(pending, pending_charset)[0])
    return "".join(pieces) + text[position:]


def _octets(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "surrogateescape")
    if encoding in "qQ":
        return _ESCAPED.sub(lambda match: bytes((int(match[1], 16),)), data.replace(b"_", b" "))
    data = data.rstrip(b"=")
    try:
        return binascii.a2b_base64(data + b"=" * (-len(data) % 4))
    except binascii.Error:
        # One symbol too many holds no whole octet.
        try:
            return binascii.a2b_base64(data[:-1] + b"=" * (-(len(data) - 1) % 4))
        except binascii.Error:
            return data
