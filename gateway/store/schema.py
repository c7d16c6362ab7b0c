"""Every table, as typed models. The migrations give the same schema; a test compares the two.

    spool ─┬─ raw            the bytes, apart so that a claim does not move them
           ├─ outcome        exactly one for each decided entry
           ├─ mailbox_message  which IMAP message it was
           ├─ mark           what a person said of a mail that was held, or turned out to be spam
           └─ lesson         what the spam engine is to know of it
    ticket ─┬─ article ── attachment ── blob
            ├─ event         the whole story
            ├─ action        what an agent's mail did, and how to take it back
            ├─ thread        message ids that lead to the ticket, seen or only referred to
            ├─ confirmation  whether an account's owner said that he wrote it
            ├─ participant   who was asked for help with it, or invited
            ├─ deadline_notice  which of its deadlines agents were told of
            ├─ letter        which mails its correspondent got by the clock, and what he thinks of us
            └─ outbox        mail that is to leave, one row a recipient
    account ─┬─ account_address        agent        absence        lease
             ├─ shop
             └─ account_order
    held_digest ── held_digest_line    which held mail has which number in a reviewer's digest
    done_line         what agents' commands did, for those who want to hear of it once a day
    account_source    how each source of accounts did last
    asked             how often each account asks, by days
    sender_history    what became of a sender's earlier mails    unscanned    mail that the spam engine is still to see
    address_override, known_address, account_event    what no source told, and what outlives its refreshes

Reads that happen for every mail go through an index whose size does not matter (I10); partial indexes keep finished
work out of the way.
"""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, MetaData, String, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from gateway.store.types import Identity64, OutsideText, StringList, UtcTime

CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


OF_STRANGERS = "NOT confirmed OR account_id IS NULL"
"""Tickets that no proven customer wrote; said once, because an index is only used where the query says the same."""


class Base(DeclarativeBase):
    """The one metadata object."""

    metadata = MetaData(naming_convention=CONVENTION)


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
        Index(
            "ix_spool_pending",
            "rank",
            "next_try_at",
            "id",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
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
        Index(
            "ix_mailbox_message_unsettled",
            "mailbox",
            "uidvalidity",
            "uid",
            sqlite_where=text("moved_at IS NULL"),
            postgresql_where=text("moved_at IS NULL"),
        ),
    )


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
        Index(
            "ix_lesson_waiting",
            "next_try_at",
            "entry_id",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
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
        Index(
            "ix_ticket_closed_at",
            "closed_at",
            sqlite_where=text("closed_at IS NOT NULL"),
            postgresql_where=text("closed_at IS NOT NULL"),
        ),
        Index("ix_ticket_account_id", "account_id", "id"),
        Index("ix_ticket_correspondent", "correspondent", "id"),
        Index(
            "ix_ticket_wait_until",
            "wait_until",
            sqlite_where=text("wait_until IS NOT NULL"),
            postgresql_where=text("wait_until IS NOT NULL"),
        ),
        Index(
            "ix_ticket_waiting_since",
            "waiting_since",
            sqlite_where=text("waiting_since IS NOT NULL"),
            postgresql_where=text("waiting_since IS NOT NULL"),
        ),
        Index(
            "ix_ticket_strangers_opened_at",
            "opened_at",
            sqlite_where=text(OF_STRANGERS),
            postgresql_where=text(OF_STRANGERS),
        ),
    )


class AskedRow(Base):
    """How many mails of people, proven to be an account's own, came on a day (UTC): how often it asks."""

    __tablename__ = "asked"

    account_id: Mapped[str] = mapped_column(OutsideText, primary_key=True)
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    mails: Mapped[int]

    __table_args__ = (Index("ix_asked_day", "day"),)


class DeadlineNoticeRow(Base):
    """Agents were told that this deadline of a ticket is near, or has passed; a new deadline is told of anew."""

    __tablename__ = "deadline_notice"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(UtcTime, primary_key=True)
    nearness: Mapped[str] = mapped_column(String(8), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcTime)


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


class DoneLineRow(Base):
    """What a mail of an agent did, until it stands in his daily list."""

    __tablename__ = "done_line"

    id: Mapped[int] = mapped_column(Identity64, primary_key=True, autoincrement=True)
    agent: Mapped[str] = mapped_column(OutsideText)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    at: Mapped[datetime] = mapped_column(UtcTime)
    text: Mapped[str] = mapped_column(OutsideText)

    __table_args__ = (Index("ix_done_line_agent_at", "agent", "at"),)


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
        Index(
            "ix_outbox_queued",
            "next_try_at",
            "id",
            sqlite_where=text("state = 'queued'"),
            postgresql_where=text("state = 'queued'"),
        ),
        Index("ix_outbox_ticket_id", "ticket_id", "created_at"),
        Index(
            "ix_outbox_recipient_created_at",
            "recipient",
            "created_at",
            sqlite_where=text("limited"),
            postgresql_where=text("limited"),
        ),
        Index(
            "ix_outbox_recipient_domain_created_at",
            "recipient_domain",
            "created_at",
            sqlite_where=text("limited"),
            postgresql_where=text("limited"),
        ),
        Index(
            "ix_outbox_limited_created_at",
            "created_at",
            sqlite_where=text("limited"),
            postgresql_where=text("limited"),
        ),
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


