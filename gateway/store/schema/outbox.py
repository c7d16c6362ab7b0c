"""Mail that is to leave, and what is known of those it goes to."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.schema import Base, partial_index
from gateway.store.types import Identity64, OutsideText, UtcTime


class OutboxRow(Base):
    """A mail that is to leave, for one recipient. Its Message-ID is fixed here; delivery is at least once with it."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(Identity64, primary_key=True, autoincrement=True)
    message_id: Mapped[str] = mapped_column(OutsideText, unique=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    article_id: Mapped[int | None] = mapped_column(ForeignKey("article.id"))
    recipient: Mapped[str] = mapped_column(OutsideText)
    recipient_domain: Mapped[str] = mapped_column(OutsideText)
    mail_from: Mapped[str] = mapped_column(OutsideText)
    outgoing: Mapped[str] = mapped_column(OutsideText)
    automatic: Mapped[bool]
    limited: Mapped[bool]
    state: Mapped[str] = mapped_column(String(10), default="queued")
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime] = mapped_column(UtcTime)
    claimed_by: Mapped[str | None] = mapped_column(String(64))
    claimed_until: Mapped[datetime | None] = mapped_column(UtcTime)
    last_code: Mapped[int | None]
    last_text: Mapped[str | None] = mapped_column(OutsideText)
    done_at: Mapped[datetime | None] = mapped_column(UtcTime)

    __table_args__ = (
        CheckConstraint("state IN ('queued', 'sent', 'failed', 'cancelled')", name="state"),
        partial_index("ix_outbox_queued", "next_try_at", "id", where="state = 'queued'"),
        Index("ix_outbox_ticket_id", "ticket_id", "created_at"),
        partial_index("ix_outbox_recipient_created_at", "recipient", "created_at", where="limited"),
        partial_index("ix_outbox_recipient_domain_created_at", "recipient_domain", "created_at", where="limited"),
        partial_index("ix_outbox_limited_created_at", "created_at", where="limited"),
    )


class DeliverySignRow(Base):
    """A sign that an address does not take our mail; what follows from all of an address is in `outbox.suppression`."""

    __tablename__ = "delivery_sign"

    id: Mapped[int] = mapped_column(Identity64, primary_key=True, autoincrement=True)
    address: Mapped[str] = mapped_column(OutsideText)
    at: Mapped[datetime] = mapped_column(UtcTime)
    kind: Mapped[str] = mapped_column(String(12))
    status: Mapped[str] = mapped_column(String(12))
    """RFC 3463, "" where none was told."""
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))

    __table_args__ = (
        CheckConstraint("kind IN ('hard', 'soft', 'complaint')", name="kind"),
        Index("ix_delivery_sign_address_at", "address", "at"),
        Index("ix_delivery_sign_at", "at"),
    )


class TallyRow(Base):
    """How often something happened since a time: for alarms, which ring once and not every time."""

    __tablename__ = "tally"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    since: Mapped[datetime] = mapped_column(UtcTime)
    count: Mapped[int]
