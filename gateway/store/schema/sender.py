"""What is remembered of senders, and which mail is still to be scanned."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.schema import Base
from gateway.store.types import OutsideText, UtcTime


class SenderHistoryRow(Base):
    """What became of a sender's earlier mails, and what he did in the last hour: one row a key.

    The key is "account ID", "domain NAME" or "address ADDRESS"; no references: it outlives what it is about.
    """

    __tablename__ = "sender_history"

    key: Mapped[str] = mapped_column(OutsideText, primary_key=True)
    accepted: Mapped[int]
    answered: Mapped[int]
    released: Mapped[int]
    spam: Mapped[int]
    first_at: Mapped[datetime] = mapped_column(UtcTime)
    last_at: Mapped[datetime] = mapped_column(UtcTime)
    burst_since: Mapped[datetime | None] = mapped_column(UtcTime)
    burst_opened: Mapped[int]
    burst_spam: Mapped[int]
    held_until: Mapped[datetime | None] = mapped_column(UtcTime)


class UnscannedRow(Base):
    """A mail that became a part of a ticket without a scanner's answer: it is scanned when there is one."""

    __tablename__ = "unscanned"

    entry_id: Mapped[str] = mapped_column(ForeignKey("spool.id"), primary_key=True)
    by: Mapped[str] = mapped_column(String(8), primary_key=True)
    """Which scanner gave no answer."""
    at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (
        CheckConstraint("by IN ('spam', 'virus')", name="by"),
        Index("ix_unscanned_by_at", "by", "at"),
    )
