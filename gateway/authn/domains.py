"""Which domain is it? Spelling, organisational domain (RFC 7489 §3.2) and alignment (§3.1) of domain names.

BUGS: the public suffix list is the one of the installed package `publicsuffixlist`: a suffix younger than the package
counts as an ordinary domain until the package is upgraded.
"""

import functools
import re

from publicsuffixlist import PublicSuffixList

from gateway.authn.answers import Labels
from gateway.tokens import a_label

MAX_OCTETS = 253
"""Of a domain name as text (RFC 1035 §2.3.4)."""
MAX_LABEL_OCTETS = 63
REMEMBERED = 1000
"""Names whose reading is remembered."""

_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,62})")


def ascii_domain(domain: str) -> str:
    """The lower-case A-label spelling of a domain that may own mail; "" for what is none, as an address literal."""
    return _ascii_domain(domain) if len(domain) <= MAX_OCTETS else ""


@functools.lru_cache(REMEMBERED)  # each mail asks several times for the domain of its author, which is that of others
def _ascii_domain(domain: str) -> str:
    plain = a_label(domain.removesuffix("."))
    labels = plain.split(".")
    return plain if len(labels) > 1 and all(_LABEL.fullmatch(label) for label in labels) else ""


def address_domain(address: str) -> str:
    """The domain of an addr-spec, spelled as `ascii_domain` does."""
    return ascii_domain(address.rpartition("@")[2])


def labels_of(name: str) -> Labels | None:
    """The labels of any name that can be asked for, None where it is too long or has an empty label.

    No escapes and no letters are interpreted: what looks like one label is asked for as one label.
    """
    return _labels(name) if len(name) <= MAX_OCTETS + 1 else None


@functools.lru_cache(REMEMBERED)
def _labels(name: str) -> Labels | None:
    plain = name.removesuffix(".").encode("utf-8", "surrogatepass").lower()
    labels = tuple(plain.split(b"."))
    fits = len(plain) <= MAX_OCTETS and all(0 < len(label) <= MAX_LABEL_OCTETS for label in labels)
    return labels if fits else None


def organisational_domain(domain: str) -> str:
    """The part of a domain that its owner registered (RFC 7489 §3.2); the domain itself where it is a public suffix."""
    return _suffixes().privatesuffix(domain) or domain


def is_aligned(domain: str, author: str, *, strict: bool) -> bool:
    """Are two domains the same, or, unless strict, of one organisation (RFC 7489 §3.1)? Spelled as `ascii_domain` does.

    For mail that came in, `dmarc.alignment` says it, which may be narrower.
    """
    if not domain or not author:
        return False
    return domain == author or (not strict and organisational_domain(domain) == organisational_domain(author))


def is_public_suffix(domain: str) -> bool:
    """Does the list know it as a name below which strangers register theirs? One label always is."""
    return _suffixes().privatesuffix(domain) is None


def shown(text: str) -> str:
    """An outsider's domain, or other short text from DNS, as it may stand in a log line: printable ASCII, cut."""
    return "".join(character if " " <= character <= "~" else "?" for character in text[:MAX_OCTETS])


@functools.cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
