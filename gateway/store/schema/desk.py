"""What the desk has asked, told and noted beside its tickets."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.schema import Base
from gateway.store.types import Identity64, OutsideText, StringList, UtcTime


class DeadlineNoticeRow(Base):
    """Agents were told that this deadline of a ticket is near, or has passed; a new deadline is told of anew."""

    __tablename__ = "deadline_notice"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(UtcTime, primary_key=True)
    nearness: Mapped[str] = mapped_column(String(8), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcTime)


class DoneLineRow(Base):
    """What a mail of an agent did, until it stands in his daily list."""

    __tablename__ = "done_line"

    id: Mapped[int] = mapped_column(Identity64, primary_key=True, autoincrement=True)
    agent: Mapped[str] = mapped_column(OutsideText)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    at: Mapped[datetime] = mapped_column(UtcTime)
    text: Mapped[str] = mapped_column(OutsideText)

    __table_args__ = (Index("ix_done_line_agent_at", "agent", "at"),)


class ConfirmationRow(Base):
    """A question to a verified address of an account: did you write this mail? And what the answer was.

    The account is no reference: it may vanish from its source, and the ticket's story still tells who was asked.
    """

    __tablename__ = "confirmation"

    id: Mapped[int] = mapped_column(Identity64, primary_key=True, autoincrement=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    account_id: Mapped[str] = mapped_column(OutsideText)
    address: Mapped[str] = mapped_column(OutsideText)
    """The verified address that was asked."""
    claimed: Mapped[str] = mapped_column(OutsideText)
    """The address that the mail in question names as its author."""
    asked_at: Mapped[datetime] = mapped_column(UtcTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcTime)
    answer: Mapped[str | None] = mapped_column(String(8))
    answered_by: Mapped[str | None] = mapped_column(OutsideText)

    __table_args__ = (
        CheckConstraint("answer IN ('yes', 'no')", name="answer"),
        Index("ix_confirmation_ticket_id", "ticket_id"),
        Index("ix_confirmation_account_id_asked_at", "account_id", "asked_at"),
    )


class ShopQuestionRow(Base):
    """A question which shop a ticket is about: the accounts and shops of its numbered list, in their order.

    They are no references: the list tells what was asked, whatever becomes of a shop.
    """

    __tablename__ = "shop_question"

    id: Mapped[int] = mapped_column(Identity64, primary_key=True, autoincrement=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    asked_at: Mapped[datetime] = mapped_column(UtcTime)
    accounts: Mapped[tuple[str, ...]] = mapped_column(StringList)
    shops: Mapped[tuple[str, ...]] = mapped_column(StringList)

    __table_args__ = (Index("ix_shop_question_ticket_id", "ticket_id"),)


class CannedUseRow(Base):
    """A canned text that a customer was offered in his receipt, or that an agent sent: what became of it is counted.

    The name is no reference: the text is a file of the operator's, who may take it away.
    """

    __tablename__ = "canned_use"

    id: Mapped[int] = mapped_column(Identity64, primary_key=True, autoincrement=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    name: Mapped[str] = mapped_column(String(60))
    language: Mapped[str] = mapped_column(String(8))
    how: Mapped[str] = mapped_column(String(8))
    at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (
        CheckConstraint("how IN ('offered', 'sent')", name="how"),
        Index("ix_canned_use_ticket_id", "ticket_id"),
        Index("ix_canned_use_at", "at"),
    )


class LetterRow(Base):
    """A mail about a ticket that its correspondent did not ask for: one of a kind for each happening, sent or not."""

    __tablename__ = "letter"

    id: Mapped[int] = mapped_column(Identity64, primary_key=True, autoincrement=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    kind: Mapped[str] = mapped_column(String(12))
    about: Mapped[int] = mapped_column(BigInteger)
    """Which happening: the desk's last answer (an article), or when the ticket was finished (microseconds)."""
    at: Mapped[datetime] = mapped_column(UtcTime)
    is_sent: Mapped[bool]
    """False where something stood against it; it is not sent later."""
    rating: Mapped[int | None]
    """What the correspondent answered to our question how it went: 1 (bad) to 5 (very good)."""
    rated_at: Mapped[datetime | None] = mapped_column(UtcTime)

    __table_args__ = (
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating"),
        Index("ix_letter_ticket_id_kind_about", "ticket_id", "kind", "about", unique=True),
        Index("ix_letter_at", "at"),
    )


class TopicModelRow(Base):
    """What was learnt of the words that speak for topics: one row, replaced by each training."""

    __tablename__ = "topic_model"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int]
    """Grows with each training; processes that hold an older one read it anew."""
    trained_at: Mapped[datetime] = mapped_column(UtcTime)
    mails: Mapped[int]
    content: Mapped[str] = mapped_column(OutsideText)
