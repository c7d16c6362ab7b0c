"""SQL for tickets, their articles, attachments, events and the message ids that lead to them.

Statements are made once; those that run for every mail are compiled once, too (`store.prepared`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, exists, insert, or_, select, update

from gateway.model import Article, ArticleKind, Event, Priority, StoredAttachment, Ticket, TicketState
from gateway.store import large
from gateway.store.db import Tx
from gateway.store.prepared import Prepared
from gateway.store.schema.held import HeldDigestRow
from gateway.store.schema.ticket import ArticleRow, AttachmentRow, BlobRow, EventRow, ThreadRow, TicketRow
from gateway.store.upsert import OnEach
from gateway.tokens import canonical_address

MAX_HOLDERS = 50
"""Tickets that are looked at for one message id."""
MAX_LOOKED_AT = 50
"""Tickets of one correspondent that are looked at: many unproven ones may be of somebody who uses his name."""

_TICKET = select(TicketRow.__table__)
_BY_ID = _TICKET.where(TicketRow.id == bindparam("ticket_id"))
_TICKET_BY_ID = Prepared(_BY_ID)
# Not against foreign keys that point to the ticket (FOR KEY SHARE): those only want it to stay.
_LOCKED_TICKET = Prepared(_BY_ID.with_for_update(key_share=True))
_TICKET_BY_REF = Prepared(_TICKET.where(TicketRow.ref == bindparam("ref")))
_HAS_REF = Prepared(
    select(or_(*(exists().where(table.ref == bindparam("ref")) for table in (TicketRow, HeldDigestRow))))
)
_SOME_TICKETS = (
    select(TicketRow.confirmed).where(TicketRow.correspondent == bindparam("correspondent")).limit(MAX_LOOKED_AT)
).subquery()
_CONFIRMED = Prepared(select(_SOME_TICKETS.c.confirmed).where(_SOME_TICKETS.c.confirmed).limit(1))
# Without an order, so that no more rows are read than are taken: some programs give all their mails the same id.
_BY_MESSAGE_ID = Prepared(
    _TICKET.where(
        TicketRow.id.in_(
            select(ThreadRow.ticket_id).where(ThreadRow.message_id == bindparam("message_id")).limit(MAX_HOLDERS)
        )
    )
)
_OTHERS = (
    select(TicketRow.id, TicketRow.state, TicketRow.subject, TicketRow.opened_at)
    .where(TicketRow.id != bindparam("ticket_id"))
    .order_by(TicketRow.id.desc())
    .limit(bindparam("limit"))
)
_OTHERS_OF_ACCOUNT = Prepared(_OTHERS.where(TicketRow.account_id == bindparam("account_id")))
_OTHERS_OF_CORRESPONDENT = Prepared(_OTHERS.where(TicketRow.correspondent == bindparam("correspondent")))
_LEADS_TO = Prepared(
    select(ThreadRow.id)
    .where(ThreadRow.message_id == bindparam("message_id"), ThreadRow.ticket_id == bindparam("ticket_id"))
    .limit(1)
)
_ARTICLES = (
    select(ArticleRow.__table__).where(ArticleRow.ticket_id == bindparam("ticket_id")).order_by(ArticleRow.id.desc())
)
_MESSAGE_IDS = (
    select(ArticleRow.kind, ArticleRow.author, ArticleRow.message_id)
    .where(ArticleRow.ticket_id == bindparam("ticket_id"))
    .order_by(ArticleRow.id.desc())
    .limit(bindparam("newest"))
)
_NEWEST_ARTICLES = Prepared(_ARTICLES.limit(bindparam("newest")))
_ATTACHMENTS = Prepared(
    select(
        AttachmentRow.sha256,
        AttachmentRow.filename,
        AttachmentRow.content_type,
        BlobRow.size,
        AttachmentRow.inline,
        AttachmentRow.content_id,
    )
    .join(BlobRow, BlobRow.sha256 == AttachmentRow.sha256)
    .where(AttachmentRow.article_id == bindparam("article_id"))
    .order_by(AttachmentRow.id)
)
_DIGESTS = select(AttachmentRow.sha256).where(
    AttachmentRow.article_id.in_(
        select(ArticleRow.id)
        .where(ArticleRow.ticket_id == bindparam("ticket_id"))
        .order_by(ArticleRow.id.desc())
        .limit(bindparam("newest"))
    )
)
_BLOB = select(BlobRow.content).where(BlobRow.sha256 == bindparam("sha256"))
_INSERT_TICKET = Prepared(insert(TicketRow).returning(TicketRow.id))
_UPDATE_TICKET = Prepared(update(TicketRow).where(TicketRow.id == bindparam("ticket_id")))
_INSERT_ARTICLE = Prepared(insert(ArticleRow).returning(ArticleRow.id))
_INSERT_ATTACHMENT = Prepared(insert(AttachmentRow))
_INSERT_BLOB = OnEach(lambda insert: Prepared(insert(BlobRow).on_conflict_do_nothing()))
_INSERT_THREAD = Prepared(insert(ThreadRow))
_INSERT_EVENT = Prepared(insert(EventRow))


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherTicket:
    """What is told of a customer's other tickets."""

    id: int
    state: TicketState
    subject: str
    opened_at: datetime


