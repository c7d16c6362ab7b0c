"""The one door out (I4): who wants a mail sent puts it here, in the transaction that gives the reason for it."""

from datetime import datetime

from gateway import events
from gateway.outbox.as_json import to_json
from gateway.outbox.limits import Limit, Refusal, Step, ladder, refusal, suppressed
from gateway.outbox.outgoing import Outgoing
from gateway.store import outbox as store
from gateway.store.db import Tx
from gateway.tokens import canonical_address


def enqueue(tx: Tx, outgoing: Outgoing, now: datetime, *, not_before: datetime | None = None) -> Refusal | None:
    """Queue a mail, to leave once the transaction is committed, or later at `not_before`; `wake` the `Deliverer`.

    A mail that is `limited` and would pass a limit is not queued, nor is one to an address that does not take our mail:
    the answer says why, and the caller writes it into the ticket's story. An agent who gets too many mails of one
    ticket that tell of no article gets the next one later.
    """
    recipient = canonical_address(outgoing.recipient.address)
    domain = recipient.rpartition("@")[2]
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


def _full_step(tx: Tx, outgoing: Outgoing, recipient: str, now: datetime) -> Step | None:
    # What tells of an article was caused by a mail that people see; the rest may be one machine's answer to another's.
    if not outgoing.automatic or outgoing.ticket_id is None or outgoing.article_id is not None:
        return None
    return ladder(tx, ticket_id=outgoing.ticket_id, recipient=recipient, now=now)


def _refusal(tx: Tx, outgoing: Outgoing, recipient: str, step: Step | None, now: datetime) -> Refusal | None:
    if outgoing.is_for_the_desk:
        return None
    if outgoing.limited and step:
        minutes = round(step.window.total_seconds() / 60)
        why = f"there were {step.most} automatic mails of this ticket to this address in {minutes} minutes"
        return Refusal(limit=Limit.TICKET, why=f"{why}, and more are not sent")
    refused = suppressed(tx, recipient=recipient, is_answer=not outgoing.automatic, now=now)
    if refused or not outgoing.limited:
        return refused
    return refusal(tx, recipient=recipient, domain=recipient.rpartition("@")[2], now=now)
