"""The rows of mail that is to leave: kept, counted, claimed, tried, done.

What must stay true: a row that is `sent` or `failed` never changes again; every read goes through an index and is
bounded, so that its cost does not grow with what was sent before (I10).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, insert, select, text, update

from gateway.store.db import Store, Tx
from gateway.store.prepared import Prepared
from gateway.store.schema.outbox import OutboxRow
from gateway.store.schema.ticket import BlobRow

# Written out, not bound: only then does the planner of SQLite see that the partial indexes hold these rows.
_QUEUED = text("outbox.state = 'queued'")
_LIMITED = text("outbox.limited")


def _some_to(*whom: Any) -> Prepared:
    some = select(OutboxRow.id).where(*whom, _LIMITED, OutboxRow.created_at > bindparam("since"))
    return Prepared(select(func.count()).select_from(some.limit(bindparam("at_most")).subquery()))


_INSERT = Prepared(insert(OutboxRow).returning(OutboxRow.id))
_FINISH = Prepared(update(OutboxRow).where(OutboxRow.id == bindparam("row_id"), _QUEUED))
_TO_ADDRESS = _some_to(OutboxRow.recipient == bindparam("whom"))
_TO_DOMAIN = _some_to(OutboxRow.recipient_domain == bindparam("whom"))
_TO_ALL = _some_to()
_OF_TICKET = Prepared(
    select(OutboxRow.created_at)
    .where(
        OutboxRow.ticket_id == bindparam("ticket_id"),
        OutboxRow.created_at > bindparam("since"),
        OutboxRow.recipient == bindparam("whom"),
        OutboxRow.article_id.is_(None),
        text("outbox.automatic"),
    )
    .order_by(OutboxRow.created_at.desc())
    .limit(bindparam("at_most"))
)
_NEWEST = Prepared(
    select(OutboxRow.id)
    .where(OutboxRow.ticket_id == bindparam("ticket_id"))
    .order_by(OutboxRow.created_at.desc(), OutboxRow.id.desc())
    .limit(1)
)
_HELD_BACK = Prepared(
    select(OutboxRow.id)
    .where(
        OutboxRow.ticket_id == bindparam("ticket_id"),
        OutboxRow.id > bindparam("above"),
        OutboxRow.next_try_at >= bindparam("until"),
        _QUEUED,
    )
    .order_by(OutboxRow.id)
)
_UNTRIED = select(OutboxRow.id).where(_QUEUED, OutboxRow.tries == 0, OutboxRow.claimed_by.is_(None))
_LEAVES_AT = Prepared(
    select(OutboxRow.next_try_at).where(
        OutboxRow.message_id == bindparam("message_id"), _QUEUED, OutboxRow.last_text.is_(None), OutboxRow.tries == 0
    )
)
_BY_MESSAGE_ID = Prepared(
    select(OutboxRow.ticket_id, OutboxRow.recipient, OutboxRow.automatic, OutboxRow.outgoing).where(
        OutboxRow.message_id == bindparam("message_id")
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMail:
    """A row to be; `recipient` in its canonical form, by which limits count."""

    message_id: str
    ticket_id: int | None
    article_id: int | None
    recipient: str
    recipient_domain: str
    mail_from: str
    outgoing: str
    automatic: bool
    limited: bool
    created_at: datetime
    not_before: datetime
    """When it may be tried first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedMail:
    """A row that this process has in work until `claimed_until`."""

    id: int
    outgoing: str
    created_at: datetime
    claimed_until: datetime
    tries: int
    """This one included."""
    maybe_sent: bool
    """An earlier try ended without a record, because its process died: the mail may have left already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxMail:
    """A row as operators see it."""

    id: int
    message_id: str
    ticket_id: int | None
    recipient: str
    state: str
    created_at: datetime
    tries: int
    next_try_at: datetime
    last_code: int | None
    last_text: str | None
    done_at: datetime | None
    outgoing: str


def insert_mail(tx: Tx, mail: NewMail) -> int:
    """Queue a mail; its id."""
    values = {
        "message_id": mail.message_id,
        "ticket_id": mail.ticket_id,
        "article_id": mail.article_id,
        "recipient": mail.recipient,
        "recipient_domain": mail.recipient_domain,
        "mail_from": mail.mail_from,
        "outgoing": mail.outgoing,
        "automatic": mail.automatic,
        "limited": mail.limited,
        "state": "queued",
        "created_at": mail.created_at,
        "tries": 0,
        "next_try_at": mail.not_before,
    }
    row_id: int = _INSERT.scalar(tx, **values)
    return row_id


def count_to_address(tx: Tx, recipient: str, *, since: datetime, at_most: int) -> int:
    """How many limited mails were queued for an address since then; counting ends at `at_most`."""
    return int(_TO_ADDRESS.scalar(tx, since=since, at_most=at_most, whom=recipient))


def count_to_domain(tx: Tx, domain: str, *, since: datetime, at_most: int) -> int:
    """The same for all addresses of a domain."""
    return int(_TO_DOMAIN.scalar(tx, since=since, at_most=at_most, whom=domain))


def count_to_all(tx: Tx, *, since: datetime, at_most: int) -> int:
    """The same for everybody."""
    return int(_TO_ALL.scalar(tx, since=since, at_most=at_most))


def automatic_times(tx: Tx, ticket_id: int, recipient: str, *, since: datetime, at_most: int) -> list[datetime]:
    """When automatic mails of a ticket that tell of no article were queued for an address, the newest first."""
    found = _OF_TICKET.all(tx, ticket_id=ticket_id, whom=recipient, since=since, at_most=at_most)
    return [row.created_at for row in found]


def answer_of(tx: Tx, message_id: str, *, ticket_id: int, recipient: str) -> str:
    """The `outgoing` of an agent's answer that had this Message-ID, if it was of this ticket and to him; else ""."""
    row = _BY_MESSAGE_ID.first(tx, message_id=message_id)
    is_it = row is not None and not row.automatic and (row.ticket_id, row.recipient) == (ticket_id, recipient)
    return str(row.outgoing) if is_it else ""


