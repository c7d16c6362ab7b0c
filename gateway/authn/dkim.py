"""Which domains signed it? DKIM (RFC 6376, 8301, 8463): dkimpy's canonicalisation and arithmetic, our own judgement.

What must stay true: a signature that would let somebody change what people see, or that proves nothing, is "neutral",
whatever its arithmetic says (`GAPS`); at most `MAX_SIGNATURES` are looked at; time is linear in the mail's size.
"""

# The library has no types.
# mypy: allow-untyped-calls

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import dkim
from dkim.util import InvalidTagValueList, parse_tag_value

from gateway.authn.dkim_key import Key, Problem, Tags, find_key
from gateway.authn.domains import ascii_domain
from gateway.authn.header import Fields, UnreadableHeader, canonical_body, read_fields, split
from gateway.authn.resolver import MailResolver
from gateway.authn.result import DkimResult

MAX_SIGNATURES = 5
MAX_SIGNATURE_OCTETS = 8192
MAX_SIGNED_NAMES = 200

ONCE = frozenset(
    b"from sender reply-to to cc message-id in-reply-to references subject date mime-version content-type"
    b" content-transfer-encoding".split()
)
"""Fields that a mail may have once (RFC 5322 §3.6, RFC 2045): people see one of two, the other may be signed."""

