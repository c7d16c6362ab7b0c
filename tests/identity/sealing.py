"""One set of ARC (RFC 8617 §4.1), as an intermediary would add it: its seal is good, whatever it says of others."""

import base64
import hashlib

from dkim.canonicalization import Relaxed
from dkim.crypto import HASH_ALGORITHMS, RSASSA_PKCS1_v1_5_sign, parse_pem_private_key

from tests.authn.signing import rsa_key

_HEADERS = ("from", "to", "subject", "date", "message-id")


def seal(raw: bytes, *, domain: str, results: str, selector: str = "s1") -> bytes:
    """The mail with a first set on top, sealed with the tests' RSA key: `results` are what it claims to have found."""
    head, _, body = raw.partition(b"\r\n\r\n")
    digest = base64.b64encode(hashlib.sha256(Relaxed.canonicalize_body(body)).digest()).decode()
    who = f"a=rsa-sha256; d={domain}; s={selector}"
    told = ("ARC-Authentication-Results", f"i=1; {domain}; {results}")
    names = ":".join(_HEADERS)
    unsigned = f"i=1; {who}; c=relaxed/relaxed; h={names}; bh={digest}; b="
    message = ("ARC-Message-Signature", unsigned + _sign([*_signed(head), ("ARC-Message-Signature", unsigned)]))
    unsigned = f"i=1; {who}; cv=none; b="
    sealed = ("ARC-Seal", unsigned + _sign([told, message, ("ARC-Seal", unsigned)]))
    return b"".join(f"{name}: {value}\r\n".encode() for name, value in (sealed, message, told)) + raw


def _signed(head: bytes) -> list[tuple[str, str]]:
    fields = [line.decode().partition(":")[::2] for line in head.split(b"\r\n")]
    found = {name.lower(): (name, value) for name, value in fields}
    return [found[name] for name in _HEADERS]


def _sign(fields: list[tuple[str, str]]) -> str:
    lines = [(name.encode(), value.encode() + b"\r\n") for name, value in fields]
    text = b"".join(name + b":" + value for name, value in Relaxed.canonicalize_headers(lines)).removesuffix(b"\r\n")
    key = parse_pem_private_key(rsa_key().private)
    return base64.b64encode(RSASSA_PKCS1_v1_5_sign(HASH_ALGORITHMS[b"rsa-sha256"](text), key)).decode()
