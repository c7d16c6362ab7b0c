"""What became of each mail."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.schema import Base
from gateway.store.types import OutsideText, UtcTime


class OutcomeRow(Base):
    """What became of an entry, and why: one row for each decided entry, written with its effects."""

    __tablename__ = "outcome"

    entry_id: Mapped[str] = mapped_column(ForeignKey("spool.id"), primary_key=True)
    decided_at: Mapped[datetime] = mapped_column(UtcTime)
    action: Mapped[str] = mapped_column(String(20))
    mail_class: Mapped[str] = mapped_column(String(24))
    """Which machine wrote it, or a person: a `pipeline.machines.MailClass`; "" for what could not be read."""
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    article_id: Mapped[int | None] = mapped_column(ForeignKey("article.id"))
    duplicate_of: Mapped[str | None] = mapped_column(ForeignKey("spool.id"))
    content_key: Mapped[str] = mapped_column(String(64))
    why: Mapped[str] = mapped_column(OutsideText)
    explanation: Mapped[str] = mapped_column(OutsideText)

    __table_args__ = (
        Index("ix_outcome_content_key", "content_key"),
        Index("ix_outcome_action_decided_at", "action", "decided_at"),
        Index("ix_outcome_ticket_id", "ticket_id"),
    )
