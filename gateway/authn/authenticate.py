"""Who vouches for the author of this mail? SPF, DKIM and DMARC, and whom this site trusts, in one graded answer.

    what the mail itself shows ─► DMARC record, SPF, DKIM keys of the author's domain (asked at once) ─► proof
    nothing proven, and that would matter ─► ARC, listed forwarders, the border's word ─► grade
    then what is only told, not weighed: SPF and signatures of other domains

What must stay true: it never raises; the author is the one that `Message.author` names and no other field counts; a
question that could not change the grade can neither delay nor starve one that could.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.authn import arc, border, dkim, dmarc, spf
from gateway.authn.answers import AnswerState, RecordType
from gateway.authn.dmarc import Alignment, DmarcRecord, RecordState
from gateway.authn.domains import address_domain, is_aligned, shown
from gateway.authn.grade import DMARC_RESULTS, Policy, Proof, grade_of
from gateway.authn.resolver import MailResolver, Question, Resolver
from gateway.authn.result import Authentication, Grade
from gateway.authn.signed import SignedMail
from gateway.authn.spf import SpfResult
from gateway.authn.trust import NO_TRUST, Trust, is_inside
from gateway.mail.message import Message
from gateway.model import Envelope

OLDEST = timedelta(days=7)
"""A mail that was written longer ago, and is proven by its signature alone, may be an old one sent again."""
UNIMPORTANT_SECONDS = 5.0
"""For all questions that cannot change the grade."""
BETTER = (Proof.DKIM, Proof.SPF, Proof.OLD_DKIM, Proof.SHARED_SPF, Proof.FORWARDED, Proof.NOTHING)


def authenticate(
    message: Message, raw: bytes, envelope: Envelope, resolver: Resolver, trust: Trust = NO_TRUST
) -> Authentication:
    """Grade the author of a mail; `raw` are its bytes as they came. Waits for DNS within the mail's budget."""
    try:
        return _authenticate(message, raw, envelope, resolver.for_mail(), trust)
    except Exception as error:  # unknown means temporary
        return Authentication(
            grade=Grade.UNKNOWN, why=f"checking the sender failed ({type(error).__name__}); it can be tried again"
        )


def _authenticate(
    message: Message, raw: bytes, envelope: Envelope, resolver: MailResolver, trust: Trust
) -> Authentication:
    if message.author is None:
        return Authentication(grade=Grade.A0, why=f"there is not exactly one author: {message.author_why}")
    if _is_own_submission(message.author.address, envelope.authenticated_as):
        return Authentication(grade=Grade.A3, why="the author logged in at our own server and sent it himself")
    author = address_domain(message.author.address)
    if not author:
        return Authentication(grade=Grade.A1, why="the author's address has no domain name that could be proven")
    mail = SignedMail(raw)
    case = _Case(
        author=author,
        written_at=message.date,
        envelope=envelope,
        mail=mail,
        resolver=resolver,
        trust=trust,
        report=border.read_report(mail, envelope, trust),
    )
    return _weigh(case)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """All that the answer follows from."""

    author: str
    written_at: datetime | None
    envelope: Envelope
    mail: SignedMail
    resolver: MailResolver
    trust: Trust
    report: border.BorderReport


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    """One thing that may prove the author's domain: whether it does, may do, and why nobody knows."""

    proof: Proof
    is_certain: bool = True
    why: str = ""
    """What DNS did not answer; of what is certain, who speaks for the mail."""


