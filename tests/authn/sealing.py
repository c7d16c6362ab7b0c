"""ARC sets for the tests, made with dkimpy's signer (RFC 8617)."""

import base64
import hashlib
from dataclasses import dataclass, field

import dkim
from dkim.canonicalization import CanonicalizationPolicy
from dkim.crypto import HASH_ALGORITHMS, parse_pem_private_key

from tests.authn.signing import MAIL, SigningKeyPair, rsa_key

SIGNED = (b"from", b"to", b"subject", b"date", b"message-id")
PASS = "mx.forwarder.test; dmarc=pass header.from=shop.test"
SET = (b"arc-authentication-results", b"arc-message-signature", b"arc-seal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealer:
    """How to seal: everything that a test may want different."""

    domain: str = "forwarder.test"
    key: SigningKeyPair = field(default_factory=rsa_key)
    results: str = PASS
    cv: str = ""
    """Empty: "none" for the first set, "pass" for every other."""
    instance: int = 0
    """0: the next one."""
    headers: tuple[bytes, ...] = SIGNED
    signature_tags: tuple[tuple[bytes, bytes], ...] = ()
    seal_tags: tuple[tuple[bytes, bytes], ...] = ()

    def seal(self, mail: bytes = MAIL) -> bytes:
        """The mail with a set on top: seal, message signature, results."""
        signer = dkim.ARC(mail)
        signer.hasher = HASH_ALGORITHMS[b"rsa-sha256"]
        earlier = sum(name.lower() == SET[2] for name, _ in signer.headers)
        number = str(self.instance or earlier + 1).encode()
        results = b" i=" + number + b"; " + self.results.encode() + b"\r\n"
        signer.headers = [(b"ARC-Authentication-Results", results), *signer.headers]
        signature = self._make(signer, b"ARC-Message-Signature", self._signature_fields(signer, number), self.headers)
        signer.headers = [(b"ARC-Message-Signature", b" " + signature), *signer.headers]
        seal = self._make(signer, b"ARC-Seal", self._seal_fields(number), (*(SET * earlier), *SET[:2]))
        made = ((b"ARC-Seal", b" " + seal), *signer.headers[:2])
        return b"".join(name + b":" + value for name, value in made) + mail

    def _signature_fields(self, signer: dkim.ARC, number: bytes) -> list[tuple[bytes, bytes]]:
        body = CanonicalizationPolicy.from_c_value(b"relaxed/relaxed").canonicalize_body(signer.body)
        return [
            *((b"i", number), (b"a", b"rsa-sha256"), (b"c", b"relaxed/relaxed")),
            *((b"d", self.domain.encode()), (b"s", b"arc"), (b"t", b"1788249600")),
            *self.signature_tags,
            (b"h", b" : ".join(self.headers)),
            (b"bh", base64.b64encode(hashlib.sha256(body).digest())),
            (b"b", b"0" * 60),
        ]

    def _seal_fields(self, number: bytes) -> list[tuple[bytes, bytes]]:
        cv = self.cv or ("none" if number == b"1" else "pass")
        return [
            *((b"i", number), (b"cv", cv.encode()), (b"a", b"rsa-sha256")),
            *((b"d", self.domain.encode()), (b"s", b"arc"), (b"t", b"1788249600")),
            *self.seal_tags,
            (b"b", b"0" * 60),
        ]

    def _make(
        self, signer: dkim.ARC, name: bytes, fields: list[tuple[bytes, bytes]], signed: tuple[bytes, ...]
    ) -> bytes:
        form = CanonicalizationPolicy.from_c_value(b"relaxed/relaxed")
        made: bytes = signer.gen_header(fields, list(signed), form, name, parse_pem_private_key(self.key.private))
        return made

    def record(self) -> str:
        """The zone line of the key."""
        return self.key.record("arc", self.domain)
