"""Can our mail be signed, and does DNS publish the key that belongs to our signature? DKIM (RFC 6376 §3.6)."""

# The library has no types.
# mypy: allow-untyped-calls

import base64
from dataclasses import dataclass

from dkim.crypto import parse_pem_private_key

from gateway.authn.dkim_key import Key, find_key
from gateway.authn.domains import is_aligned, shown
from gateway.cli.checks_site import Note, Notes, Site, ok, problem, txt_record, unknown, warning
from gateway.outbox.sign import Signer, load_signer

SHORT_BITS = 2048
"""Keys below are taken, and broken by who has the means; RFC 8301 §3.2 asks signers for this."""
_RSA_ENCRYPTION = bytes.fromhex("300d06092a864886f70d0101010500")
"""The AlgorithmIdentifier of RSA in DER (RFC 3279 §2.3.1)."""


@dataclass(frozen=True, slots=True)
class _Rsa:
    modulus: int
    exponent: int

    @property
    def public(self) -> str:
        """As `p=` of a key record: SubjectPublicKeyInfo in DER, in base64."""
        key = _der(0x30, _integer(self.modulus) + _integer(self.exponent))
        return base64.b64encode(_der(0x30, _RSA_ENCRYPTION + _der(0x03, b"\0" + key))).decode("ascii")


def check(site: Site) -> Notes:
    """Our key, the record in DNS, and whether the signature speaks for our From."""
    signer = load_signer(site.config.outbox)
    if signer is None:
        yield ok("not signed here ([outbox] dkim_domain is empty): the smarthost must do it")
        return
    name = f"{signer.selector}._domainkey.{signer.domain}"
    private = parse_pem_private_key(signer.key)
    ours = _Rsa(private["modulus"], private["publicExponent"])
    yield _published(site, signer, name, ours)
    if not is_aligned(signer.domain.lower(), site.support_domains[0], strict=False):
        yield site.grave(
            f"the signature is of {signer.domain}, our mail of {site.support_domains[0]}: to DMARC it means nothing",
            f"set [outbox] dkim_domain to {site.support_domains[0]} and publish the key there",
        )
    if ours.modulus.bit_length() < SHORT_BITS:
        yield warning(
            f"the key has only {ours.modulus.bit_length()} bits",
            f"make one of {SHORT_BITS} (`openssl genrsa {SHORT_BITS}`) and publish it under another selector",
        )


def _published(site: Site, signer: Signer, name: str, ours: _Rsa) -> Note:
    record = txt_record(name, f"v=DKIM1; k=rsa; p={ours.public}")
    tags = {b"s": signer.selector.encode(), b"d": signer.domain.encode(), b"a": b"rsa-sha256"}
    found = find_key(tags, site.dns)
    if not isinstance(found, Key):
        if found.result == "temperror":
            return unknown(f"the key {name}", found.why)
        why = f"our signatures cannot be verified: {shown(found.why)}"
        return problem(why, "add this record (and remove other ones of that name)", record)
    if (found.modulus, found.exponent) != (ours.modulus, ours.exponent):
        why = f"{name} publishes another key than the one that we sign with: our signatures fail"
        return problem(why, "replace it by this record", record)
    if found.distrust:
        return warning(f"{name}: {found.distrust}, so receivers may ignore the signature", "publish it so", record)
    return ok(f"signed as {signer.domain}, and {name} publishes the same key")


def _integer(number: int) -> bytes:
    return _der(0x02, number.to_bytes(number.bit_length() // 8 + 1))


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(length))) + length + content