def ticket_of(row: Any) -> Ticket:
    """The ticket that a whole row of its table holds."""
    fields: dict[str, Any] = dict(row._mapping)
    return Ticket(**fields | {"state": TicketState(fields["state"]), "priority": Priority(fields["priority"])})


def _article(row: Any) -> Article:
    fields: dict[str, Any] = dict(row._mapping)
    return Article(**fields | {"kind": ArticleKind(fields["kind"])})


def _first_ticket(tx: Tx, statement: Prepared, **values: int) -> Ticket | None:
    row = statement.first(tx, **values)
    return None if row is None else ticket_of(row)


def ticket_by_id(tx: Tx, ticket_id: int) -> Ticket | None:
    """The ticket with this number."""
    return _first_ticket(tx, _TICKET_BY_ID, ticket_id=ticket_id)


def locked_ticket(tx: Tx, ticket: Ticket) -> Ticket:
    """The ticket as it is now, for who is about to change it: nobody else does until this transaction ends."""
    if tx.dialect.name == "sqlite":  # there is only one writer: it is what was read
        return ticket
    return _first_ticket(tx, _LOCKED_TICKET, ticket_id=ticket.id) or ticket


def ticket_by_ref(tx: Tx, ref: int) -> Ticket | None:
    """The ticket with this public reference."""
    return _first_ticket(tx, _TICKET_BY_REF, ref=ref)


def tickets_by_message_id(tx: Tx, message_id: str) -> list[Ticket]:
    """The tickets that a message id leads to; of very many, some."""
    return [ticket_of(row) for row in _BY_MESSAGE_ID.all(tx, message_id=message_id)]


def insert_ticket(
    tx: Tx,
    *,
    ref: int,
    subject: str,
    correspondent: str,
    correspondent_name: str,
    confirmed: bool,
    account_id: str | None,
    shop_id: str | None,
    language: str,
    at: datetime,
    due_at: datetime | None = None,
    topic: str = "",
    team: str = "",
    reported_by: str = "",
) -> Ticket:
    """Open a ticket, which waits for us from then on; its number is the next one."""
    values = {
        "ref": ref,
        "state": TicketState.NEW.value,
        "subject": subject,
        "correspondent": correspondent,
        "correspondent_name": correspondent_name,
        "confirmed": confirmed,
        "account_id": account_id,
        "shop_id": shop_id,
        "language": language,
        "opened_at": at,
        "updated_at": at,
        "topic": topic,
        "team": team,
        "priority": Priority.NORMAL.value,
        "waiting_since": at,
        "due_at": due_at,
        "reported_by": reported_by,
    }
    ticket_id: int = _INSERT_TICKET.scalar(tx, **values)
    return Ticket(
        id=ticket_id,
        ref=ref,
        state=TicketState.NEW,
        subject=subject,
        correspondent=correspondent,
        correspondent_name=correspondent_name,
        confirmed=confirmed,
        account_id=account_id,
        shop_id=shop_id,
        language=language,
        assignee=None,
        opened_at=at,
        updated_at=at,
        closed_at=None,
        topic=topic,
        team=team,
        waiting_since=at,
        due_at=due_at,
        reported_by=reported_by,
    )


