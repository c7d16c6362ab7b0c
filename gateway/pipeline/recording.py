"""A machine's mail is recorded: what it does to tickets, to addresses and to alarms, by its class. Never an answer.

What must stay true: only what came to an address that we signed, or names a mail of ours, changes anything (A-27); and
an address is told to be dead only by a report that names the very person whom the signed address was made for.
"""

from collections.abc import Callable
from datetime import timedelta

from gateway import events
from gateway.mail.dsn import BouncedRecipient
from gateway.matching.token import Strength
from gateway.model import Ticket
from gateway.pipeline.away import note_absence
from gateway.pipeline.effect import Doer, Effect
from gateway.pipeline.evidence import Evidence
from gateway.pipeline.machines import Attach, MailClass, class_of, row_of
from gateway.pipeline.plan import Plan
from gateway.pipeline.relation import is_of_matched_ticket
from gateway.store import tallies
from gateway.store.participants import participants
from gateway.tickets import change, undeliverable
from gateway.tokens import Purpose, canonical_address

LOOPS = 3
"""Mails of our own that come back within a day before the operators hear of it."""
DAY = timedelta(days=1)


def record(doer: Doer, evidence: Evidence, plan: Plan) -> Effect:
    """Do what the class of the mail asks for; where it belongs to a ticket, its story says so."""
    ticket = evidence.match.ticket
    if ticket is not None and _is_for(doer, evidence):
        nature = evidence.reading.nature
        change.note(doer.tx, ticket, kind=nature.kind.value, actor="", detail=plan.why, at=doer.at)
    else:
        ticket = None
    follow = _FOLLOWS.get(class_of(evidence.reading))
    if follow:
        follow(doer, evidence, ticket)
    return Effect(ticket_id=ticket.id if ticket else None)


def _is_for(doer: Doer, evidence: Evidence) -> bool:
    """Does a line of it belong into the story of the ticket that was found?"""
    attach, strength = row_of(evidence).attach, evidence.reading.token.strength
    if attach is Attach.DELIVERY:
        return is_of_matched_ticket(evidence)
    if attach is Attach.PROVEN:
        is_proven = strength in (Strength.T2, Strength.T3) or _is_on_his_return_path(doer, evidence)
        return is_proven and is_of_matched_ticket(evidence)
    return attach is Attach.HINTED


def _is_on_his_return_path(doer: Doer, evidence: Evidence) -> bool:
    """Programs answer there, and not to the reply address (RFC 3834 §4); of a person's mail it proves nothing."""
    token, author = evidence.reading.token.token, evidence.reading.message.author
    if token is None or author is None or token.purpose is not Purpose.BOUNCE:
        return False
    return doer.desk.keys.is_bound_to(token, author.address)


def _own_loop(doer: Doer, evidence: Evidence, ticket: Ticket | None) -> None:
    mails = tallies.count_up(doer.tx, "own mail came back", now=doer.at, window=DAY)
    if mails == LOOPS:
        events.own_loop(evidence.reading.entry.id, mails)


def _bounce(doer: Doer, evidence: Evidence, ticket: Ticket | None) -> None:
    """Bounce addresses are only given to answers that agents wrote: they want to know that one did not arrive."""
    report = evidence.reading.nature.bounce
    if ticket is None or report is None:
        return
    whom = _whose_return_path(doer, evidence, ticket)
    named = [each for each in report.recipients if each.bound and _is(each, whom)]
    for recipient in named:
        if recipient.permanent or recipient.action in ("", "delayed"):
            undeliverable.note_bounce(doer.tx, ticket, whom, status=recipient.status, at=doer.at)
    lost = [recipient for recipient in named if recipient.permanent]
    if lost or not report.recipients:
        status = lost[0].status if lost else ""
        said = (
            f"its mail server refused it (status {status or 'not told'})" if lost else "it came back, and says not why"
        )
        undeliverable.tell_of_bounce(
            doer.tx, doer.desk, ticket, whom, reason=said, message_id=report.original_message_id, at=doer.at
        )


def _whose_return_path(doer: Doer, evidence: Evidence, ticket: Ticket) -> str:
    """The correspondent, or who else was written to because of the ticket: whom the signed return path was made for."""
    token, named = evidence.reading.token.token, evidence.match.merged or ticket
    others = (named.correspondent, *(each.address for each in participants(doer.tx, named.id)))
    found = (each for each in others if token and doer.desk.keys.is_bound_to(token, each))
    return next(found, ticket.correspondent)


def _is(recipient: BouncedRecipient, address: str) -> bool:
    # The token's own tag has 20 bits: somebody with time could find another address that fits it.
    return canonical_address(recipient.address) == address


def _complaint(doer: Doer, evidence: Evidence, ticket: Ticket | None) -> None:
    events.complaint(evidence.reading.entry.id, ticket.id if ticket else None)
    about = evidence.reading.nature.about
    if ticket is None or about is None or not doer.desk.keys.is_bound_to(about, ticket.correspondent):
        return
    undeliverable.note_complaint(doer.tx, ticket, at=doer.at)


def _challenge(doer: Doer, evidence: Evidence, ticket: Ticket | None) -> None:
    if ticket:
        undeliverable.tell_of_filter(doer.tx, doer.desk, ticket, at=doer.at)


_FOLLOWS: dict[MailClass, Callable[[Doer, Evidence, Ticket | None], None]] = {
    MailClass.OWN_LOOP: _own_loop,
    MailClass.GENUINE_BOUNCE: _bounce,
    MailClass.FEEDBACK_REPORT: _complaint,
    MailClass.CHALLENGE: _challenge,
    MailClass.AUTO_REPLY: note_absence,
}
