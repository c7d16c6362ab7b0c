"""Do the numbers of a signature fit the mail? DKIM's and ARC's arithmetic (RFC 6376 §3.7, RFC 8463, RFC 8617 §4.1).

Done here and not by dkimpy, which prepares every field of the header, signed or not, looks for each of those that are
signed in all of them, and turns numbers into octets one by one: half of the time of a mail went there.

What must stay true: time is linear in the mail's size; each form of the body is made and hashed once a mail.
"""

# The library has no types.
# mypy: allow-untyped-calls

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from dkim.crypto import DigestTooLargeError, EMSA_PKCS1_v1_5_encode

from gateway.authn.dkim_key import Key, Tags
from gateway.authn.header import Field, Fields, canonical_body, canonical_field, read_fields, split

CHANGED_TEXT = "the text was changed after it was signed"
CHANGED_HEADER = "the header was changed after it was signed, or the key is not the signer's"

# What dkimpy's RE_BTAG matches, which takes eight times as long. Nothing behind the repeat can fail, so none is tried
# again. (No possessive group: those of Python 3.11.2 swallow what did not match.)
_SIGNATURE = re.compile(rb"([;\s]b\s*=)(?:\s*[a-zA-Z0-9+/=]+)*(?:\r?\n\Z)?")


class SignedMail:
    """The octets of a mail as signatures see them; what no signature needs is not worked out."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._header, self._body_at = split(raw)
        self._names = self._header.lower()
        self._digests: dict[bool, bytes] = {}
        self._fields: Fields | None = None
        self._by_name: dict[bytes, list[Field]] | None = None

    def may_have(self, name: bytes) -> bool:
        """False where the mail has no field of that name (lower case)."""
        return name in self._names

    @property
    def fields(self) -> Fields:
        """Every field in order; UnreadableHeader where the header has no one certain reading."""
        if self._fields is None:
            self._fields = read_fields(self._header)
        return self._fields

    def named(self, name: bytes) -> Sequence[Field]:
        """The fields of that name (lower case), from the top."""
        if self._by_name is None and not self.may_have(name):
            return []  # most mails have no field that is asked for, and need not be read for it
        return self.by_name.get(name, [])

    @property
    def by_name(self) -> Mapping[bytes, Sequence[Field]]:
        """The fields of each name (lower case), from the top; UnreadableHeader as `fields`."""
        if self._by_name is None:
            found: dict[bytes, list[Field]] = {}
            for field in self.fields:
                found.setdefault(field[0].lower(), []).append(field)
            self._by_name = found
        return self._by_name

    def body_digest(self, *, relaxed: bool) -> bytes:
        """SHA-256 of the body in that form."""
        if relaxed not in self._digests:
            body = canonical_body(self._raw[self._body_at :], relaxed=relaxed)
            # The last line ends, and the "simple" form of no body at all is one empty line (RFC 6376 §3.4.3, §3.4.4).
            if not body.endswith(b"\r\n") and (body or not relaxed):
                body += b"\r\n"
            self._digests[relaxed] = hashlib.sha256(body).digest()
        return self._digests[relaxed]


def names_of(tags: Tags) -> tuple[bytes, ...]:
    """The names of the signed fields, lower case, as h= lists them."""
    return _names(tags.get(b"h", b""))


@lru_cache(100)  # every rule of a signature asks, and a domain signs the same fields in all its mail
def _names(listed: bytes) -> tuple[bytes, ...]:
    return tuple(name.strip().lower() for name in listed.split(b":"))


def compute(mail: SignedMail, field: Field, tags: Tags, key: Key, *, form: bytes = b"simple/simple") -> tuple[str, str]:
    """Result and reason for a signature of header and body; `form` stands for a c= that is missing."""
    header_form, _, body_form = tags.get(b"c", form).partition(b"/")
    try:
        if mail.body_digest(relaxed=body_form == b"relaxed") != _octets(tags[b"bh"]):
            return "fail", CHANGED_TEXT
        # One more From than the signer named: a second one on top must not go unnoticed.
        signed = chosen(mail, [*names_of(tags), b"from"])
        return compute_header(signed, field, tags, key, relaxed=header_form == b"relaxed")
    except binascii.Error:
        return "permerror", "the signature cannot be computed"


def compute_header(signed: Sequence[Field], field: Field, tags: Tags, key: Key, *, relaxed: bool) -> tuple[str, str]:
    """Result and reason for a signature of these fields, in this order, and of its own field without b=."""
    own = (field[0], without_signature(field[1]))
    fields = [canonical_field(each, relaxed=relaxed) for each in signed]
    hashed = hashlib.sha256(b"".join((*fields, canonical_field(own, relaxed=relaxed).rstrip())))
    try:
        fits = (_fits_ed25519 if key.algorithm == b"ed25519" else _fits_rsa)(hashed, _octets(tags[b"b"]), key)
    except Exception:  # the arithmetic meets hostile values
        return "permerror", "the signature cannot be computed"
    return ("pass", "") if fits else ("fail", CHANGED_HEADER)


def _fits_rsa(hashed: "hashlib._Hash", signature: bytes, key: Key) -> bool:
    length = (key.modulus.bit_length() + 7) // 8
    try:
        expected = EMSA_PKCS1_v1_5_encode(hashed, length)
    except DigestTooLargeError:
        return False
    number = pow(int.from_bytes(signature), key.exponent, key.modulus)
    return bool(number.to_bytes(length) == expected)


def _fits_ed25519(hashed: "hashlib._Hash", signature: bytes, key: Key) -> bool:
    try:
        key.verifier.verify(hashed.digest(), signature)
    except Exception:  # PyNaCl raises what it has against a signature
        return False
    return True


def chosen(mail: SignedMail, names: Sequence[bytes]) -> list[Field]:
    """The fields that names stand for: each time one is named, the next from the bottom (RFC 6376 §5.4.2)."""
    found: list[Field] = []
    taken: dict[bytes, int] = {}
    for name in names:
        fields, count = mail.by_name.get(name, ()), taken.get(name, 0)
        if count < len(fields):
            taken[name] = count + 1
            found.append(fields[-1 - count])
    return found


def without_signature(value: bytes) -> bytes:
    """A signature field as it was when it was signed: with nothing behind b= (RFC 6376 §3.7)."""
    return _SIGNATURE.sub(b"\\1", value)


def _octets(value: bytes) -> bytes:
    return base64.b64decode(b"".join(value.split()))