def is_ref_free(tx: Tx, ref: int) -> bool:
    """Has no ticket this public reference, and no digest of held mail?"""
    return not _HAS_REF.scalar(tx, ref=ref)


def update_ticket(tx: Tx, ticket: Ticket) -> None:
    """Write where the ticket stands now: all of it that may change."""
    _UPDATE_TICKET.run(
        tx,
        state=ticket.state.value,
        account_id=ticket.account_id,
        shop_id=ticket.shop_id,
        language=ticket.language,
        assignee=ticket.assignee,
        closed_at=ticket.closed_at,
        team=ticket.team,
        topic=ticket.topic,
        priority=ticket.priority.value,
        waiting_since=ticket.waiting_since,
        due_at=ticket.due_at,
        wait_until=ticket.wait_until,
        updated_at=ticket.updated_at,
        ticket_id=ticket.id,
    )


def insert_article(
    tx: Tx,
    *,
    ticket_id: int,
    entry_id: str | None,
    kind: ArticleKind,
    at: datetime,
    author: str,
    author_name: str,
    confirmed: bool,
    message_id: str,
    subject: str,
    text: str,
    reply: str,
    defects: tuple[str, ...] = (),
) -> int:
    """Add an article; its id."""
    values = {
        "ticket_id": ticket_id,
        "entry_id": entry_id,
        "kind": kind.value,
        "at": at,
        "author": author,
        "author_name": author_name,
        "confirmed": confirmed,
        "message_id": message_id,
        "subject": subject,
        "text": text,
        "reply": reply,
        "defects": defects,
    }
    article_id: int = _INSERT_ARTICLE.scalar(tx, **values)
    return article_id


def insert_blob(tx: Tx, sha256: str, content: bytes) -> None:
    """Keep bytes under their digest, once."""
    if large.is_large(tx, len(content)):
        large.insert_blob(tx, sha256, content)
    else:
        _INSERT_BLOB[tx.dialect.name].run(tx, sha256=sha256, size=len(content), content=content)


def insert_attachment(tx: Tx, article_id: int, attachment: StoredAttachment) -> None:
    """Add a file to an article; its bytes must be kept already."""
    values = {
        "article_id": article_id,
        "sha256": attachment.sha256,
        "filename": attachment.filename,
        "content_type": attachment.content_type,
        "inline": attachment.inline,
        "content_id": attachment.content_id,
    }
    _INSERT_ATTACHMENT.run(tx, **values)


def blob(tx: Tx, sha256: str) -> bytes | None:
    """The bytes with this digest."""
    content: bytes | None = tx.execute(_BLOB, {"sha256": sha256}).scalar()
    return content


def insert_thread(tx: Tx, ticket_id: int, *, seen: Iterable[str], referred: Iterable[str]) -> None:
    """From now on these message ids lead to the ticket.

    Each at most twice, as seen and as referred to: in a long thread every mail refers to the same ones.
    """
    own = [message_id for message_id in seen if message_id]
    others = [
        message_id
        for message_id in dict.fromkeys(referred)
        if message_id not in own and _LEADS_TO.first(tx, message_id=message_id, ticket_id=ticket_id) is None
    ]
    rows = [{"message_id": message_id, "ticket_id": ticket_id, "seen": True} for message_id in own]
    rows += [{"message_id": message_id, "ticket_id": ticket_id, "seen": False} for message_id in others]
    if rows:
        _INSERT_THREAD.run_many(tx, rows)


def insert_event(tx: Tx, ticket_id: int, *, at: datetime, kind: str, actor: str, detail: str) -> None:
    """Add a line to the ticket's story."""
    _INSERT_EVENT.run(tx, ticket_id=ticket_id, at=at, kind=kind, actor=actor, detail=detail)


