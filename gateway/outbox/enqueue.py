"""The one door out (I4): who wants a mail sent puts it here, in the transaction that gives the reason for it."""

from datetime import datetime

from gateway import events
from gateway.outbox.as_json import to_json
from gateway.outbox.limits import Refusal, refusal
from gateway.outbox.outgoing import Outgoing
from gateway.store import outbox as store
from gateway.store.db import Tx
from gateway.tokens import canonical_address


def enqueue(tx: Tx, outgoing: Outgoing, now: datetime, *, not_before: datetime | None = None) -> Refusal | None:
    """Queue a mail, to leave once the transaction is committed, or later at `not_before`; `wake` the `Deliverer`.

    A mail that is `limited` and would pass a limit is not queued: the answer says why, and the caller writes it into
    the ticket's story.
    """
    recipient = canonical_address(outgoing.recipient.address)
    domain = recipient.rpartition("@")[2]
    if outgoing.limited:
        refused = refusal(tx, recipient=recipient, domain=domain, now=now)
        if refused:
            events.outgoing_limited(domain, refused.limit)
            return refused
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
