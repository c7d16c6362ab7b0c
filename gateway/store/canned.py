"""SQL for what became of canned texts: which were shown in a ticket, and what was written in it after that."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import and_, bindparam, func, insert, select
from sqlalchemy.orm import aliased

from gateway.store.db import Tx
from gateway.store.prepared import Prepared
from gateway.store.schema.desk import CannedUseRow
from gateway.store.schema.ticket import ArticleRow, EventRow, TicketRow

OFFERED = "offered"
"""In the receipt, by the gateway itself."""
SENT = "sent"
"""By an agent."""
MAX_REPLY = 2000
"""Characters of a mail that are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterMail:
    """What was written in the ticket after the text."""

    is_ours: bool
    reply: str
    """What its author wrote himself, the beginning of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CannedUse:
    """One use of a text, and the ticket since then."""

    name: str
    language: str
    how: str
    state: str
    """Of the ticket now."""
    is_set_aside: bool
    """It was merged into another one or closed as spam: its state says nothing about an answer."""
    later: tuple[LaterMail, ...]
    """In the order in which they came."""


_INSERT = Prepared(insert(CannedUseRow))
_LATER = aliased(ArticleRow)
_WITHDRAWN = (
    select(ArticleRow.id)
    .where(
        ArticleRow.ticket_id == CannedUseRow.ticket_id,
        ArticleRow.at == CannedUseRow.at,
        ArticleRow.kind == "withdrawn",
    )
    .exists()
)
_SPAM = select(EventRow.id).where(EventRow.ticket_id == CannedUseRow.ticket_id, EventRow.kind == "spam").exists()
_USES = (
    select(
        CannedUseRow.id,
        CannedUseRow.name,
        CannedUseRow.language,
        CannedUseRow.how,
        TicketRow.state,
        (TicketRow.merged_into.is_not(None) | _SPAM).label("is_set_aside"),
        _LATER.kind,
        func.substr(_LATER.reply, 1, MAX_REPLY).label("reply"),
    )
    .join(TicketRow, TicketRow.id == CannedUseRow.ticket_id)
    .join(
        _LATER,
        and_(_LATER.ticket_id == CannedUseRow.ticket_id, _LATER.at > CannedUseRow.at, _LATER.kind.in_(("in", "out"))),
        isouter=True,
    )
    .where(CannedUseRow.at >= bindparam("since"), ~_WITHDRAWN)
    .order_by(CannedUseRow.id, _LATER.at, _LATER.id)
    .execution_options(yield_per=500)
)


def insert_canned_uses(tx: Tx, ticket_id: int, texts: Sequence[tuple[str, str]], *, how: str, at: datetime) -> None:
    """Remember that these texts (name and language) were shown to the ticket's correspondent."""
    rows = [{"ticket_id": ticket_id, "name": name, "language": tongue, "how": how, "at": at} for name, tongue in texts]
    if rows:
        _INSERT.run_many(tx, rows)


def canned_uses(tx: Tx, since: datetime) -> Iterator[CannedUse]:
    """All uses since then, the oldest first; without answers that their agent took back."""
    for _, rows in groupby(tx.execute(_USES, {"since": since}), key=lambda row: row.id):
        found = list(rows)
        first = found[0]
        yield CannedUse(
            name=first.name,
            language=first.language,
            how=first.how,
            state=first.state,
            is_set_aside=first.is_set_aside,
            later=tuple(LaterMail(is_ours=row.kind == "out", reply=row.reply) for row in found if row.kind),
        )