def thread_of(tx: Tx, ticket_id: int, correspondent: str, *, newest: int) -> list[str]:
    """The message ids of the last mails between a ticket's correspondent and us, oldest first.

    Mail of others is left out: he never had it.
    """
    rows = tx.execute(_MESSAGE_IDS, {"ticket_id": ticket_id, "newest": newest})
    return [row.message_id for row in rows if _is_between(row, correspondent)][::-1]


def _is_between(row: Row[*tuple[Any, ...]], correspondent: str) -> bool:
    if row.kind == ArticleKind.OUT:
        return bool(row.message_id)
    return bool(row.message_id) and row.kind == ArticleKind.IN and canonical_address(row.author) == correspondent


def articles(tx: Tx, ticket_id: int, *, newest: int | None = None) -> list[Article]:
    """The articles of a ticket, oldest first; with `newest`, only the last so many."""
    if newest is None:
        rows: Iterable[Any] = tx.execute(_ARTICLES, {"ticket_id": ticket_id})
    else:
        rows = _NEWEST_ARTICLES.all(tx, ticket_id=ticket_id, newest=newest)
    return [_article(row) for row in rows][::-1]


def digests(tx: Tx, ticket_id: int, *, newest: int) -> frozenset[str]:
    """The digests of all files in the last so many articles of a ticket."""
    return frozenset(tx.execute(_DIGESTS, {"ticket_id": ticket_id, "newest": newest}).scalars())


def attachments(tx: Tx, article_id: int) -> list[StoredAttachment]:
    """The files of an article."""
    return [StoredAttachment(**row._mapping) for row in _ATTACHMENTS.all(tx, article_id=article_id)]


def events(tx: Tx, ticket_id: int) -> list[Event]:
    """The ticket's story, from its beginning."""
    rows = tx.execute(
        select(EventRow.at, EventRow.kind, EventRow.actor, EventRow.detail)
        .where(EventRow.ticket_id == ticket_id)
        .order_by(EventRow.id)
    )
    return [Event(**row._mapping) for row in rows]


def list_tickets(tx: Tx, *, states: Sequence[TicketState], limit: int, topic: str = "", team: str = "") -> list[Ticket]:
    """Tickets in these states, the ones touched last first; of this topic and this team, where they are named."""
    wanted = _TICKET.where(TicketRow.state.in_([state.value for state in states]))
    wanted = wanted.where(TicketRow.topic == topic) if topic else wanted
    wanted = wanted.where(TicketRow.team == team) if team else wanted
    rows = tx.execute(wanted.order_by(TicketRow.updated_at.desc(), TicketRow.id.desc()).limit(limit))
    return [ticket_of(row) for row in rows]


def tickets_of_account(tx: Tx, account_id: str, *, limit: int) -> list[Ticket]:
    """The newest tickets of an account."""
    rows = tx.execute(_TICKET.where(TicketRow.account_id == account_id).order_by(TicketRow.id.desc()).limit(limit))
    return [ticket_of(row) for row in rows]


def other_tickets(tx: Tx, ticket: Ticket, *, limit: int) -> list[OtherTicket]:
    """The newest other tickets of this one's account, or of its correspondent where it has no account."""
    if ticket.account_id:
        rows = _OTHERS_OF_ACCOUNT.all(tx, ticket_id=ticket.id, account_id=ticket.account_id, limit=limit)
    elif ticket.correspondent:
        rows = _OTHERS_OF_CORRESPONDENT.all(tx, ticket_id=ticket.id, correspondent=ticket.correspondent, limit=limit)
    else:
        rows = []
    return [
        OtherTicket(id=row.id, state=TicketState(row.state), subject=row.subject, opened_at=row.opened_at)
        for row in rows
    ]


def has_confirmed_ticket(tx: Tx, correspondent: str) -> bool:
    """Did this address write a mail before that was proven to be its own? Some of its tickets are looked at."""
    return _CONFIRMED.first(tx, correspondent=correspondent) is not None


def newest_ticket_of(tx: Tx, correspondent: str) -> Ticket | None:
    """The ticket that this address opened last."""
    row = tx.execute(_TICKET.where(TicketRow.correspondent == correspondent).order_by(TicketRow.id.desc()).limit(1))
    found = row.first()
    return None if found is None else ticket_of(found)
