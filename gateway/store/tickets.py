"""SQL for tickets, their articles, attachments, events and the message ids that lead to them."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Row, Select, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.model import Article, ArticleKind, Event, StoredAttachment, Ticket, TicketState
from gateway.store.db import Tx
from gateway.store.schema import ArticleRow, AttachmentRow, BlobRow, EventRow, ThreadRow, TicketRow

_TICKET = select(TicketRow.__table__)
_ARTICLE = select(ArticleRow.__table__)


def _ticket(row: Row[tuple[object, ...]]) -> Ticket:
    fields = dict(row._mapping)
    return Ticket(**fields | {"state": TicketState(fields["state"])})


def _article(row: Row[tuple[object, ...]]) -> Article:
    fields = dict(row._mapping)
    return Article(**fields | {"kind": ArticleKind(fields["kind"])})


def _first_ticket(tx: Tx, statement: Select[tuple[object, ...]]) -> Ticket | None:
    row = tx.execute(statement).first()
    return None if row is None else _ticket(row)


def ticket_by_id(tx: Tx, ticket_id: int) -> Ticket | None:
    """The ticket with this number."""
    return _first_ticket(tx, _TICKET.where(TicketRow.id == ticket_id))


def ticket_by_ref(tx: Tx, ref: int) -> Ticket | None:
    """The ticket with this public reference."""
    return _first_ticket(tx, _TICKET.where(TicketRow.ref == ref))


def tickets_by_message_ids(tx: Tx, message_ids: Sequence[str]) -> dict[str, int]:
    """For each message id that leads to tickets: the newest such ticket's number."""
    if not message_ids:
        return {}
    rows = tx.execute(
        select(ThreadRow.message_id, func.max(ThreadRow.ticket_id))
        .where(ThreadRow.message_id.in_(message_ids))
        .group_by(ThreadRow.message_id)
    )
    return {row[0]: row[1] for row in rows}


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
) -> Ticket:
    """Open a ticket; its number is the next one."""
    statement = (
        insert(TicketRow)
        .values(
            ref=ref,
            state=TicketState.NEW.value,
            subject=subject,
            correspondent=correspondent,
            correspondent_name=correspondent_name,
            confirmed=confirmed,
            account_id=account_id,
            shop_id=shop_id,
            language=language,
            opened_at=at,
            updated_at=at,
        )
        .returning(TicketRow.id)
    )
    ticket_id: int = tx.execute(statement).scalar_one()
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
    )


def is_ref_free(tx: Tx, ref: int) -> bool:
    """Has no ticket this public reference?"""
    return tx.execute(select(TicketRow.id).where(TicketRow.ref == ref)).first() is None


