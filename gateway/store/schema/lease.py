"""Who does what only one process may do."""

from datetime import datetime

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.schema import Base
from gateway.store.types import UtcTime


class LeaseRow(Base):
    """Who may do a thing that only one process may do at a time; `fence` grows with every new owner."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    fence: Mapped[int] = mapped_column(BigInteger)
    until: Mapped[datetime] = mapped_column(UtcTime)
