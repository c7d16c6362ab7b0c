"""Pictures are told by their bytes."""

import pytest

from gateway.mail.images import MAX_BYTES, safe_image_type

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0" + bytes(20), "image/jpeg"),
        (b"GIF89a" + bytes(20), "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\0\0\0\0WAVEfmt ", ""),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", ""),
        (b"MZ" + bytes(20), ""),
        (b"", ""),
        (PNG + bytes(MAX_BYTES), ""),
    ],
)
def test_the_first_bytes_decide(content: bytes, media_type: str) -> None:
    """Four kinds of pictures, and nothing else, whatever a name says."""
    assert media_type == safe_image_type(content)
