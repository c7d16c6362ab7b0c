"""SQL for the overview of an account: how often does it write? For people who look, not for every mail."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from gateway.model import ArticleKind
from gateway.store.db import Tx
from gateway.store.schema.ticket import ArticleRow, TicketRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """How often an account writes: its proven mails, in all its tickets."""

    tickets: int
    """Proven or not."""
    mails: int
    last_30_days: int
    last_365_days: int
    last_at: datetime | None


def writing_of(tx: Tx, account_id: str, now: datetime) -> Writing:
    """Count what an account wrote until `now`."""
    tickets = select(func.count()).select_from(TicketRow).where(TicketRow.account_id == account_id)

    def since(days: int) -> object:
        return func.count().filter(ArticleRow.at > now - timedelta(days=days))

    mails = (
        select(func.count(), since(30), since(365), func.max(ArticleRow.at))  # type: ignore[call-overload]
        .join(TicketRow, TicketRow.id == ArticleRow.ticket_id)
        .where(TicketRow.account_id == account_id, ArticleRow.kind == ArticleKind.IN.value, ArticleRow.confirmed)
    )
    count, month, year, last = tx.execute(mails).one()
    return Writing(
        tickets=tx.execute(tickets).scalar_one(), mails=count, last_30_days=month, last_365_days=year, last_at=last
    )