class AccountRow(Base):
    """An account of the webshop hoster, cached."""

    __tablename__ = "account"

    id: Mapped[str] = mapped_column(OutsideText, primary_key=True)
    name: Mapped[str] = mapped_column(OutsideText)
    language: Mapped[str] = mapped_column(String(8))
    phone: Mapped[str] = mapped_column(OutsideText)
    plan: Mapped[str] = mapped_column(OutsideText)
    notes: Mapped[str] = mapped_column(OutsideText)
    updated_at: Mapped[datetime] = mapped_column(UtcTime)
    source: Mapped[str] = mapped_column(String(8))
    """The source that tells of it, "import" for a file that an operator imported by hand."""
    digest: Mapped[str] = mapped_column(String(64))
    """Of what the source said, so that a refresh writes only what changed; "" for what it did not write."""

    __table_args__ = (Index("ix_account_source", "source"),)


class AccountAddressRow(Base):
    """An address on file; one address may stand on several accounts.

    What the source says, what an operator said and what was confirmed by mail are put together here when they are
    written, so that the look-up for a mail reads one table.
    """

    __tablename__ = "account_address"

    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), primary_key=True)
    address: Mapped[str] = mapped_column(OutsideText, primary_key=True)
    verified: Mapped[bool]
    basis: Mapped[str] = mapped_column(String(8))
    """Why it is verified or not: a `store.account_addresses.Basis`."""
    told: Mapped[bool | None]
    """What the source says: verified or not; None where it does not list the address."""

    __table_args__ = (
        CheckConstraint("basis IN ('source', 'operator', 'listed', 'revoked', 'known')", name="basis"),
        Index("ix_account_address_address", "address"),
    )


class AddressOverrideRow(Base):
    """An operator's word about an address, above the source's. It outlives the account, which may come back."""

    __tablename__ = "address_override"

    account_id: Mapped[str] = mapped_column(OutsideText, primary_key=True)
    address: Mapped[str] = mapped_column(OutsideText, primary_key=True)
    verified: Mapped[bool]
    """False: revoked."""
    by: Mapped[str] = mapped_column(OutsideText)
    at: Mapped[datetime] = mapped_column(UtcTime)
    reason: Mapped[str] = mapped_column(OutsideText)


class KnownAddressRow(Base):
    """An address whose mail the account's owner confirmed; never verified by that."""

    __tablename__ = "known_address"

    account_id: Mapped[str] = mapped_column(OutsideText, primary_key=True)
    address: Mapped[str] = mapped_column(OutsideText, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcTime)


class AccountEventRow(Base):
    """What people did to an account's addresses, in words; outlives the account, as tickets do."""

    __tablename__ = "account_event"

    id: Mapped[int] = mapped_column(Identity64, primary_key=True, autoincrement=True)
    account_id: Mapped[str] = mapped_column(OutsideText)
    at: Mapped[datetime] = mapped_column(UtcTime)
    kind: Mapped[str] = mapped_column(String(32))
    actor: Mapped[str] = mapped_column(OutsideText)
    detail: Mapped[str] = mapped_column(OutsideText)

    __table_args__ = (Index("ix_account_event_account_id", "account_id"),)


class ShopRow(Base):
    """A webshop of an account."""

    __tablename__ = "shop"

    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), primary_key=True)
    id: Mapped[str] = mapped_column(OutsideText, primary_key=True)
    domain: Mapped[str] = mapped_column(OutsideText)
    name: Mapped[str] = mapped_column(OutsideText)

    __table_args__ = (Index("ix_shop_domain", "domain"),)


class AccountOrderRow(Base):
    """One of the newest orders of an account; `position` 0 is the newest."""

    __tablename__ = "account_order"

    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(OutsideText)
    shop_id: Mapped[str] = mapped_column(OutsideText)
    placed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    status: Mapped[str] = mapped_column(OutsideText)
    total: Mapped[str] = mapped_column(OutsideText)


class AccountSourceRow(Base):
    """How a configured source of accounts did at its last refreshes."""

    __tablename__ = "account_source"

    name: Mapped[str] = mapped_column(String(8), primary_key=True)
    tried_at: Mapped[datetime] = mapped_column(UtcTime)
    succeeded_at: Mapped[datetime | None] = mapped_column(UtcTime)
    failing_since: Mapped[datetime | None] = mapped_column(UtcTime)
    error: Mapped[str] = mapped_column(OutsideText)
    accounts: Mapped[int]
    """How many it had at the last success."""
    remark: Mapped[str] = mapped_column(OutsideText)
    """What was left out then, in words."""
    version: Mapped[str] = mapped_column(OutsideText)
    """With which configuration it was read, and what it called its contents; "" where it must be read again."""


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


class AgentRow(Base):
    """A person of the desk, as the configuration names him."""

    __tablename__ = "agent"

    address: Mapped[str] = mapped_column(OutsideText, primary_key=True)
    name: Mapped[str] = mapped_column(OutsideText)
    teams: Mapped[tuple[str, ...]] = mapped_column(StringList)
    languages: Mapped[tuple[str, ...]] = mapped_column(StringList)
    confirms: Mapped[str] = mapped_column(String(8), default="mail")
    away: Mapped[tuple[str, ...]] = mapped_column(StringList, default=())
    """Holidays, as `FIRST/LAST` days."""
    hours: Mapped[tuple[str, ...]] = mapped_column(StringList, default=())
    active: Mapped[bool]


class AbsenceRow(Base):
    """An agent whose mail program says that he is away, by his address; holidays stand in the configuration."""

    __tablename__ = "absence"

    address: Mapped[str] = mapped_column(OutsideText, primary_key=True)
    since: Mapped[datetime] = mapped_column(UtcTime)
    until: Mapped[str | None] = mapped_column(String(10))
    """The last day (ISO 8601); None: until he writes himself."""


class LeaseRow(Base):
    """Who may do a thing that only one process may do at a time; `fence` grows with every new owner."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    fence: Mapped[int] = mapped_column(BigInteger)
    until: Mapped[datetime] = mapped_column(UtcTime)
