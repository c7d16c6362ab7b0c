"""What waits in the outbox, and how to hurry it: for operators."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.errors import Permanent
from gateway.outbox.as_json import from_json
from gateway.store import outbox as store
from gateway.store.db import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedMail:
    """A mail that is not gone yet."""

    id: int
    message_id: str
    ticket_id: int | None
    recipient: str
    template: str
    """Which mail it is; "" where the row cannot be read."""
    created_at: datetime
    tries: int
    next_try_at: datetime
    last_code: int | None
    last_text: str
    """What the last try ended with; "" before the first."""


def list_queued(tx: Tx, *, limit: int = 1000) -> list[QueuedMail]:
    """The mails that wait, those first that are due first."""
    return [_queued(mail) for mail in store.queued(tx, limit=limit)]


def retry_now(tx: Tx, ids: Sequence[int], now: datetime) -> int:
    """Let these waiting mails be tried at once, all of them where no ids are given; how many were not due already."""
    return store.retry(tx, ids, now=now)


def _queued(mail: store.OutboxMail) -> QueuedMail:
    try:
        template = from_json(mail.outgoing).template
    except Permanent:
        template = ""
    return QueuedMail(
        id=mail.id,
        message_id=mail.message_id,
        ticket_id=mail.ticket_id,
        recipient=mail.recipient,
        template=template,
        created_at=mail.created_at,
        tries=mail.tries,
        next_try_at=mail.next_try_at,
        last_code=mail.last_code,
        last_text=mail.last_text or "",
    )
