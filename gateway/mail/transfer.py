"""Which octets did the sender mean? Content-Transfer-Encoding (RFC 2045 §6), undone as far as it goes. Never raises."""

import binascii
import io
import re
from collections.abc import Sequence

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/= \t\r\n"
_BLANKS = b" \t\r\n"
_PIECE = 256 * 1024
_FOREIGN = re.compile(rb"[^A-Za-z0-9+/=\s]")
_BASE64_LINE = re.compile(rb"^[A-Za-z0-9+/]{40,}={0,2}\s*$", re.MULTILINE)
_UU_BEGIN = re.compile(rb"^begin [0-7]{3,4} [^\r\n]*\r?\n", re.MULTILINE)


def decode(pieces: Sequence[bytes | memoryview], encoding: str) -> tuple[bytes, str]:
    """The octets behind a transfer encoding, and the defect in words ("" where there is none)."""
    name = encoding.partition(";")[0].strip("\"' \t\r\n").lower()
    # Of a large file there is not room for one copy more: nearly all of them are faultless.
    if name == "base64" and (content := _faultless_base64(pieces)) is not None:
        return content, ""
    return _decode(b"".join(pieces), name)


def _decode(data: bytes, name: str) -> tuple[bytes, str]:
    match name:
        case "" | "7bit" | "8bit" | "binary" | "7-bit" | "8-bit":
            return data, ""
        case "base64":
            return _base64(data)
        case "quoted-printable" | "quotedprintable":
            return binascii.a2b_qp(data), ""
        case "x-uuencode" | "uuencode" | "x-uue" | "uue":
            return _uuencoded(data)
    return data, "unknown transfer encoding"


def _faultless_base64(pieces: Sequence[bytes | memoryview]) -> bytes | None:
    """What `_base64` makes of it, without ever having it in one piece; None where there is more or less in it."""
    decoded, rest = io.BytesIO(), b""
    try:
        for piece in (bytes(each[start : start + _PIECE]) for each in pieces for start in range(0, len(each), _PIECE)):
            symbols = piece.translate(None, _BLANKS)
            if symbols and b"=" in rest:
                return None
            symbols = rest + symbols
            padding = symbols.find(b"=")
            whole = (len(symbols) if padding < 0 else padding) // 4 * 4
            octets = binascii.a2b_base64(symbols[:whole])
            if 4 * len(octets) != 3 * whole:
                return None  # what is no base64 was left out
            decoded.write(octets)
            rest = symbols[whole:]
        if rest.translate(None, _BASE64):
            return None
        decoded.write(binascii.a2b_base64(rest))
    except binascii.Error:
        return None
    return decoded.getvalue()


def _base64(data: bytes) -> tuple[bytes, str]:
    foreign = _FOREIGN.search(data) if _holds_more_than_base64(data) else None
    footer = data.rfind(b"\n", 0, foreign.start()) + 1 if foreign else 0
    if footer and not _BASE64_LINE.search(data, footer):
        # Mailing lists add their footer in plain text; its letters are not base64.
        return _base64(data[:footer])[0], "text behind the base64"
    try:
        return binascii.a2b_base64(data), ""
    except binascii.Error:
        symbols = _NOT_BASE64.sub(b"", data)
        # A last symbol alone holds no whole octet.
        symbols = symbols[: len(symbols) - (len(symbols) % 4 == 1)]
        return binascii.a2b_base64(symbols + b"=" * (-len(symbols) % 4)), "damaged base64"


def _holds_more_than_base64(data: bytes) -> bool:
    # Piece by piece: what `translate` makes has room for all of its argument.
    return any(data[start : start + _PIECE].translate(None, _BASE64) for start in range(0, len(data), _PIECE))


def _uuencoded(data: bytes) -> tuple[bytes, str]:
    begin = _UU_BEGIN.search(data)
    octets = bytearray()
    for line in data[begin.end() if begin else 0 :].splitlines():
        if line.strip() == b"end":
            return bytes(octets), "" if begin else "damaged uuencoding"
        try:
            octets += binascii.a2b_uu(line)
        except binascii.Error:
            # Some encoders pad the last group wrongly; the length in the first octet tells what counts.
            usable = (((line[0] - 32) & 63) * 4 + 5) // 3 if line else 0
            try:
                octets += binascii.a2b_uu(line[:usable])
            except binascii.Error:
                return data, "damaged uuencoding"
    return bytes(octets), "damaged uuencoding"