def _weigh(case: _Case) -> Authentication:
    found = dkim.find(case.mail, case.envelope.received_at)
    important = [signature for signature in found if _matters(case, signature.domain)]
    asked = _spf_domain(case)
    case.resolver.at_once([*_first_questions(case, asked), *dkim.questions(important)])
    record = dmarc.find_record(case.author, case.resolver)
    verified = [dkim.verify(case.mail, one, case.resolver) for one in important]
    sender = _check_spf(case) if is_aligned(asked, case.author, strict=False) else None
    items = _items(case, record, sender, verified)
    policies = _policies(record)
    is_own = case.author in case.trust.own_domains
    chain = arc.NO_CHAIN
    proofs = _possible(items)
    grade, why = grade_of(policies, proofs, is_own=is_own)
    if grade in (Grade.A0, Grade.UNKNOWN):
        chain = arc.verify(case.mail, case.envelope.received_at, case.resolver, case.trust)
        items = [*items, *_spoken_for(case, chain, verified, is_own=is_own)]
        proofs = _possible(items)
        grade, why = grade_of(policies, proofs, is_own=is_own)
    detail = record.why or _detail(items, proofs)
    case.resolver.hurry(UNIMPORTANT_SECONDS)  # the grade is known; the rest is told to people
    sender = sender or _check_spf(case)
    if len(important) < len(found):
        verified = _verify_others(case, found, important, verified)
    return Authentication(
        grade=grade,
        why=f"{why} ({detail})" if detail else why,
        spf=sender.result,
        spf_domain=sender.domain,
        dkim=tuple([one.public() for one in verified]),
        dmarc=_dmarc_result(record, proofs),
        dmarc_policy=record.policy,
        arc=chain.result,
        sealer=chain.sealer,
        trusted_results=_told(case.report),
    )


def _verify_others(
    case: _Case, found: Sequence[dkim.Unverified], important: Sequence[dkim.Unverified], verified: list[dkim.Signature]
) -> list[dkim.Signature]:
    """All signatures, verified, in the order in which they were found."""
    case.resolver.at_once(dkim.questions(found))
    known = {id(one): signature for one, signature in zip(important, verified, strict=True)}
    return [known.get(id(one)) or dkim.verify(case.mail, one, case.resolver) for one in found]


def _is_own_submission(author: str, user: str | None) -> bool:
    # A login proves one address: another author's name on it would be as good as forged.
    return bool(user) and author.casefold() == str(user).casefold()


def _matters(case: _Case, domain: str) -> bool:
    return is_aligned(domain, case.author, strict=False) or case.trust.is_forwarder(domain)


def _spf_domain(case: _Case) -> str:
    if case.report.results:
        return case.report.spf[1]
    return spf.asked_domain(case.envelope) if _peer(case) else ""


def _peer(case: _Case) -> str:
    return "" if border.is_behind(case.envelope, case.trust) else spf.peer_of(case.envelope)


def _first_questions(case: _Case, asked: str) -> list[Question]:
    questions = [(RecordType.TXT, dmarc.record_name(case.author))]
    if is_aligned(asked, case.author, strict=False):
        questions.append((RecordType.TXT, asked))
    return questions


def _check_spf(case: _Case) -> SpfResult:
    if case.report.results:
        return _border_spf(case)
    if border.is_behind(case.envelope, case.trust):
        return spf.UNKNOWN_PEER
    return spf.check(case.envelope, case.resolver)


def _border_spf(case: _Case) -> SpfResult:
    result, domain = case.report.spf
    if result != "pass" or not is_aligned(domain, case.author, strict=False) or not case.trust.shared_senders:
        return SpfResult(result=result or "none", domain=domain)
    # The border does not say which part of the record let the mail pass, so every part of it counts.
    answer = case.resolver.txt(domain)
    if answer.state is AnswerState.TEMPERROR:
        return SpfResult(result="temperror", domain=domain, why=answer.why)
    return SpfResult(
        result=result, domain=domain, by_way_of=tuple(name for one in answer.records for name in spf.names_of(one))
    )


def _items(
    case: _Case, record: DmarcRecord, sender: SpfResult | None, signatures: Sequence[dkim.Signature]
) -> list[_Item]:
    by_spf = _spf_item(case, record, sender) if sender else None
    is_sent_now = by_spf is not None and by_spf.proof is Proof.SPF and by_spf.is_certain
    items = [_dkim_item(case, record, signature, is_sent_now=is_sent_now) for signature in signatures]
    return [item for item in (by_spf, *items) if item is not None]


def _spf_item(case: _Case, record: DmarcRecord, sender: SpfResult) -> _Item | None:
    if sender.result not in ("pass", "temperror"):
        return None
    aligned = dmarc.alignment(sender.domain, case.author, record, case.resolver, strict=record.strict_spf)
    if aligned is Alignment.APART:
        return None
    shared = next(
        (
            domain
            for domain in sender.by_way_of
            if case.trust.is_shared(domain) and not is_aligned(domain, case.author, strict=False)
        ),
        "",
    )
    return _Item(
        proof=Proof.SHARED_SPF if shared else Proof.SPF,
        is_certain=sender.result == "pass" and aligned is Alignment.ALIGNED,
        why=sender.why or shown(shared),
    )


