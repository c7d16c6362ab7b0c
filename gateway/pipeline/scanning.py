"""Asking the spam engine, with what we know besides the bytes; noting what it gave no answer for."""

import json

from gateway.authn.border import is_behind
from gateway.authn.result import Authentication
from gateway.authn.trust import Trust
from gateway.mail.nature import Nature, NatureKind
from gateway.model import Entry, Envelope
from gateway.pipeline.effect import Doer
from gateway.pipeline.evidence import Evidence
from gateway.spam.engine import Engine
from gateway.spam.known import Known
from gateway.spam.report import ScanState, SpamReport
from gateway.spam.virus import NOT_SCANNED, Scanner, VirusReport, VirusState
from gateway.store.outcomes import Outcome
from gateway.store.unscanned import ScannerKind, note_unscanned


def ask_engine(
    engine: Engine, nature: Nature, entry: Entry, authentication: Authentication, trust: Trust
) -> SpamReport:
    """The engine's report; our own mail that came back is not worth its time."""
    if nature.kind is NatureKind.OWN_LOOP:
        return SpamReport(engine="none", state=ScanState.SKIPPED, why="it is our own mail")
    dkim = tuple((found.domain, found.result) for found in authentication.dkim)
    known = _known(entry.envelope, trust, authentication.spf, authentication.spf_domain, dkim, authentication.dmarc)
    return engine.scan(entry.raw, known)


def ask_scanner(scanner: Scanner, nature: Nature, entry: Entry) -> VirusReport:
    """What the virus scanner says of a mail that is not our own."""
    return NOT_SCANNED if nature.kind is NatureKind.OWN_LOOP else scanner.scan(entry.raw)


def known_from(envelope: Envelope, explanation: str, trust: Trust) -> Known:
    """The same of a mail that was decided: what was found then stands in its explanation."""
    found = (json.loads(explanation) if explanation else {}).get("authentication", {})
    dkim = tuple((each["domain"], each["result"]) for each in found.get("dkim", ()))
    return _known(
        envelope, trust, found.get("spf", "none"), found.get("spf_domain", ""), dkim, found.get("dmarc", "none")
    )


def remember_unscanned(doer: Doer, evidence: Evidence, outcome: Outcome) -> None:
    """What people see without a scanner's word is shown to it when it is back; what is held stays held."""
    if outcome.article_id is None:
        return
    if evidence.reading.spam.state is ScanState.UNSCANNED:
        note_unscanned(doer.tx, outcome.entry_id, ScannerKind.SPAM, doer.at)
    if evidence.reading.virus.state is VirusState.UNSCANNED:
        note_unscanned(doer.tx, outcome.entry_id, ScannerKind.VIRUS, doer.at)


def _known(
    envelope: Envelope, trust: Trust, spf: str, spf_domain: str, dkim: tuple[tuple[str, str], ...], dmarc: str
) -> Known:
    is_ours = is_behind(envelope, trust)  # then the peer is our own server, of which engines would think well
    return Known(
        peer_ip="" if is_ours else envelope.peer_ip or "",
        helo="" if is_ours else envelope.helo or "",
        mail_from=envelope.mail_from,
        recipients=envelope.recipients,
        received_at=envelope.received_at,
        spf=spf,
        spf_domain=spf_domain,
        dkim=dkim,
        dmarc=dmarc,
    )