def claim(store: Store, *, limit: int, now: datetime, lease: timedelta) -> list[ClaimedMail]:
    """Take up to `limit` due mails for this process, longest due first, until the lease ends or they are recorded."""
    with store.transaction() as tx:
        rows = tx.execute(_due(store, limit, now)).all()
        if not rows:
            return []
        tx.execute(
            update(OutboxRow)
            .where(OutboxRow.id.in_([row.id for row in rows]))
            .values(claimed_by=store.owner, claimed_until=now + lease, tries=OutboxRow.tries + 1)
        )
    return [
        ClaimedMail(
            id=row.id,
            outgoing=row.outgoing,
            created_at=row.created_at,
            claimed_until=now + lease,
            tries=row.tries + 1,
            # Every recorded try leaves its text; a claim that ended otherwise leaves its owner or a try without text.
            maybe_sent=row.claimed_by is not None or (row.tries > 0 and row.last_text is None),
        )
        for row in rows
    ]


def record_sent(tx: Tx, row_id: int, *, code: int | None, text: str, at: datetime) -> None:
    """The mail is gone. Whoever holds the row by now: it was sent, and must not be sent again."""
    _finish(tx, row_id, "sent", code, text, at)


def record_failed(tx: Tx, row_id: int, *, code: int | None, text: str, at: datetime) -> bool:
    """The mail will not be tried again; False where somebody else ended it before."""
    return _finish(tx, row_id, "failed", code, text, at)


def record_deferred(
    tx: Tx, row_id: int, owner: str, *, code: int | None, text: str, next_try_at: datetime, counts: bool = True
) -> None:
    """The mail is tried again at that time; nothing happens where the claim was lost.

    A try that does not count does not make later pauses longer.
    """
    tx.execute(
        update(OutboxRow)
        .where(OutboxRow.id == row_id, OutboxRow.claimed_by == owner, _QUEUED)
        .values(
            next_try_at=next_try_at,
            last_code=code,
            last_text=text,
            claimed_by=None,
            claimed_until=None,
            tries=OutboxRow.tries if counts else OutboxRow.tries - 1,
        )
    )


def newest_of_ticket(tx: Tx, ticket_id: int) -> int:
    """The id of the newest mail of a ticket, 0 where it has none."""
    return int(_NEWEST.scalar(tx, ticket_id=ticket_id) or 0)


def held_back(tx: Tx, ticket_id: int, *, above: int, until: datetime) -> list[int]:
    """The mails of a ticket with higher ids than this one that may not leave before then."""
    return [row.id for row in _HELD_BACK.all(tx, ticket_id=ticket_id, above=above, until=until)]


