"""Who answers mail, and when he does not."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.schema import Base
from gateway.store.types import OutsideText, StringList, UtcTime


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
