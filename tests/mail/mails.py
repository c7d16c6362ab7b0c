"""Mails for the tests of reading: written by hand, octet by octet, because libraries write too well."""

import base64

FROM = b"From: Maria <maria@shop.example>\n"


def mail(*headers: bytes, body: bytes = b"") -> bytes:
    """A mail with a From, these header lines and this body."""
    return FROM + b"".join(line + b"\n" for line in headers) + b"\n" + body


def multipart(kind: str, *parts: bytes, boundary: str = "=_b", top: tuple[bytes, ...] = ()) -> bytes:
    """A multipart mail of these parts, each with its own header."""
    field = f'Content-Type: multipart/{kind}; boundary="{boundary}"'.encode()
    return mail(b"MIME-Version: 1.0", field, *top, body=joined(boundary, *parts))


def joined(boundary: str, *parts: bytes) -> bytes:
    """Parts between their boundaries."""
    line = f"--{boundary}".encode()
    return b"".join(line + b"\n" + part + b"\n" for part in parts) + line + b"--\n"


def nested(kind: str, *parts: bytes, boundary: str) -> bytes:
    """A part that is a multipart itself."""
    return f'Content-Type: multipart/{kind}; boundary="{boundary}"\n\n'.encode() + joined(boundary, *parts)


def part(content_type: str, content: bytes, *headers: bytes, encoding: str = "") -> bytes:
    """A leaf; `encoding` base64 encodes the content."""
    lines = [f"Content-Type: {content_type}".encode(), *headers]
    if encoding:
        lines.append(f"Content-Transfer-Encoding: {encoding}".encode())
    return b"\n".join(lines) + b"\n\n" + (base64.encodebytes(content) if encoding == "base64" else content)