def update_ticket(
    tx: Tx, ticket_id: int, *, state: TicketState, assignee: str | None, closed_at: datetime | None, at: datetime
) -> None:
    """Write where the ticket stands now."""
    tx.execute(
        update(TicketRow)
        .where(TicketRow.id == ticket_id)
        .values(state=state.value, assignee=assignee, closed_at=closed_at, updated_at=at)
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
    statement = (
        insert(ArticleRow)
        .values(
            ticket_id=ticket_id,
            entry_id=entry_id,
            kind=kind.value,
            at=at,
            author=author,
            author_name=author_name,
            confirmed=confirmed,
            message_id=message_id,
            subject=subject,
            text=text,
            reply=reply,
            defects=defects,
        )
        .returning(ArticleRow.id)
    )
    article_id: int = tx.execute(statement).scalar_one()
    return article_id


def insert_blob(tx: Tx, sha256: str, content: bytes) -> None:
    """Keep bytes under their digest, once."""
    dialect = sqlite if tx.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(BlobRow).values(sha256=sha256, size=len(content), content=content)
    tx.execute(statement.on_conflict_do_nothing())


def insert_attachment(tx: Tx, article_id: int, attachment: StoredAttachment) -> None:
    """Add a file to an article; its bytes must be kept already."""
    tx.execute(
        insert(AttachmentRow).values(
            article_id=article_id,
            sha256=attachment.sha256,
            filename=attachment.filename,
            content_type=attachment.content_type,
            inline=attachment.inline,
            content_id=attachment.content_id,
        )
    )


def blob(tx: Tx, sha256: str) -> bytes | None:
    """The bytes with this digest."""
    content: bytes | None = tx.execute(select(BlobRow.content).where(BlobRow.sha256 == sha256)).scalar()
    return content


def insert_thread(tx: Tx, ticket_id: int, *, seen: Iterable[str], referred: Iterable[str]) -> None:
    """From now on these message ids lead to the ticket."""
    own = [message_id for message_id in seen if message_id]
    rows = [{"message_id": message_id, "ticket_id": ticket_id, "seen": True} for message_id in own]
    rows += [
        {"message_id": message_id, "ticket_id": ticket_id, "seen": False}
        for message_id in dict.fromkeys(referred)
        if message_id not in own
    ]
    if rows:
        tx.execute(insert(ThreadRow), rows)


def insert_event(tx: Tx, ticket_id: int, *, at: datetime, kind: str, actor: str, detail: str) -> None:
    """Add a line to the ticket's story."""
    tx.execute(insert(EventRow).values(ticket_id=ticket_id, at=at, kind=kind, actor=actor, detail=detail))


def articles(tx: Tx, ticket_id: int, *, newest: int | None = None) -> list[Article]:
    """The articles of a ticket, oldest first; with `newest`, only the last so many."""
    statement = _ARTICLE.where(ArticleRow.ticket_id == ticket_id).order_by(ArticleRow.id.desc())
    if newest is not None:
        statement = statement.limit(newest)
    return [_article(row) for row in tx.execute(statement)][::-1]


def attachments(tx: Tx, article_id: int) -> list[StoredAttachment]:
    """The files of an article."""
    rows = tx.execute(
        select(
            AttachmentRow.sha256,
            AttachmentRow.filename,
            AttachmentRow.content_type,
            BlobRow.size,
            AttachmentRow.inline,
            AttachmentRow.content_id,
        )
        .join(BlobRow, BlobRow.sha256 == AttachmentRow.sha256)
        .where(AttachmentRow.article_id == article_id)
        .order_by(AttachmentRow.id)
    )
    return [StoredAttachment(**row._mapping) for row in rows]


def events(tx: Tx, ticket_id: int) -> list[Event]:
    """The ticket's story, from its beginning."""
    rows = tx.execute(
        select(EventRow.at, EventRow.kind, EventRow.actor, EventRow.detail)
        .where(EventRow.ticket_id == ticket_id)
        .order_by(EventRow.id)
    )
    return [Event(**row._mapping) for row in rows]


def list_tickets(tx: Tx, *, states: Sequence[TicketState], limit: int) -> list[Ticket]:
    """Tickets in these states, the ones touched last first."""
    rows = tx.execute(
        _TICKET.where(TicketRow.state.in_([state.value for state in states]))
        .order_by(TicketRow.updated_at.desc(), TicketRow.id.desc())
        .limit(limit)
    )
    return [_ticket(row) for row in rows]


def tickets_of_account(tx: Tx, account_id: str, *, limit: int) -> list[Ticket]:
    """The newest tickets of an account."""
    rows = tx.execute(_TICKET.where(TicketRow.account_id == account_id).order_by(TicketRow.id.desc()).limit(limit))
    return [_ticket(row) for row in rows]


def has_confirmed_ticket(tx: Tx, correspondent: str) -> bool:
    """Did this address write a mail before that was proven to be its own?"""
    statement = select(TicketRow.id).where(TicketRow.correspondent == correspondent, TicketRow.confirmed).limit(1)
    return tx.execute(statement).first() is not None
