"""Mail that is held, and what people said of it."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.schema import Base, partial_index
from gateway.store.types import Identity64, OutsideText, UtcTime


class MarkRow(Base):
    """What people said of a mail: it may go on (it was held), or it is spam. Of what went on, that stays."""

    __tablename__ = "mark"

    entry_id: Mapped[str] = mapped_column(ForeignKey("spool.id"), primary_key=True)
    held_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """When it was held; None where it never was (a ticket's first mail that an agent called spam)."""
    held_why: Mapped[str] = mapped_column(OutsideText)
    explanation: Mapped[str] = mapped_column(OutsideText)
    """What was found then, as the outcome told it: a released mail is decided again from this."""
    released_by: Mapped[str | None] = mapped_column(OutsideText)
    released_at: Mapped[datetime | None] = mapped_column(UtcTime)
    spam_by: Mapped[str | None] = mapped_column(OutsideText)
    spam_at: Mapped[datetime | None] = mapped_column(UtcTime)


class LessonRow(Base):
    """What the spam engine is to know of a mail, and what it was last told; they differ while a lesson waits."""

    __tablename__ = "lesson"

    entry_id: Mapped[str] = mapped_column(ForeignKey("spool.id"), primary_key=True)
    wanted: Mapped[str] = mapped_column(String(8))
    taught: Mapped[str] = mapped_column(String(8))
    """Where it knows nothing of the mail, "forget"."""
    because: Mapped[str] = mapped_column(String(16))
    by: Mapped[str] = mapped_column(OutsideText)
    wanted_at: Mapped[datetime] = mapped_column(UtcTime)
    taught_at: Mapped[datetime | None] = mapped_column(UtcTime)
    state: Mapped[str] = mapped_column(String(8))
    tries: Mapped[int]
    next_try_at: Mapped[datetime] = mapped_column(UtcTime)
    last_error: Mapped[str] = mapped_column(OutsideText)

    __table_args__ = (
        CheckConstraint("wanted IN ('ham', 'spam', 'forget') AND taught IN ('ham', 'spam', 'forget')", name="lesson"),
        CheckConstraint("state IN ('waiting', 'done', 'given_up')", name="state"),
        partial_index("ix_lesson_waiting", "next_try_at", "entry_id", where="state = 'waiting'"),
        Index("ix_lesson_wanted_at", "wanted_at"),
    )


class HeldDigestRow(Base):
    """A list of held mail as it went to the reviewers; `ref` are the random 30 bits of its reply addresses."""

    __tablename__ = "held_digest"

    id: Mapped[int] = mapped_column(Identity64, primary_key=True, autoincrement=True)
    ref: Mapped[int] = mapped_column(BigInteger, unique=True)
    day: Mapped[str | None] = mapped_column(String(10), unique=True)
    """The day that it is the digest of, so that there is one; None where an operator asked for it."""
    at: Mapped[datetime] = mapped_column(UtcTime)


class HeldDigestLineRow(Base):
    """A held mail and its number in a digest, for good."""

    __tablename__ = "held_digest_line"

    digest_id: Mapped[int] = mapped_column(ForeignKey("held_digest.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[str] = mapped_column(ForeignKey("spool.id"))
    shown: Mapped[bool]
    """False where there was no room left: it is only kept for the next digest."""
    again: Mapped[bool]
    """Is it to stand in the next digest, too, while nobody has dealt with it?"""

    __table_args__ = (Index("ix_held_digest_line_entry_id", "entry_id"),)
