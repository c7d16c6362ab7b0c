"""Mail that was accepted, until it is decided and after."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.schema import Base, partial_index
from gateway.store.types import OutsideText, StringList, UtcTime


class SpoolRow(Base):
    """An accepted mail; the row stays as the ledger of what was received, its bytes go with retention."""

    __tablename__ = "spool"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    received_at: Mapped[datetime] = mapped_column(UtcTime)
    via: Mapped[str] = mapped_column(String(8))
    mail_from: Mapped[str | None] = mapped_column(OutsideText)
    recipients: Mapped[tuple[str, ...]] = mapped_column(StringList)
    peer_ip: Mapped[str | None] = mapped_column(String(45))
    helo: Mapped[str | None] = mapped_column(OutsideText)
    tls: Mapped[bool]
    authenticated_as: Mapped[str | None] = mapped_column(OutsideText)
    source: Mapped[str] = mapped_column(OutsideText)
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(8), default="pending")
    rank: Mapped[int]
    """What is decided first: see `store.rank`."""
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime] = mapped_column(UtcTime)
    claimed_by: Mapped[str | None] = mapped_column(String(64))
    claimed_until: Mapped[datetime | None] = mapped_column(UtcTime)
    last_error: Mapped[str | None] = mapped_column(OutsideText)
    released_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """When a person let it go on after it was held; by whom, and what was found then, stands in `mark`."""

    __table_args__ = (
        CheckConstraint("state IN ('pending', 'done')", name="state"),
        partial_index("ix_spool_pending", "rank", "next_try_at", "id", where="state = 'pending'"),
        Index("ix_spool_sha256", "sha256"),
    )


class RawRow(Base):
    """The bytes of an entry, exactly as received."""

    __tablename__ = "raw"

    entry_id: Mapped[str] = mapped_column(ForeignKey("spool.id"), primary_key=True)
    content: Mapped[bytes]


class MailboxMessageRow(Base):
    """A message of an IMAP mailbox and the entry that it became."""

    __tablename__ = "mailbox_message"

    mailbox: Mapped[str] = mapped_column(String(64), primary_key=True)
    uidvalidity: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    uid: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    entry_id: Mapped[str] = mapped_column(ForeignKey("spool.id"))
    moved_at: Mapped[datetime | None] = mapped_column(UtcTime)

    __table_args__ = (
        partial_index("ix_mailbox_message_unsettled", "mailbox", "uidvalidity", "uid", where="moved_at IS NULL"),
    )
