"""What became of earlier mails of this sender: by what they are counted, and when that is worth a look-up.

What must stay true: what is counted under an address, and under an account, was proven to be of it, so that nobody can
spoil or earn a name for another (A-22); one look-up a mail at most, and none where it could change nothing.
"""

from datetime import datetime

from gateway import events
from gateway.accounts.sender import Sender, Standing
from gateway.authn.domains import address_domain
from gateway.authn.result import Authentication
from gateway.authn.trust import Trust
from gateway.mail.message import Address
from gateway.mail.nature import NatureKind
from gateway.matching.token import Strength
from gateway.outbox.limits import FREEMAIL
from gateway.pipeline.effect import Doer
from gateway.pipeline.evidence import Evidence, History
from gateway.pipeline.overlay import points_of_ours
from gateway.pipeline.plan import APPENDS, OPENS, Action, Aside, Plan
from gateway.pipeline.policy import COLUMNS, MARKS, Column
from gateway.pipeline.relation import column_of, strength_of
from gateway.spam.history import WINDOW, Burst, BurstLimits, burst_of, reputation
from gateway.spam.report import ScanState
from gateway.store.db import Tx
from gateway.store.history import Counted, Happening, histories, note, note_window
from gateway.store.tickets import newest_ticket_of
from gateway.tickets import change, notifications
from gateway.tokens import canonical_address

MAX_ACCOUNTS = 2
"""Of an author who is verified on several, so many have their mail counted."""
LOWEST_MARK = min(mark for _, mark in MARKS)


def keys_of(author: Address | None, sender: Sender, authentication: Authentication, trust: Trust) -> tuple[str, ...]:
    """By what the mail is counted, the narrowest first; without a proven author only the domain that speaks for it."""
    if author is None:
        return ()
    if COLUMNS[authentication.grade] is not Column.PROVEN:
        return _domain_key(_speaking_domain(authentication), trust)
    return (
        f"address {canonical_address(author.address)}",
        *(f"account {account.id}" for account in sender.accounts[:MAX_ACCOUNTS]),
        *_domain_key(address_domain(author.address), trust),
    )


def look_up(tx: Tx, evidence: Evidence, trust: Trust, now: datetime, limits: BurstLimits) -> History:
    """The history of the sender, as far as it may matter; reads only."""
    reading, sender = evidence.reading, evidence.sender
    keys = keys_of(reading.message.author, sender, reading.authentication, trust)
    if not keys or not _matters(evidence):
        return History(keys=keys)
    if _is_watched(evidence):  # his reputation changes nothing
        found = histories(tx, keys[:1])
        return History(keys=keys, burst=burst_of(found[0] if found else None, now, limits))
    said, why = reputation(histories(tx, keys))
    return History(keys=keys, reputation=said, why=why)


def remember(doer: Doer, evidence: Evidence, plan: Plan) -> None:
    """Count the mail; in the transaction that decides it."""
    keys, is_new = evidence.history.keys, plan.action in OPENS
    if keys and (is_new or plan.action in APPENDS):
        note(doer.tx, keys, Happening.ACCEPTED, doer.at)
    if not _is_watched(evidence) or evidence.reading.release:
        return
    is_spam = plan.aside is Aside.SPAM and plan.action is Action.HOLD
    if is_new or is_spam or plan.burst:
        until = plan.burst.until if plan.burst else None
        counted = Counted(opened=int(not is_spam), spam=int(is_spam), held_until=until)
        note_window(doer.tx, keys[0], counted, doer.at, window=WINDOW)
    if plan.burst and plan.burst.begins:
        _tell_of_burst(doer, evidence, plan.burst)


def _tell_of_burst(doer: Doer, evidence: Evidence, burst: Burst) -> None:
    """Once, to the agents of the newest ticket that he has: they know him, and can call him."""
    entry, author = evidence.reading.entry, evidence.reading.message.author
    assert author is not None, "who is watched is proven"
    ticket = newest_ticket_of(doer.tx, canonical_address(author.address))
    until = f"{burst.until:%Y-%m-%d %H:%M} UTC"
    events.burst_began(entry.id, ticket=ticket.id if ticket else None, until=until)
    if ticket:
        reason = f"{burst.why}; what comes until {until} is held"
        change.note(doer.tx, ticket, kind="burst", actor="", detail=reason, at=doer.at)
        notifications.send_burst(doer.tx, doer.desk, evidence.agents, ticket, reason=reason, at=doer.at)


def _matters(evidence: Evidence) -> bool:
    """Could the history change what happens? A reply on one's own address is never refused, nor opens a ticket."""
    reading = evidence.reading
    if reading.release or reading.nature.kind is not NatureKind.PERSON or strength_of(evidence) is Strength.T3:
        return False
    if _is_watched(evidence):
        return True
    report = reading.spam
    score = report.score + points_of_ours(evidence)
    return report.state is ScanState.SCANNED and score >= LOWEST_MARK * report.threshold


def _is_watched(evidence: Evidence) -> bool:
    """Is he a proven customer, whose mailbox may be broken into? Nobody trusts what is new of others."""
    return evidence.sender.standing is Standing.S2 and column_of(evidence) is Column.PROVEN


def _speaking_domain(authentication: Authentication) -> str:
    """Who signed it, else from where it came; "" where neither is proven."""
    signed = next((dkim.domain for dkim in authentication.dkim if dkim.result == "pass"), "")
    return signed or (authentication.spf_domain if authentication.spf == "pass" else "")


def _domain_key(domain: str, trust: Trust) -> tuple[str, ...]:
    """None for one that thousands of strangers share: what one of them does says nothing about the others."""
    domain = domain.lower().removesuffix(".")
    return () if not domain or domain in FREEMAIL or trust.is_shared(domain) else (f"domain {domain}",)
