"""The DNS of the tests: author domains of every policy, each with a key of its own, and names that never answer."""

import base64
import functools
from dataclasses import dataclass
from enum import StrEnum

from nacl.signing import SigningKey

from tests.authn.signing import Signer, SigningKeyPair, rsa_key, txt

HOME = "127.0.0.1"
"""The only peer that the domains' SPF records allow."""
AWAY = "127.0.0.2"
"""A peer that they forbid."""


class Proof(StrEnum):
    """How a mail proves who wrote it."""

    DKIM = "signed"
    SPF = "sent from home"
    NOTHING = "unsigned"
    BROKEN = "changed after it was signed"
    UNANSWERED = "signed, but DNS is silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """A domain that people write from."""

    name: str
    policy: str = ""
    """What its DMARC record asks for; without one, there is no record."""
    spf: str = f"v=spf1 ip4:{HOME} -all"
    rsa: bool = False
    dmarc_tags: str = ""

    @property
    def key(self) -> SigningKeyPair:
        """Its DKIM key."""
        return rsa_key() if self.rsa else _ed25519(self.name)

    @property
    def records(self) -> str:
        """Its part of the zone."""
        lines = [
            f"{self.name}. 60 IN SOA ns.{self.name}. h.{self.name}. 1 60 60 60 60\n",
            f"{self.name}. 60 IN NS ns.{self.name}.\n",
            self.key.record(domain=self.name),
            self.key.record(selector="testing", domain=self.name, tags="t=y; "),
        ]
        if self.spf:
            lines.append(txt(self.name, self.spf))
        if self.policy:
            lines.append(txt(f"_dmarc.{self.name}", f"v=DMARC1; p={self.policy}{self.dmarc_tags}"))
        return "".join(lines)

    def sign(
        self,
        raw: bytes,
        *,
        selector: str = "s1",
        headers: tuple[bytes, ...] = (),
        length: bool = False,
        domain: str = "",
        key: SigningKeyPair | None = None,
    ) -> bytes:
        """The mail as the domain's own server would send it."""
        signer = Signer(
            key=key or self.key,
            selector=selector.encode(),
            domain=(domain or self.name).encode(),
            headers=headers or present(raw),
            length=length,
        )
        return signer.sign(raw)


REJECT = Domain(name="reject.test", policy="reject")
QUARANTINE = Domain(name="quarantine.test", policy="quarantine")
MONITOR = Domain(name="monitor.test", policy="none", rsa=True)
SILENT = Domain(name="silent.test")
POLICIES = (REJECT, QUARANTINE, MONITOR, SILENT)
DESK = Domain(name="desk.test", policy="reject")
EVIL = Domain(name="evil.test", policy="reject")
"""The attacker's own: everything about it is right."""
OWNER = Domain(name="owner.test", policy="reject")
"""Where owners of several shops have their mailboxes."""
SECOND_OWNER = Domain(name="owners.test", policy="reject")
"""The same: a domain gets only so many automatic mails an hour."""
CLIENT = Domain(name="client.test", policy="reject")
GUEST = Domain(name="guest.test", policy="reject")
VICTIM = Domain(name="victim.test", policy="reject")
LOOSE = Domain(name="loose.test", policy="none")
"""Proves nothing where it does not sign, and does not mind."""
HOMOGRAPH = Domain(name="xn--vctim-n2e.test", policy="reject")
"""`vіctim.test` with a Cyrillic letter, bought by somebody."""
DOMAINS = (*POLICIES, DESK, EVIL, OWNER, SECOND_OWNER, CLIENT, GUEST, VICTIM, LOOSE, HOMOGRAPH)
BY_NAME = {domain.name: domain for domain in DOMAINS}
NO_ANSWER = tuple(f"lost._domainkey.{domain.name}" for domain in DOMAINS)
"""DNS fails for these: the key of a selector that exists, as far as anybody can tell."""

_SIGNED = (b"from", b"to", b"cc", b"reply-to", b"subject", b"date", b"message-id", b"in-reply-to", b"references")


def zone() -> str:
    """All of it, as a master file."""
    return "".join(domain.records for domain in DOMAINS)


def present(raw: bytes) -> tuple[bytes, ...]:
    """The fields that a mail has, of those that servers sign."""
    head = b"\n" + raw.partition(b"\r\n\r\n")[0].lower()
    return tuple(name for name in _SIGNED if b"\n" + name + b":" in head)


def prove(raw: bytes, domain: Domain, proof: Proof) -> bytes:
    """The mail with this proof of its author, or without one."""
    if proof is Proof.DKIM:
        return domain.sign(raw)
    if proof is Proof.UNANSWERED:
        return domain.sign(raw, selector="lost")
    if proof is Proof.BROKEN:
        return domain.sign(raw) + b"and one line more\r\n"
    return raw


@functools.cache
def _ed25519(name: str) -> SigningKeyPair:
    key = SigningKey(name.encode().ljust(32, b"."))
    return SigningKeyPair(
        private=base64.b64encode(bytes(key)),
        public=base64.b64encode(bytes(key.verify_key)).decode(),
        algorithm=b"ed25519-sha256",
        kind="ed25519",
    )
