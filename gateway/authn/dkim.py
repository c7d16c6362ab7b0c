"""Which domains signed it? DKIM (RFC 6376, 8301, 8463): dkimpy's canonicalisation and arithmetic, our own judgement.

What must stay true: a signature that would let somebody change what people see, or that proves nothing, is "neutral",
whatever its arithmetic says (`GAPS`); at most `MAX_SIGNATURES` are looked at; time is linear in the mail's size.
"""

# The library has no types.
# mypy: allow-untyped-calls

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import dkim

from gateway.authn.answers import RecordType
from gateway.authn.dkim_key import Problem, Tags, find_key, key_name, tag_list
from gateway.authn.domains import ascii_domain
from gateway.authn.header import Field, UnreadableHeader
from gateway.authn.resolver import MailResolver, Question
from gateway.authn.result import DkimResult
from gateway.authn.signed import SignedMail, compute, names_of

MAX_SIGNATURES = 5
MAX_SIGNATURE_OCTETS = 8192
MAX_SIGNED_NAMES = 200

ONCE = frozenset(
    b"from sender reply-to to cc message-id in-reply-to references subject date mime-version content-type"
    b" content-transfer-encoding".split()
)
"""Fields that a mail may have once (RFC 5322 §3.6, RFC 2045): people see one of two, the other may be signed."""

_NUMBER = re.compile(rb"[0-9]{1,12}")
_FORM = re.compile(rb"(?:simple|relaxed)(?:/(?:simple|relaxed))?")
# dkimpy's expressions take quadratic time on white space; folding needs a few characters of it.
_LONG_GAP = re.compile(rb"\s{100}")
_NO_GRAMMAR = "the signature field breaks the grammar (RFC 6376 §3.5)"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Unverified:
    """A signature as it stands in the mail, or what is known of it without its key."""

    field: Field
    tags: Tags
    judged: Signature | None = None

    @property
    def domain(self) -> str:
        """Whose signature it says it is; "" where that is not a domain name."""
        return self.judged.domain if self.judged else _domain(self.tags)

    @property
    def question(self) -> Question:
        """Where its key is."""
        return RecordType.TXT, key_name(self.tags)


def find(mail: SignedMail, received_at: datetime) -> tuple[Unverified, ...]:
    """The topmost signatures of a mail, in their order; those that can prove nothing are judged already."""
    try:
        found = mail.named(b"dkim-signature")[:MAX_SIGNATURES]
    except UnreadableHeader as error:
        judged = Signature(domain="", result="permerror", why=str(error))
        return (Unverified(field=(b"", b""), tags={}, judged=judged),)
    return tuple(_judge(mail, field, received_at) for field in found)


def questions(signatures: Iterable[Unverified]) -> tuple[Question, ...]:
    """What verifying them asks of DNS."""
    return tuple(signature.question for signature in signatures if signature.judged is None)


def verify(mail: SignedMail, signature: Unverified, resolver: MailResolver) -> Signature:
    """Verify one signature; one look-up, or none where it is judged already."""
    if signature.judged is not None:
        return signature.judged
    tags = signature.tags
    domain = _domain(tags)
    key = find_key(tags, resolver)
    if isinstance(key, Problem):
        return Signature(domain=domain, result=key.result, why=key.why)
    result, why = compute(mail, signature.field, tags, key)
    if result == "pass" and key.distrust:
        return Signature(domain=domain, result="neutral", why=key.distrust)
    return Signature(
        domain=domain,
        result=result,
        why=why,
        covers_date=b"date" in names_of(tags),  # all of them: see _omits_repeated
        signed_at=_time(tags.get(b"t")),
    )


def _judge(mail: SignedMail, field: Field, received_at: datetime) -> Unverified:
    tags, why = read_tags(field[1])
    domain = _domain(tags)
    if why or not domain:
        judged = Signature(domain=domain, result="permerror", why=why or "its d= is not a domain name")
        return Unverified(field=field, tags=tags, judged=judged)
    why = gap(mail, tags, received_at)  # before any look-up: nothing could make it worth one
    return Unverified(
        field=field, tags=tags, judged=Signature(domain=domain, result="neutral", why=why) if why else None
    )


def gap(mail: SignedMail, tags: Tags, received_at: datetime) -> str:
    """Why a signature with these tags proves nothing; "" where nothing speaks against it."""
    return next((why for find_gap in GAPS if (why := find_gap(mail, tags, received_at))), "")


def read_tags(
    value: bytes, mandatory: tuple[bytes, ...] = (b"v", b"a", b"b", b"bh", b"d", b"h", b"s")
) -> tuple[Tags, str]:
    """The tags of a signature field and what is wrong with it ("" where nothing is)."""
    if len(value) > MAX_SIGNATURE_OCTETS or _LONG_GAP.search(value):
        return {}, "the signature field is too long"
    tags = tag_list(value)
    if tags is None:
        return {}, _NO_GRAMMAR
    try:
        # Its own check of t= and x= uses today's time; ours is that of the mail's arrival.
        checked = {tag: tags[tag] for tag in tags if tag not in (b"t", b"x")}
        dkim.validate_signature_fields(checked, mandatory, b"v" not in mandatory)
    except (dkim.ValidationError, IndexError, KeyError):  # the last two: a value or tag that it takes for granted
        return tags, _NO_GRAMMAR
    if len(names_of(tags)) > MAX_SIGNED_NAMES:
        return tags, f"it names more than {MAX_SIGNED_NAMES} fields"
    if not _FORM.fullmatch(tags.get(b"c", b"simple")):
        return tags, "its c= is no canonicalisation"
    if any(tag in tags and not _NUMBER.fullmatch(tags[tag]) for tag in (b"t", b"x")):
        return tags, "its t= or x= is not a time"
    return tags, ""


def _domain(tags: Tags) -> str:
    return ascii_domain(tags.get(b"d", b"").decode("ascii", "replace"))


def _time(value: bytes | None) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(value), UTC) if value else None
    except (ValueError, OverflowError, OSError):
        return None  # twelve digits reach beyond the year 9999


def _covers_part(mail: SignedMail, tags: Tags, received_at: datetime) -> str:
    return "it covers only a part of the text (l=), so anything could be added" if b"l" in tags else ""


def _omits_author(mail: SignedMail, tags: Tags, received_at: datetime) -> str:
    return "" if b"from" in names_of(tags) else "it does not cover the From field"


def _uses_sha1(mail: SignedMail, tags: Tags, received_at: datetime) -> str:
    return "it uses SHA-1 (RFC 8301 §3.1)" if tags[b"a"] == b"rsa-sha1" else ""


def _has_expired(mail: SignedMail, tags: Tags, received_at: datetime) -> str:
    return "it had expired (x=) when the mail came" if int(tags.get(b"x", b"9" * 12)) < received_at.timestamp() else ""


def _omits_repeated(mail: SignedMail, tags: Tags, received_at: datetime) -> str:
    repeated = {name for name, fields in mail.by_name.items() if len(fields) > 1}
    if repeated.isdisjoint(ONCE):  # most mails
        return ""
    names = names_of(tags)
    for name in ONCE & set(names):
        if name in repeated and len(mail.by_name[name]) > names.count(name):
            return f"the mail has several {name.decode()} fields and it does not cover all of them (RFC 6376 §8.15)"
    return ""


GAPS: tuple[Callable[[SignedMail, Tags, datetime], str], ...] = (
    _covers_part,
    _omits_author,
    _uses_sha1,
    _has_expired,
    _omits_repeated,
)
"""Why a signature proves nothing, whatever its arithmetic says; each answers with the reason, or ""."""
