"""Is this file really a picture that may be shown in a mail? Its first bytes say so; its name and type prove nothing.

SVG and whatever else may hold scripts is never one (threat A-45).
"""

from collections.abc import Callable

MAX_BYTES = 5 * 1024 * 1024
"""Larger pictures are listed, not shown."""

_SIGNATURES: dict[str, Callable[[bytes], bool]] = {
    "image/png": lambda head: head.startswith(b"\x89PNG\r\n\x1a\n"),
    "image/jpeg": lambda head: head.startswith(b"\xff\xd8\xff"),
    "image/gif": lambda head: head.startswith((b"GIF87a", b"GIF89a")),
    "image/webp": lambda head: head.startswith(b"RIFF") and head[8:12] == b"WEBP",
}


def safe_image_type(content: bytes) -> str:
    """The media type by the bytes themselves, "" for anything that is not a safe picture of bearable size."""
    if len(content) > MAX_BYTES:
        return ""
    head = content[:16]
    return next((media_type for media_type, fits in _SIGNATURES.items() if fits(head)), "")
