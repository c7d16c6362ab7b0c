"""SQL for what agents' mails did to tickets, kept so that it can be taken back.

What must stay true: a record is written in the transaction of what it tells of, and taken back once.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update

from gateway.model import ArticleKind, Priority, Ticket, TicketState
from gateway.store.db import Tx
from gateway.store.prepared import Prepared
from gateway.store.schema.ticket import ActionRow, ArticleRow

_IDENTITY = ("id", "ref", "subject", "correspondent", "correspondent_name", "confirmed", "opened_at", "reported_by")
NOT_KEPT = frozenset((*_IDENTITY, "updated_at", "merged_into"))
"""Fields of a ticket that no command changes; those that say nothing about it; and what `store.merges` alone writes."""
_ENUMS = {"state": TicketState, "priority": Priority}
_NEWEST = Prepared(
    select(ActionRow.__table__)
    .where(
        ActionRow.ticket_id == bindparam("ticket_id"),
        ActionRow.agent == bindparam("agent"),
        ActionRow.undone_at.is_(None),
    )
    .order_by(ActionRow.id.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A field of a ticket that was changed."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What one mail of an agent did."""

    ticket_id: int
    agent: str
    """His address."""
    at: datetime
    until: datetime
    """Until then it may be taken back."""
    commands: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    articles: tuple[int, ...] = ()
    mails: tuple[int, ...] = ()
    """Ids of the outbox."""
    traces: tuple[str, ...] = ()
    """What else there is to take back, each as a word and a name."""
    lasting: tuple[str, ...] = ()
    """What cannot be taken back, in words."""
    id: int = 0
    """0 until it is kept."""


def changes_between(before: Ticket, after: Ticket) -> tuple[Change, ...]:
    """Which fields differ."""
    names = [field.name for field in fields(Ticket) if field.name not in NOT_KEPT]
    pairs = ((name, getattr(before, name), getattr(after, name)) for name in names)
    return tuple(Change(field=name, before=old, after=new) for name, old, new in pairs if old != new)


def newest_article(tx: Tx, ticket_id: int) -> int:
    """The id of the newest article of a ticket, 0 where it has none."""
    found = select(func.max(ArticleRow.id)).where(ArticleRow.ticket_id == ticket_id)
    return tx.execute(found).scalar_one() or 0


def articles_above(tx: Tx, ticket_id: int, article_id: int) -> tuple[int, ...]:
    """The articles of a ticket that were added after this one."""
    found = select(ArticleRow.id).where(ArticleRow.ticket_id == ticket_id, ArticleRow.id > article_id)
    return tuple(tx.execute(found.order_by(ArticleRow.id)).scalars())


def ticket_of_article(tx: Tx, article_id: int) -> int | None:
    """In which ticket an article stands now."""
    return tx.execute(select(ArticleRow.ticket_id).where(ArticleRow.id == article_id)).scalar_one_or_none()


def withdraw_articles(tx: Tx, ticket_id: int, article_ids: Sequence[int]) -> None:
    """What the desk wrote in these articles of a ticket was taken back; what came in stays."""
    own = (ArticleRow.id.in_(article_ids), ArticleRow.ticket_id == ticket_id, ArticleRow.kind != ArticleKind.IN.value)
    tx.execute(update(ArticleRow).where(*own).values(kind=ArticleKind.WITHDRAWN.value))


def keep(tx: Tx, action: Action) -> None:
    """Write down what was done."""
    tx.execute(
        insert(ActionRow).values(
            ticket_id=action.ticket_id,
            agent=action.agent,
            at=action.at,
            until=action.until,
            commands=action.commands,
            changes=_written(action.changes),
            articles=tuple(map(str, action.articles)),
            mails=tuple(map(str, action.mails)),
            traces=action.traces,
            lasting=action.lasting,
        )
    )


def newest(tx: Tx, ticket_id: int, agent: str) -> Action | None:
    """What this agent did last to the ticket, of what was not taken back."""
    row = _NEWEST.first(tx, ticket_id=ticket_id, agent=agent)
    return None if row is None else _action(row)


def note_undone(tx: Tx, action: Action, at: datetime) -> None:
    """It was taken back."""
    tx.execute(update(ActionRow).where(ActionRow.id == action.id).values(undone_at=at))


def later(tx: Tx, action: Action) -> list[Action]:
    """What was done to the ticket after that, by anybody, and was not taken back; oldest first."""
    found = select(ActionRow.__table__).where(
        ActionRow.ticket_id == action.ticket_id, ActionRow.id > action.id, ActionRow.undone_at.is_(None)
    )
    return [_action(row) for row in tx.execute(found.order_by(ActionRow.id))]


def put_changes(tx: Tx, action: Action, changes: Sequence[Change]) -> None:
    """What is restored when it is taken back is this from now on."""
    tx.execute(update(ActionRow).where(ActionRow.id == action.id).values(changes=_written(changes)))


def _written(changes: Sequence[Change]) -> str:
    return json.dumps([[each.field, _plain(each.before), _plain(each.after)] for each in changes])


def _action(row: Any) -> Action:
    return Action(
        id=row.id,
        ticket_id=row.ticket_id,
        agent=row.agent,
        at=row.at,
        until=row.until,
        commands=row.commands,
        changes=tuple(
            Change(field=name, before=_value(name, old), after=_value(name, new))
            for name, old, new in json.loads(row.changes)
        ),
        articles=tuple(map(int, row.articles)),
        mails=tuple(map(int, row.mails)),
        traces=row.traces,
        lasting=row.lasting,
    )


def _plain(value: Any) -> Any:
    return {"time": value.isoformat()} if isinstance(value, datetime) else value


def _value(field: str, value: Any) -> Any:
    if isinstance(value, dict):
        return datetime.fromisoformat(value["time"])
    return _ENUMS[field](value) if field in _ENUMS else value
