"""With which key was it signed? The key record of a DKIM signature (RFC 6376 §3.6.1), read and judged."""

# The library has no types.
# mypy: allow-untyped-calls

import functools
from dataclasses import dataclass, replace
from typing import Any

import dkim

from gateway.authn.answers import AnswerState
from gateway.authn.domains import shown
from gateway.authn.resolver import MailResolver

MAX_RECORD_OCTETS = 4096
"""A record of a 4096-bit key has some 800."""
MIN_RSA_BITS = 1024
MAX_RSA_BITS = 4096
"""RFC 8301 §3.2 asks verifiers for no more; a larger one is an attack on our processor."""
MAX_EXPONENT_BITS = 64
REMEMBERED_KEYS = 1000
"""Records whose reading is remembered; at most `MAX_RECORD_OCTETS` each."""

_FOR_MAIL = frozenset({b"*", b"email"})

Tags = dict[bytes, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A usable public key; `distrust` says why what it signed proves nothing ("" where it does)."""

    algorithm: bytes
    """`rsa` or `ed25519`."""
    modulus: int = 0
    exponent: int = 0
    """Of an RSA key."""
    verifier: Any = None
    """Of an Ed25519 key: PyNaCl's."""
    distrust: str = ""
    services: frozenset[bytes] = frozenset({b"*"})
    """What it is for (s=)."""
    hashes: frozenset[bytes] | None = None
    """The only ones that may be signed with it (h=); None: any."""
    is_strict: bool = False
    """It signs for its own domain alone, not for those below (t=s)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why there is no key: `temperror` or `permerror` (RFC 8601 §2.7.1), and words."""

    result: str
    why: str


def key_name(tags: Tags) -> str:
    """Where the key that a signature's tags name stands in DNS."""
    return b".".join((tags[b"s"], b"_domainkey", tags[b"d"])).decode("ascii", "replace")


def tag_list(value: bytes) -> Tags | None:
    """The tags of a list (RFC 6376 §3.2), as dkimpy reads it; None where it is no such list or names a tag twice."""
    tags: Tags = {}
    items = value.strip().split(b";")
    if not items[-1]:
        items.pop()
    for item in items:
        name, equals, text = item.partition(b"=")
        name = name.strip()
        if not equals or not name[:1].isalpha() or name in tags:
            return None
        tags[name] = text.strip()
    return tags


def find_key(tags: Tags, resolver: MailResolver) -> Key | Problem:
    """The key that a signature's tags name."""
    name = key_name(tags)
    answer = resolver.txt(name)
    if answer.state is AnswerState.TEMPERROR:
        return Problem(result="temperror", why=answer.why)
    # Other records at the name (a wildcard's SPF, say) are not keys; of several keys none is the key (§3.6.2.2).
    records = [record for record in answer.records if b"p=" in record.replace(b" ", b"")]
    if len(records) != 1:
        count = "several keys" if records else "no key"
        return Problem(result="permerror", why=f"there is {count} at {shown(name)}")
    if len(records[0]) > MAX_RECORD_OCTETS:
        return Problem(result="permerror", why=f"the key record is longer than {MAX_RECORD_OCTETS} octets")
    key = _read(records[0])
    if isinstance(key, Problem):
        return key
    refusal = _refusal(key, tags)
    return Problem(result="permerror", why=refusal) if refusal else key


@functools.lru_cache(REMEMBERED_KEYS)
def _read(record: bytes) -> Key | Problem:
    key_tags = tag_list(record)
    if key_tags is None:
        return Problem(result="permerror", why="the key record is not a list of tags")
    if not key_tags.get(b"p"):
        return Problem(result="permerror", why="the key was revoked")
    try:
        public, bits, algorithm, _ = dkim.evaluate_pk("key", record)
    except Exception:  # any byte may stand in it
        return Problem(result="permerror", why="the key cannot be read")
    key = Key(
        algorithm=algorithm,
        distrust=_distrust(key_tags, algorithm, bits),
        services=_words(key_tags.get(b"s", b"*")),
        hashes=_words(key_tags[b"h"]) if b"h" in key_tags else None,
        is_strict=b"s" in _words(key_tags.get(b"t", b"")),
    )
    if algorithm != b"rsa":
        return replace(key, verifier=public)
    modulus, exponent = public["modulus"], public["publicExponent"]
    if bits > MAX_RSA_BITS or exponent.bit_length() > MAX_EXPONENT_BITS:
        return Problem(result="permerror", why=f"the key is larger than {MAX_RSA_BITS} bits")
    if modulus < 2:
        return Problem(result="permerror", why="the key cannot be read")
    return replace(key, modulus=modulus, exponent=exponent)


def _refusal(key: Key, tags: Tags) -> str:
    # Each a MUST of RFC 6376 §3.6.1 that dkimpy leaves out.
    if key.services.isdisjoint(_FOR_MAIL):
        return "the key is not one for mail"
    if key.hashes is not None and tags[b"a"].rpartition(b"-")[2] not in key.hashes:
        return "the key does not allow this hash"
    if not tags[b"a"].startswith(key.algorithm):
        return "the key is one for another algorithm"
    identity = tags.get(b"i", b"@" + tags[b"d"]).rpartition(b"@")[2].lower()
    if key.is_strict and identity != tags[b"d"].lower():
        return "the key does not sign for subdomains"
    return ""


def _distrust(key_tags: Tags, algorithm: bytes, bits: int) -> str:
    if b"y" in _words(key_tags.get(b"t", b"")):
        return "the domain is only testing DKIM (t=y)"
    if algorithm == b"rsa" and bits < MIN_RSA_BITS:
        return f"the key has only {bits} bits"
    return ""


def _words(value: bytes) -> frozenset[bytes]:
    return frozenset(word.strip().lower() for word in value.split(b":"))
