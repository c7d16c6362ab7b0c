"""Accounts, as their sources tell of them, and what outlives their refreshes."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.schema import Base
from gateway.store.types import Identity64, OutsideText, UtcTime


class AskedRow(Base):
    """How many mails of people, proven to be an account's own, came on a day (UTC): how often it asks."""

    __tablename__ = "asked"

    account_id: Mapped[str] = mapped_column(OutsideText, primary_key=True)
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    mails: Mapped[int]

    __table_args__ = (Index("ix_asked_day", "day"),)


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
