"""The one door out (I4): who wants a mail sent puts it here, in the transaction that gives the reason for it."""

from datetime import datetime

from gateway import events
from gateway.outbox.as_json import to_json
from gateway.outbox.limits import Limit, Refusal, Step, ladder, refusal, suppressed
from gateway.outbox.outgoing import Outgoing
from gateway.store import outbox as store
from gateway.store.db import Tx
from gateway.tokens import canonical_address


def enqueue(
    tx: Tx, outgoing: Outgoing, now: datetime, *, not_before: datetime | None = None, is_allowed: bool = False
) -> Refusal | None:
    """Queue a mail, to leave once the transaction is committed, or later at `not_before`; `wake` the `Deliverer`.

    A mail that is `limited` and would pass a limit is not queued, nor is one to an address that does not take our mail:
    the answer says why, and the caller writes it into the ticket's story. An agent who gets too many mails of one
    ticket that tell of no article gets the next one later. `is_allowed`: `forbids` said so in this transaction.
    """
    recipient = canonical_address(outgoing.recipient.address)
    domain = recipient.rpartition("@")[2]
    if not is_allowed:
        step = _full_step(tx, outgoing, recipient, now)
        refused = _refusal(tx, outgoing, recipient, step, now)
        if refused:
            events.outgoing_limited(domain, refused.limit)
            return refused
        if step:
            not_before = max(not_before or now, now + step.window)
    store.insert_mail(
        tx,
        store.NewMail(
            message_id=outgoing.message_id,
            ticket_id=outgoing.ticket_id,
            article_id=outgoing.article_id,
            recipient=recipient,
            recipient_domain=domain,
            mail_from=outgoing.mail_from,
            outgoing=to_json(outgoing),
            automatic=outgoing.automatic,
            limited=outgoing.limited,
            created_at=now,
            not_before=not_before or now,
        ),
    )
    return None


def forbids(tx: Tx, *, recipient: str, ticket_id: int, now: datetime, is_new: bool = False) -> Refusal | None:
    """What stands against a limited automatic mail of this ticket to this address, for who asks before he writes it.

    In a flood most of these mails are refused, and to write one takes longer than to ask. `is_new`: the ticket has no
    mail in the outbox yet, and no sign speaks against the address; only the other limits are asked then.
    """
    canonical = canonical_address(recipient)
    domain = canonical.rpartition("@")[2]
    if is_new:
        refused = refusal(tx, recipient=canonical, domain=domain, now=now)
    else:
        refused = _limit_reached(tx, canonical, ladder(tx, ticket_id=ticket_id, recipient=canonical, now=now), now)
    if refused:
        events.outgoing_limited(domain, refused.limit)
    return refused


def _full_step(tx: Tx, outgoing: Outgoing, recipient: str, now: datetime) -> Step | None:
    # What tells of an article was caused by a mail that people see; the rest may be one machine's answer to another's.
    if not outgoing.automatic or outgoing.ticket_id is None or outgoing.article_id is not None:
        return None
    return ladder(tx, ticket_id=outgoing.ticket_id, recipient=recipient, now=now)


def _refusal(tx: Tx, outgoing: Outgoing, recipient: str, step: Step | None, now: datetime) -> Refusal | None:
    if outgoing.is_for_the_desk:
        return None
    if outgoing.limited:
        return _limit_reached(tx, recipient, step, now, is_answer=not outgoing.automatic)
    return suppressed(tx, recipient=recipient, is_answer=not outgoing.automatic, now=now)


def _limit_reached(
    tx: Tx, recipient: str, step: Step | None, now: datetime, *, is_answer: bool = False
) -> Refusal | None:
    if step:
        minutes = round(step.window.total_seconds() / 60)
        why = f"there were {step.most} automatic mails of this ticket to this address in {minutes} minutes"
        return Refusal(limit=Limit.TICKET, why=f"{why}, and more are not sent")
    refused = suppressed(tx, recipient=recipient, is_answer=is_answer, now=now)
    return refused or refusal(tx, recipient=recipient, domain=recipient.rpartition("@")[2], now=now)