def leaves_at(tx: Tx, message_id: str) -> datetime | None:
    """When a mail may leave first, if nothing has been tried yet; None for all others."""
    at: datetime | None = _LEAVES_AT.scalar(tx, message_id=message_id)
    return at


def can_withdraw(tx: Tx, row_ids: Sequence[int]) -> bool:
    """Has none of these mails left, and is none just leaving? Where it is so, it stays so until this transaction ends.

    Who delivers claims a row before he tries it, and passes over rows that are locked; so a row that is queued, in
    nobody's hands and untried here stays so.
    """
    rows = tx.execute(_UNTRIED.where(OutboxRow.id.in_(row_ids)).order_by(OutboxRow.id).with_for_update()).scalars()
    return set(rows) == set(row_ids)


def withdraw(tx: Tx, row_ids: Sequence[int], *, text: str, at: datetime) -> bool:
    """Take mails back, all of them or, where one has left or is just leaving, none; False then."""
    if not can_withdraw(tx, row_ids):
        return False
    tx.execute(
        update(OutboxRow)
        .where(OutboxRow.id.in_(row_ids), _QUEUED)
        .values(state="cancelled", last_text=text, done_at=at)
    )
    return True


def release(tx: Tx, row_ids: Sequence[int], owner: str) -> None:
    """Give back claims that led to no try."""
    tx.execute(
        update(OutboxRow)
        .where(OutboxRow.id.in_(row_ids), OutboxRow.claimed_by == owner, _QUEUED)
        .values(claimed_by=None, claimed_until=None, tries=OutboxRow.tries - 1)
    )


def retry(tx: Tx, row_ids: Sequence[int], *, now: datetime) -> int:
    """Let these queued mails be tried now; where no ids are given, all that were tried before; how many.

    What was never tried waits on purpose: its author may still take it back.
    """
    statement = update(OutboxRow).where(_QUEUED, OutboxRow.next_try_at > now, OutboxRow.claimed_by.is_(None))
    statement = statement.where(OutboxRow.id.in_(row_ids) if row_ids else OutboxRow.last_text.is_not(None))
    return tx.execute(statement.values(next_try_at=now)).rowcount


def queued(tx: Tx, *, limit: int) -> list[OutboxMail]:
    """The mails that wait, longest due first."""
    found = tx.execute(_SEEN.where(_QUEUED).order_by(OutboxRow.next_try_at, OutboxRow.id).limit(limit))
    return [_seen(row) for row in found]


def blobs(tx: Tx, digests: Sequence[str]) -> dict[str, bytes]:
    """The bytes of attachments by their SHA-256; what is no longer kept is not in it."""
    if not digests:
        return {}
    rows = tx.execute(select(BlobRow.sha256, BlobRow.content).where(BlobRow.sha256.in_(digests)))
    return {row.sha256: row.content for row in rows}


_SEEN = select(
    OutboxRow.id,
    OutboxRow.message_id,
    OutboxRow.ticket_id,
    OutboxRow.recipient,
    OutboxRow.state,
    OutboxRow.created_at,
    OutboxRow.tries,
    OutboxRow.next_try_at,
    OutboxRow.last_code,
    OutboxRow.last_text,
    OutboxRow.done_at,
    OutboxRow.outgoing,
)


def _seen(row: Row[*tuple[Any, ...]]) -> OutboxMail:
    return OutboxMail(**row._mapping)


def _due(store: Store, limit: int, now: datetime) -> Select[*tuple[Any, ...]]:
    due = (
        select(
            OutboxRow.id,
            OutboxRow.outgoing,
            OutboxRow.created_at,
            OutboxRow.tries,
            OutboxRow.claimed_by,
            OutboxRow.last_text,
        )
        .where(
            _QUEUED,
            OutboxRow.next_try_at <= now,
            (OutboxRow.claimed_until.is_(None)) | (OutboxRow.claimed_until <= now),
        )
        .order_by(OutboxRow.next_try_at, OutboxRow.id)
        .limit(limit)
    )
    return due if store.is_sqlite else due.with_for_update(skip_locked=True)


def _finish(tx: Tx, row_id: int, state: str, code: int | None, text: str, at: datetime) -> bool:
    values = {"row_id": row_id, "state": state, "last_code": code, "last_text": text, "done_at": at}
    return _FINISH.run(tx, **values, claimed_by=None, claimed_until=None) == 1
