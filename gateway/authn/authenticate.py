"""Who vouches for the author of this mail? SPF, DKIM and DMARC put together into one graded answer.

What must stay true: it never raises; the author is the one that `Message.author` names and no other field counts; a
question that could not change the answer is not asked.

BUGS: whoever forwards mail is not believed: neither ARC (RFC 8617) nor an Authentication-Results field (RFC 8601) of a
server in front of us is read, so mail that comes by LMTP or IMAP is graded by its DKIM signatures alone.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from gateway.authn import dkim, dmarc, spf
from gateway.authn.dmarc import DmarcRecord, RecordState
from gateway.authn.domains import address_domain, is_aligned
from gateway.authn.grade import DMARC_RESULTS, GRADES, Policy, Proof
from gateway.authn.resolver import MailResolver, Resolver
from gateway.authn.result import Authentication, Grade
from gateway.authn.spf import SpfResult
from gateway.mail.message import Message
from gateway.model import Envelope

OLDEST = timedelta(days=7)
"""A mail that was written longer ago, and is proven by its signature alone, may be an old one sent again."""


def authenticate(message: Message, raw: bytes, envelope: Envelope, resolver: Resolver) -> Authentication:
    """Grade the author of a mail; `raw` are its bytes as they came. Waits for DNS within the mail's budget."""
    try:
        return _authenticate(message, raw, envelope, resolver.for_mail())
    except Exception as error:  # unknown means temporary
        return Authentication(
            grade=Grade.UNKNOWN, why=f"checking the sender failed ({type(error).__name__}); it can be tried again"
        )


def _authenticate(message: Message, raw: bytes, envelope: Envelope, resolver: MailResolver) -> Authentication:
    if message.author is None:
        return Authentication(grade=Grade.A0, why=f"there is not exactly one author: {message.author_why}")
    if _is_own_submission(message.author.address, envelope.authenticated_as):
        return Authentication(grade=Grade.A3, why="the author logged in at our own server and sent it himself")
    author = address_domain(message.author.address)
    if not author:
        return Authentication(grade=Grade.A1, why="the author's address has no domain name that could be proven")
    record = dmarc.find_record(author, resolver)
    sender = spf.check(envelope, resolver)
    signatures = dkim.verify(raw, envelope.received_at, resolver)
    proof = _best_proof(author, record, sender, signatures, message.date, envelope.received_at)
    policy = _policy(record)
    grade, why = GRADES[policy, proof]
    detail = record.why or (_unanswered(sender, signatures) if proof is Proof.UNANSWERED else "")
    return Authentication(
        grade=grade,
        why=f"{why} ({detail})" if detail else why,
        spf=sender.result,
        spf_domain=sender.domain,
        dkim=tuple(signature.public() for signature in signatures),
        dmarc=_dmarc_result(record, proof),
        dmarc_policy=record.policy,
    )


def _is_own_submission(author: str, user: str | None) -> bool:
    # A login proves one address: another author's name on it would be as good as forged.
    return bool(user) and author.casefold() == str(user).casefold()


def _policy(record: DmarcRecord) -> Policy:
    if record.state is RecordState.FOUND:
        return Policy.NONE if record.policy == "none" else Policy.ENFORCED
    return Policy.UNKNOWN if record.state is RecordState.UNKNOWN else Policy.ABSENT


def _dmarc_result(record: DmarcRecord, proof: Proof) -> str:
    if record.state is RecordState.FOUND:
        return DMARC_RESULTS[proof]
    return {RecordState.ABSENT: "none", RecordState.BROKEN: "permerror", RecordState.UNKNOWN: "temperror"}[record.state]


def _best_proof(
    author: str,
    record: DmarcRecord,
    sender: SpfResult,
    signatures: Sequence[dkim.Signature],
    written_at: datetime | None,
    received_at: datetime,
) -> Proof:
    aligned = [signature for signature in signatures if is_aligned(signature.domain, author, strict=record.strict_dkim)]
    good = [signature for signature in aligned if signature.result == "pass"]
    sent_by_domain = is_aligned(sender.domain, author, strict=record.strict_spf)
    if good and sent_by_domain and sender.result == "pass":
        return Proof.DKIM  # its domain sends it now, so its age does not matter
    if any(_is_recent(signature, written_at, received_at) for signature in good):
        return Proof.DKIM
    if sent_by_domain and sender.result == "pass":
        return Proof.SPF
    if (sent_by_domain and sender.result == "temperror") or any(found.result == "temperror" for found in aligned):
        return Proof.UNANSWERED
    return Proof.OLD_DKIM if good else Proof.NOTHING


def _unanswered(sender: SpfResult, signatures: Sequence[dkim.Signature]) -> str:
    asked = [(sender.result, sender.why), *((signature.result, signature.why) for signature in signatures)]
    return next(why for result, why in asked if result == "temperror")


def _is_recent(signature: dkim.Signature, written_at: datetime | None, received_at: datetime) -> bool:
    # An unsigned Date is whatever the last sender liked; without any signed time nothing shows that it is no copy.
    signed = written_at if signature.covers_date and written_at else signature.signed_at
    return signed is not None and received_at - signed <= OLDEST
