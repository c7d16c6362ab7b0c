"""SQL for topics: the model that was learnt, as one row, and the tickets that it is learnt from."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, exists, func, insert, or_, select, update
from sqlalchemy.orm import aliased

from gateway.model import ArticleKind, TicketState
from gateway.store.db import Tx
from gateway.store.prepared import Prepared
from gateway.store.schema.desk import TopicModelRow
from gateway.store.schema.ticket import ArticleRow, EventRow, TicketRow

THE_ROW = 1
LOOKED_AT = 200_000
"""Newest tickets among which examples are looked for, so that training does not take longer each year."""

_VERSION = Prepared(select(TopicModelRow.version).where(TopicModelRow.id == bindparam("id")))
_ANY_ARTICLE = aliased(ArticleRow)
"""Another name than the one by which the first mail is read, or a question about it would be about that one alone."""
_FIRST_MAIL = (
    select(func.min(_ANY_ARTICLE.id))
    .where(_ANY_ARTICLE.ticket_id == TicketRow.id, _ANY_ARTICLE.kind == ArticleKind.IN.value)
    .scalar_subquery()
)
_OF_TICKET = EventRow.ticket_id == TicketRow.id
_WAS_SET = exists().where(_OF_TICKET, EventRow.kind == "topic", EventRow.actor != "")
_WAS_SPAM = exists().where(_OF_TICKET, EventRow.kind == "spam")
_WAS_ANSWERED = exists().where(_ANY_ARTICLE.ticket_id == TicketRow.id, _ANY_ARTICLE.kind == ArticleKind.OUT.value)
_IS_FINISHED = TicketRow.state.in_((TicketState.SOLVED.value, TicketState.CLOSED.value))


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicLabel:
    """The first mail of a ticket, and the topic that it has."""

    topic: str
    was_set: bool
    """By an agent; else it was guessed, and agents left it at that."""
    correspondent: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptModel:
    """What is known of the model without reading it."""

    version: int
    trained_at: datetime
    mails: int


def model_version(tx: Tx) -> int:
    """Grows with each training; 0 where there was none."""
    row = _VERSION.first(tx, id=THE_ROW)
    return row.version if row else 0


def model_content(tx: Tx) -> str:
    """The model as `topics.model` writes it; there must be one."""
    return str(tx.execute(select(TopicModelRow.content).where(TopicModelRow.id == THE_ROW)).scalar_one())


def kept_model(tx: Tx) -> KeptModel | None:
    """When the model was trained, and on how many mails."""
    columns = (TopicModelRow.version, TopicModelRow.trained_at, TopicModelRow.mails)
    row = tx.execute(select(*columns).where(TopicModelRow.id == THE_ROW)).first()
    return KeptModel(version=row.version, trained_at=row.trained_at, mails=row.mails) if row else None


def keep_model(tx: Tx, content: str, *, mails: int, at: datetime) -> int:
    """Put a new model in the place of the old one; its version."""
    version = model_version(tx) + 1
    values = {"version": version, "trained_at": at, "mails": mails, "content": content}
    changed = tx.execute(update(TopicModelRow).where(TopicModelRow.id == THE_ROW).values(**values))
    if not changed.rowcount:
        tx.execute(insert(TopicModelRow).values(id=THE_ROW, **values))
    return version


def topic_labels(tx: Tx, *, limit: int) -> Iterator[TopicLabel]:
    """The newest tickets whose topic says something: an agent set it, or answered and finished the ticket with it.

    Not those that are spam: their words are not a topic's.
    """
    newest = tx.execute(select(func.max(TicketRow.id))).scalar() or 0
    rows = tx.execute(
        select(
            TicketRow.topic,
            TicketRow.correspondent,
            ArticleRow.subject,
            ArticleRow.reply,
            ArticleRow.text,
            _WAS_SET.label("was_set"),
        )
        .join(ArticleRow, ArticleRow.id == _FIRST_MAIL)
        .where(TicketRow.id > newest - LOOKED_AT, TicketRow.topic != "", or_(_WAS_SET, _IS_FINISHED & _WAS_ANSWERED))
        .where(~_WAS_SPAM)
        .order_by(TicketRow.id.desc())
        .limit(limit)
    )
    for row in rows:
        yield TopicLabel(
            topic=row.topic,
            was_set=bool(row.was_set),
            correspondent=row.correspondent,
            subject=row.subject,
            text=row.reply or row.text,
        )