def _dkim_item(case: _Case, record: DmarcRecord, signature: dkim.Signature, *, is_sent_now: bool) -> _Item | None:
    if signature.result not in ("pass", "temperror"):
        return None
    aligned = dmarc.alignment(signature.domain, case.author, record, case.resolver, strict=record.strict_dkim)
    if aligned is Alignment.APART:
        return None
    is_certain = signature.result == "pass" and aligned is Alignment.ALIGNED
    # Its domain sends it now, so its age does not matter.
    is_fresh = is_sent_now or signature.result == "temperror" or _is_recent(case, signature)
    return _Item(proof=Proof.DKIM if is_fresh else Proof.OLD_DKIM, is_certain=is_certain, why=signature.why)


def _is_recent(case: _Case, signature: dkim.Signature) -> bool:
    # An unsigned Date is whatever the last sender liked; without any signed time nothing shows that it is no copy.
    signed = case.written_at if signature.covers_date and case.written_at else signature.signed_at
    return signed is not None and case.envelope.received_at - signed <= OLDEST


def _spoken_for(
    case: _Case, chain: arc.ArcReport, signatures: Sequence[dkim.Signature], *, is_own: bool
) -> list[_Item]:
    """What others say for the author's domain. For our own a forwarder must say that, not only forward."""
    found: list[tuple[bool, str]] = []
    if _border_vouches(case, signatures):
        found.append((True, f"our border {case.trust.border}"))
    if chain.vouches_for(case.author) or chain.result == "temperror":
        found.append((chain.result == "pass", chain.why or f"the sealer {shown(chain.sealer)}"))
    if not is_own and is_inside(_peer(case), case.trust.forwarder_networks):
        found.append((True, f"the forwarder {_peer(case)}"))
    if not is_own:
        found.extend(
            (signature.result == "pass", signature.why or f"the forwarder {shown(signature.domain)}")
            for signature in signatures
            if case.trust.is_forwarder(signature.domain) and signature.result in ("pass", "temperror")
        )
    return [_Item(proof=Proof.FORWARDED, is_certain=is_certain, why=why) for is_certain, why in found]


def _detail(items: Sequence[_Item], proofs: frozenset[Proof]) -> str:
    told = [item.why for item in items if item.proof in proofs and item.is_certain == (len(proofs) == 1)]
    return next(filter(None, told), "")


def _border_vouches(case: _Case, signatures: Sequence[dkim.Signature]) -> bool:
    # The border may believe a signature that we see through (l=, a short key): then its "pass" says nothing more.
    seen_through = any(
        one.result == "neutral" and is_aligned(one.domain, case.author, strict=False) for one in signatures
    )
    return case.report.vouches_for(case.author) and not seen_through


def _possible(items: Iterable[_Item]) -> frozenset[Proof]:
    """The best proof that is certain, and every better one that there may be."""
    certain = min((item.proof for item in items if item.is_certain), key=BETTER.index, default=Proof.NOTHING)
    better = BETTER[: BETTER.index(certain)]
    return frozenset({certain, *(item.proof for item in items if item.proof in better)})


def _policies(record: DmarcRecord) -> tuple[Policy, ...]:
    if record.state is RecordState.UNKNOWN:
        return tuple(Policy)
    if record.state is not RecordState.FOUND:
        return (Policy.ABSENT,)
    return (Policy.NONE if record.policy == "none" else Policy.ENFORCED,)


def _dmarc_result(record: DmarcRecord, proofs: frozenset[Proof]) -> str:
    if record.state is not RecordState.FOUND:
        return {RecordState.ABSENT: "none", RecordState.BROKEN: "permerror"}.get(record.state, "temperror")
    results = {DMARC_RESULTS[proof] for proof in proofs}
    return results.pop() if len(results) == 1 else "temperror"


def _told(report: border.BorderReport) -> str:
    if report.results is None:
        return f"none: {report.why}" if report.why else ""
    found = [f"{one.method}={one.result}" for one in report.results.results if one.method in ("spf", "dkim", "dmarc")]
    return shown(f"{report.results.authserv_id}: {', '.join(found) or 'none'}")
