"""SQL for the questions to owners of accounts, "did you write this?", and for what a yes changes.

Everything is found by ticket or by account and time, through an index, and bounded (I10).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, insert, select, update

from gateway.model import ArticleKind
from gateway.store.db import Tx
from gateway.store.prepared import Prepared
from gateway.store.schema.account import AccountAddressRow
from gateway.store.schema.desk import ConfirmationRow
from gateway.store.schema.ticket import ArticleRow, TicketRow
from gateway.tokens import canonical_address

MAX_LOOKED_AT = 100
"""Questions about one ticket, or of one account, that are looked at, the newest first."""

_COLUMNS = select(ConfirmationRow.__table__)
_NEWEST = ConfirmationRow.id.desc()
_OF_TICKET = Prepared(
    _COLUMNS.where(ConfirmationRow.ticket_id == bindparam("ticket_id")).order_by(_NEWEST).limit(MAX_LOOKED_AT)
)
_OF_ACCOUNT = Prepared(
    _COLUMNS.where(ConfirmationRow.account_id == bindparam("account_id"), ConfirmationRow.asked_at > bindparam("since"))
    .order_by(ConfirmationRow.asked_at.desc())
    .limit(MAX_LOOKED_AT)
)
# The address must be verified at this moment: a question does not outlive the proof that it was put on.
_TO_ADDRESS = Prepared(
    _COLUMNS.join(
        AccountAddressRow,
        and_(
            AccountAddressRow.account_id == ConfirmationRow.account_id,
            AccountAddressRow.address == ConfirmationRow.address,
        ),
    )
    .where(
        ConfirmationRow.ticket_id == bindparam("ticket_id"),
        ConfirmationRow.address == bindparam("address"),
        AccountAddressRow.verified,
    )
    .order_by(_NEWEST)
    .limit(MAX_LOOKED_AT)
)
_UNCONFIRMED = (
    select(ArticleRow.id, ArticleRow.author)
    .where(
        ArticleRow.ticket_id == bindparam("ticket_id"),
        ArticleRow.kind == ArticleKind.IN.value,
        ArticleRow.confirmed.is_(False),
        ArticleRow.at <= bindparam("until"),
    )
    .order_by(ArticleRow.id)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question that was sent to a verified address; the answer is "yes", "no" or not there yet."""

    id: int
    ticket_id: int
    account_id: str
    address: str
    claimed: str
    asked_at: datetime
    answered_at: datetime | None
    answer: str | None
    answered_by: str | None


def insert_question(tx: Tx, *, ticket_id: int, account_id: str, address: str, claimed: str, at: datetime) -> None:
    """Keep that an address was asked; both addresses in their canonical form."""
    tx.execute(
        insert(ConfirmationRow).values(
            ticket_id=ticket_id, account_id=account_id, address=address, claimed=claimed, asked_at=at
        )
    )


def questions_of_ticket(tx: Tx, ticket_id: int) -> list[Question]:
    """What was asked about a ticket, the newest first."""
    return [_question(row) for row in _OF_TICKET.all(tx, ticket_id=ticket_id)]


def questions_of_account(tx: Tx, account_id: str, *, since: datetime) -> list[Question]:
    """What an account's owner was asked since then, about any ticket, the newest first."""
    return [_question(row) for row in _OF_ACCOUNT.all(tx, account_id=account_id, since=since)]


def questions_to(tx: Tx, ticket_id: int, address: str) -> list[Question]:
    """What this address was asked about a ticket, for accounts on which it is verified now; the newest first."""
    return [_question(row) for row in _TO_ADDRESS.all(tx, ticket_id=ticket_id, address=canonical_address(address))]


def insert_answer(tx: Tx, *, ticket_id: int, account_id: str, answer: str, by: str, at: datetime) -> None:
    """One answer answers all that the account was asked about the ticket."""
    tx.execute(
        update(ConfirmationRow)
        .where(
            ConfirmationRow.ticket_id == ticket_id,
            ConfirmationRow.account_id == account_id,
            ConfirmationRow.answer.is_(None),
        )
        .values(answer=answer, answered_by=by, answered_at=at)
    )


def bind_ticket(tx: Tx, ticket_id: int, *, account_id: str, shop_id: str | None) -> None:
    """The ticket is proven to be of this account."""
    tx.execute(
        update(TicketRow)
        .where(TicketRow.id == ticket_id)
        .values(confirmed=True, account_id=account_id, shop_id=shop_id)
    )


def confirm_articles(tx: Tx, ticket_id: int, author: str, *, until: datetime) -> list[int]:
    """The waiting mails of this canonical address that came until then are proven; their ids, oldest first."""
    rows = tx.execute(_UNCONFIRMED, {"ticket_id": ticket_id, "until": until}).all()
    ids = [row.id for row in rows if canonical_address(row.author) == author]
    for article_id in ids:
        tx.execute(update(ArticleRow).where(ArticleRow.id == article_id).values(confirmed=True))
    return ids


def _question(row: Any) -> Question:
    return Question(**row._mapping)
