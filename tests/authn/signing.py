"""Keys and really signed mail for the tests."""

import base64
import functools
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime

import dkim
from nacl.signing import SigningKey

from tests.peers.process import require

NOW = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
DATE = "Tue, 01 Sep 2026 10:59:00 +0300"
MAIL = (
    b"From: Alice <alice@shop.test>\r\n"
    b"To: support@desk.test\r\n"
    b"Subject: The checkout is broken\r\n"
    b"Date: " + DATE.encode() + b"\r\n"
    b"Message-ID: <1@shop.test>\r\n"
    b"\r\n"
    b"Since this morning  nobody can pay. \r\n"
    b"\r\n"
    b"Alice\r\n"
    b"\r\n\r\n"
)
SIGNED = (b"from", b"to", b"subject", b"date", b"message-id")


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKeyPair:
    """A key: the private half as dkimpy takes it, the public half as it stands in p=."""

    private: bytes
    public: str
    algorithm: bytes = b"rsa-sha256"
    kind: str = "rsa"

    def record(self, selector: str = "s1", domain: str = "shop.test", tags: str = "") -> str:
        """The zone line that publishes it; `tags` go before p=, as in `t=y; `."""
        return txt(f"{selector}._domainkey.{domain}", f"v=DKIM1; k={self.kind}; {tags}p={self.public}")


@functools.cache
def rsa_key(bits: int = 2048) -> SigningKeyPair:
    """An RSA key, made once a session."""
    openssl = require("openssl")
    made = subprocess.run([openssl, "genrsa", "-traditional", str(bits)], check=True, capture_output=True).stdout
    public = subprocess.run(
        [openssl, "rsa", "-pubout", "-outform", "DER"], input=made, check=True, capture_output=True
    ).stdout
    return SigningKeyPair(private=made, public=base64.b64encode(public).decode())


@functools.cache
def ed25519_key() -> SigningKeyPair:
    """An Ed25519 key (RFC 8463)."""
    key = SigningKey.generate()
    return SigningKeyPair(
        private=base64.b64encode(bytes(key)),
        public=base64.b64encode(bytes(key.verify_key)).decode(),
        algorithm=b"ed25519-sha256",
        kind="ed25519",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """How to sign: everything that a test may want different."""

    key: SigningKeyPair = field(default_factory=rsa_key)
    selector: bytes = b"s1"
    domain: bytes = b"shop.test"
    headers: tuple[bytes, ...] = SIGNED
    canonicalize: tuple[bytes, bytes] = (b"relaxed", b"relaxed")
    length: bool = False
    identity: bytes | None = None

    def sign(self, mail: bytes = MAIL) -> bytes:
        """The mail with a signature on top."""
        signature: bytes = dkim.sign(
            mail,
            self.selector,
            self.domain,
            self.key.private,
            identity=self.identity,
            canonicalize=self.canonicalize,
            signature_algorithm=self.key.algorithm,
            include_headers=list(self.headers),
            length=self.length,
        )
        return signature + mail


def txt(name: str, value: str) -> str:
    """A zone line with a TXT record, in strings of at most 255 octets."""
    strings = " ".join(f'"{value[start : start + 250]}"' for start in range(0, len(value), 250))
    return f"{name}. 60 IN TXT {strings}\n"
