"""Tickets and what they are made of."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.schema import Base, partial_index
from gateway.store.types import Identity64, OutsideText, StringList, UtcTime

OF_STRANGERS = "NOT confirmed OR account_id IS NULL"
"""Tickets that no proven customer wrote; said once, because an index is only used where the query says the same."""


class TicketRow(Base):
    """A ticket: `id` is the number for people, `ref` the random 30 bits that tokens carry."""

    __tablename__ = "ticket"

    id: Mapped[int] = mapped_column(Identity64, primary_key=True, autoincrement=True)
    ref: Mapped[int] = mapped_column(BigInteger, unique=True)
    state: Mapped[str] = mapped_column(String(24))
    subject: Mapped[str] = mapped_column(OutsideText)
    correspondent: Mapped[str] = mapped_column(OutsideText)
    correspondent_name: Mapped[str] = mapped_column(OutsideText, default="")
    confirmed: Mapped[bool]
    account_id: Mapped[str | None] = mapped_column(OutsideText)
    """No reference: an account may vanish from its source, and the ticket still says whose it was."""
    shop_id: Mapped[str | None] = mapped_column(OutsideText)
    language: Mapped[str] = mapped_column(String(8))
    assignee: Mapped[str | None] = mapped_column(OutsideText)
    opened_at: Mapped[datetime] = mapped_column(UtcTime)
    updated_at: Mapped[datetime] = mapped_column(UtcTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    team: Mapped[str] = mapped_column(String(60), default="")
    topic: Mapped[str] = mapped_column(String(60), default="")
    priority: Mapped[str] = mapped_column(String(8), default="normal")
    waiting_since: Mapped[datetime | None] = mapped_column(UtcTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcTime)
    wait_until: Mapped[datetime | None] = mapped_column(UtcTime)
    reported_by: Mapped[str] = mapped_column(OutsideText, default="")
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    """Only `store.merges` writes it."""

    __table_args__ = (
        CheckConstraint("priority IN ('low', 'normal', 'high', 'urgent')", name="priority"),
        CheckConstraint(
            "state IN ('new', 'open', 'waiting_for_customer', 'waiting_for_us', 'solved', 'closed')", name="state"
        ),
        Index("ix_ticket_state_updated_at", "state", "updated_at"),
        partial_index("ix_ticket_closed_at", "closed_at", where="closed_at IS NOT NULL"),
        Index("ix_ticket_account_id", "account_id", "id"),
        Index("ix_ticket_correspondent", "correspondent", "id"),
        partial_index("ix_ticket_wait_until", "wait_until", where="wait_until IS NOT NULL"),
        partial_index("ix_ticket_waiting_since", "waiting_since", where="waiting_since IS NOT NULL"),
        partial_index("ix_ticket_strangers_opened_at", "opened_at", where=OF_STRANGERS),
    )


class ParticipantRow(Base):
    """Somebody whom an agent asked, or invited, about a ticket: his reply address is signed for him alone."""

    __tablename__ = "participant"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    address: Mapped[str] = mapped_column(OutsideText, primary_key=True)
    role: Mapped[str] = mapped_column(String(12))
    by: Mapped[str] = mapped_column(OutsideText)
    at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (CheckConstraint("role IN ('colleague', 'specialist', 'invited')", name="role"),)


class ArticleRow(Base):
    """One message inside a ticket."""

    __tablename__ = "article"

    id: Mapped[int] = mapped_column(Identity64, primary_key=True, autoincrement=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    entry_id: Mapped[str | None] = mapped_column(ForeignKey("spool.id"))
    kind: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime] = mapped_column(UtcTime)
    author: Mapped[str] = mapped_column(OutsideText)
    author_name: Mapped[str] = mapped_column(OutsideText)
    confirmed: Mapped[bool]
    message_id: Mapped[str] = mapped_column(OutsideText)
    subject: Mapped[str] = mapped_column(OutsideText)
    text: Mapped[str] = mapped_column(OutsideText)
    reply: Mapped[str] = mapped_column(OutsideText)
    defects: Mapped[tuple[str, ...]] = mapped_column(StringList)

    __table_args__ = (
        CheckConstraint("kind IN ('in', 'out', 'internal', 'withdrawn')", name="kind"),
        Index("ix_article_ticket_id", "ticket_id"),
        Index("ix_article_entry_id", "entry_id", unique=True),
    )


class BlobRow(Base):
    """Bytes of attachments, kept once however often they come."""

    __tablename__ = "blob"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[bytes]


class AttachmentRow(Base):
    """A file of an article."""

    __tablename__ = "attachment"

    id: Mapped[int] = mapped_column(Identity64, primary_key=True, autoincrement=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"))
    sha256: Mapped[str] = mapped_column(ForeignKey("blob.sha256"))
    filename: Mapped[str] = mapped_column(OutsideText)
    content_type: Mapped[str] = mapped_column(OutsideText)
    inline: Mapped[bool]
    content_id: Mapped[str] = mapped_column(OutsideText)

    __table_args__ = (Index("ix_attachment_article_id", "article_id"), Index("ix_attachment_sha256", "sha256"))


class EventRow(Base):
    """Something that happened to a ticket, in words; together they tell its whole story."""

    __tablename__ = "event"

    id: Mapped[int] = mapped_column(Identity64, primary_key=True, autoincrement=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    at: Mapped[datetime] = mapped_column(UtcTime)
    kind: Mapped[str] = mapped_column(String(32))
    actor: Mapped[str] = mapped_column(OutsideText)
    detail: Mapped[str] = mapped_column(OutsideText)

    __table_args__ = (Index("ix_event_ticket_id", "ticket_id"),)


class ActionRow(Base):
    """What one mail of an agent did to a ticket, kept so that he can take it back."""

    __tablename__ = "action"

    id: Mapped[int] = mapped_column(Identity64, primary_key=True, autoincrement=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    agent: Mapped[str] = mapped_column(OutsideText)
    at: Mapped[datetime] = mapped_column(UtcTime)
    until: Mapped[datetime] = mapped_column(UtcTime)
    """Until then it may be taken back."""
    commands: Mapped[tuple[str, ...]] = mapped_column(StringList)
    changes: Mapped[str] = mapped_column(OutsideText)
    """Which fields of the ticket it changed, from what to what, as JSON (`store.actions`)."""
    articles: Mapped[tuple[str, ...]] = mapped_column(StringList)
    """The ids of the articles that it added."""
    mails: Mapped[tuple[str, ...]] = mapped_column(StringList)
    """The ids of the mails in the outbox that wait so that they can be withdrawn."""
    traces: Mapped[tuple[str, ...]] = mapped_column(StringList)
    """What else there is to take back, each as a word and a name: "spam ENTRY", "split TICKET" (`acting.record`)."""
    lasting: Mapped[tuple[str, ...]] = mapped_column(StringList)
    """What was done at once and cannot be taken back, in words."""
    undone_at: Mapped[datetime | None] = mapped_column(UtcTime)

    __table_args__ = (Index("ix_action_ticket_id_agent", "ticket_id", "agent", "id"),)


class ThreadRow(Base):
    """A message id that leads to a ticket: of a mail in it, or one that such a mail only refers to.

    The second kind lets a mail find its ticket although its answer overtook it. Not unique by message id: ids are
    chosen by senders, and two different mails may carry the same one.
    """

    __tablename__ = "thread"

    id: Mapped[int] = mapped_column(Identity64, primary_key=True, autoincrement=True)
    message_id: Mapped[str] = mapped_column(OutsideText)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    seen: Mapped[bool]

    __table_args__ = (Index("ix_thread_message_id", "message_id"), Index("ix_thread_ticket_id", "ticket_id"))