_NUMBER = re.compile(rb"[0-9]{1,12}")
# dkimpy's expressions take quadratic time on white space; folding needs a few characters of it.
_LONG_GAP = re.compile(rb"\s{100}")
# dkimpy logs what the sender wrote.
_SILENT = logging.Logger("dkimpy", logging.CRITICAL + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One judged signature: `result` and `why` as in `DkimResult`."""

    domain: str
    result: str
    why: str = ""
    covers_date: bool = False
    """The Date field is signed."""
    signed_at: datetime | None = None
    """When the signer says that he signed (t=)."""

    def public(self) -> DkimResult:
        """What people see of it."""
        return DkimResult(domain=self.domain, result=self.result, why=self.why)


def verify(raw: bytes, received_at: datetime, resolver: MailResolver) -> tuple[Signature, ...]:
    """Verify the topmost signatures of a mail, in their order; none at all cost no look-up."""
    header, body = split(raw)
    if b"dkim-signature" not in header.lower():
        return ()
    try:
        fields = read_fields(header)
    except UnreadableHeader as error:
        return (Signature(domain="", result="permerror", why=str(error)),)
    mail = _Mail(fields, body)
    found = [field for field in fields if field[0].lower() == b"dkim-signature"]
    return tuple(_judge(mail, field, received_at, resolver) for field in found[:MAX_SIGNATURES])


class _Mail:
    """The parts of a mail that signatures cover; each form of the body is made once, when a signature needs it."""

    def __init__(self, fields: Fields, body: bytes) -> None:
        self.fields = fields
        self._body = body
        self._canonical: dict[bool, bytes] = {}

    def body(self, *, relaxed: bool) -> bytes:
        if relaxed not in self._canonical:
            self._canonical[relaxed] = canonical_body(self._body, relaxed=relaxed)
        return self._canonical[relaxed]


def _judge(mail: _Mail, field: tuple[bytes, bytes], received_at: datetime, resolver: MailResolver) -> Signature:
    tags, why = _read(field[1])
    domain = ascii_domain(tags.get(b"d", b"").decode("ascii", "replace"))
    if why or not domain:
        return Signature(domain=domain, result="permerror", why=why or "its d= is not a domain name")
    for gap in GAPS:
        why = gap(mail, tags, received_at)
        if why:  # before any look-up: nothing could make it worth one
            return Signature(domain=domain, result="neutral", why=why)
    key = find_key(tags, resolver)
    if isinstance(key, Problem):
        return Signature(domain=domain, result=key.result, why=key.why)
    result, why = _compute(mail, field, tags, key)
    if result == "pass" and key.distrust:
        return Signature(domain=domain, result="neutral", why=key.distrust)
    return Signature(
        domain=domain,
        result=result,
        why=why,
        covers_date=b"date" in _names(tags),  # all of them: see _omits_repeated
        signed_at=_time(tags.get(b"t")),
    )


def _read(value: bytes) -> tuple[Tags, str]:
    if len(value) > MAX_SIGNATURE_OCTETS or _LONG_GAP.search(value):
        return {}, "the signature field is too long"
    tags: Tags = {}
    try:
        tags = parse_tag_value(value)
        # Its own check of t= and x= uses today's time; ours is that of the mail's arrival.
        dkim.validate_signature_fields({tag: tags[tag] for tag in tags if tag not in (b"t", b"x")})
    except (InvalidTagValueList, dkim.ValidationError, IndexError):
        return tags, "the signature field breaks the grammar (RFC 6376 §3.5)"
    if len(_names(tags)) > MAX_SIGNED_NAMES:
        return tags, f"it names more than {MAX_SIGNED_NAMES} fields"
    if any(tag in tags and not _NUMBER.fullmatch(tags[tag]) for tag in (b"t", b"x")):
        return tags, "its t= or x= is not a time"
    return tags, ""


def _compute(mail: _Mail, field: tuple[bytes, bytes], tags: Tags, key: Key) -> tuple[str, str]:
    verifier = dkim.DKIM(None, logger=_SILENT, minkey=0)
    verifier.headers = list(mail.fields)
    form, _, body_form = tags.get(b"c", b"simple").partition(b"/")
    verifier.body = mail.body(relaxed=body_form == b"relaxed")
    if verifier.body and body_form == b"relaxed":
        # It is in that form already, which of a body that is not empty "simple" changes nothing any more.
        tags = tags | {b"c": form + b"/simple"}
    verifier.pk, verifier.keysize, verifier.ktag, verifier.seqtlsrpt = key.public, key.bits, key.algorithm, False
    try:
        passed = verifier.verify_sig_process(tags, _names(tags), field, None)
    except dkim.ValidationError:
        return "fail", "the text was changed after it was signed"
    except Exception:  # dkimpy raises what its arithmetic meets in hostile values
        return "permerror", "the signature cannot be computed"
    return (
        ("pass", "")
        if passed
        else ("fail", "the header was changed after it was signed, or the key is not the signer's")
    )


def _names(tags: Tags) -> list[bytes]:
    return [name.strip().lower() for name in tags.get(b"h", b"").split(b":")]


def _time(value: bytes | None) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(value), UTC) if value else None
    except (ValueError, OverflowError, OSError):
        return None  # twelve digits reach beyond the year 9999


def _covers_part(mail: _Mail, tags: Tags, received_at: datetime) -> str:
    return "it covers only a part of the text (l=), so anything could be added" if b"l" in tags else ""


def _omits_author(mail: _Mail, tags: Tags, received_at: datetime) -> str:
    return "" if b"from" in _names(tags) else "it does not cover the From field"


def _uses_sha1(mail: _Mail, tags: Tags, received_at: datetime) -> str:
    return "it uses SHA-1 (RFC 8301 §3.1)" if tags[b"a"] == b"rsa-sha1" else ""


def _has_expired(mail: _Mail, tags: Tags, received_at: datetime) -> str:
    return "it had expired (x=) when the mail came" if int(tags.get(b"x", b"9" * 12)) < received_at.timestamp() else ""


def _omits_repeated(mail: _Mail, tags: Tags, received_at: datetime) -> str:
    names = _names(tags)
    present = [field.lower() for field, _ in mail.fields]
    for name in ONCE & set(names):
        if 1 < present.count(name) > names.count(name):
            return f"the mail has several {name.decode()} fields and it does not cover all of them (RFC 6376 §8.15)"
    return ""


GAPS: tuple[Callable[[_Mail, Tags, datetime], str], ...] = (
    _covers_part,
    _omits_author,
    _uses_sha1,
    _has_expired,
    _omits_repeated,
)
"""Why a signature proves nothing, whatever its arithmetic says; each answers with the reason, or ""."""
