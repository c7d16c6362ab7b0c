"""SQL for the files of a whole ticket, which agents know by their numbers: in the order in which they came."""

from dataclasses import dataclass

from sqlalchemy import bindparam, func, select

from gateway.model import StoredAttachment
from gateway.store.db import Tx
from gateway.store.prepared import Prepared
from gateway.store.schema.ticket import ArticleRow, AttachmentRow, BlobRow

_FILES_OF_TICKET = (
    select(
        AttachmentRow.sha256,
        AttachmentRow.filename,
        AttachmentRow.content_type,
        BlobRow.size,
        AttachmentRow.inline,
        AttachmentRow.content_id,
    )
    .join(ArticleRow, ArticleRow.id == AttachmentRow.article_id)
    .join(BlobRow, BlobRow.sha256 == AttachmentRow.sha256)
    .where(ArticleRow.ticket_id == bindparam("ticket_id"))
    .order_by(AttachmentRow.id)
)
_NUMBERED = _FILES_OF_TICKET.limit(1).offset(bindparam("before"))
_FIRST = select(func.min(AttachmentRow.id)).where(AttachmentRow.article_id == bindparam("article_id")).scalar_subquery()
_COUNT = (
    select(func.count())
    .select_from(AttachmentRow)
    .join(ArticleRow, ArticleRow.id == AttachmentRow.article_id)
    .where(ArticleRow.ticket_id == bindparam("ticket_id"))
)
_BEFORE = Prepared(_COUNT.where(AttachmentRow.id < _FIRST))


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedFile:
    """A file of a ticket, and how many the ticket has."""

    file: StoredAttachment | None
    """None where the ticket has no file of this number."""
    count: int


def file_by_number(tx: Tx, ticket_id: int, number: int) -> NumberedFile:
    """The file of a ticket with this number, from 1."""
    count = tx.execute(_COUNT, {"ticket_id": ticket_id}).scalar_one()
    if not 1 <= number <= count:
        return NumberedFile(file=None, count=count)
    row = tx.execute(_NUMBERED, {"ticket_id": ticket_id, "before": number - 1}).one()
    return NumberedFile(file=StoredAttachment(**row._mapping), count=count)


def first_number(tx: Tx, ticket_id: int, article_id: int) -> int:
    """The number of the first file of an article that has files."""
    before: int = _BEFORE.scalar(tx, ticket_id=ticket_id, article_id=article_id)
    return before + 1
