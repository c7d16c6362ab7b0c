"""SQL for what the spam engine is to learn: one row a mail, what is wanted beside what was taught.

What must stay true: a lesson is queued in the transaction that gives the reason for it, and waits until the engine took
it. What is wanted may change at any moment, also while the engine is being told something else: then it waits again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, case, delete, func, select, update

from gateway.store.db import Tx
from gateway.store.schema.held import LessonRow
from gateway.store.schema.spool import RawRow
from gateway.store.upsert import insert_of


class Wanted(StrEnum):
    """What the engine is to know of a mail."""

    HAM = "ham"
    SPAM = "spam"
    FORGET = "forget"
    """Nothing, and what it was told before is taken back."""


class Because(StrEnum):
    """Who or what says so."""

    RELEASED = "released"
    """A person let a held mail go on."""
    MARKED = "marked"
    """A person marked a held mail as spam."""
    TICKET = "ticket"
    """An agent closed its ticket as spam."""
    ANSWERED = "answered"
    """An agent answered it."""
    UNDONE = "undone"
    """The mark was undone."""


class LessonState(StrEnum):
    """Where a lesson stands."""

    WAITING = "waiting"
    DONE = "done"
    GIVEN_UP = "given_up"
    """The bytes of the mail are no longer kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLesson:
    """A lesson as it stands."""

    entry_id: str
    wanted: Wanted
    taught: Wanted
    because: Because
    by: str
    wanted_at: datetime
    taught_at: datetime | None
    state: LessonState
    tries: int
    next_try_at: datetime
    last_error: str


_LESSON = select(LessonRow.__table__)
_DUE = (
    _LESSON.where(LessonRow.state == LessonState.WAITING.value, LessonRow.next_try_at <= bindparam("now"))
    .order_by(LessonRow.next_try_at, LessonRow.entry_id)
    .limit(bindparam("limit"))
)


def want(tx: Tx, entry_id: str, wanted: Wanted, *, because: Because, by: str, at: datetime) -> None:
    """Have the engine learn this of the mail, whatever was wanted before."""
    change = _change(wanted, because, by, at)
    new = _new(tx, entry_id, wanted, change)
    state = case((LessonRow.taught == wanted.value, LessonState.DONE.value), else_=LessonState.WAITING.value)
    tx.execute(new.on_conflict_do_update(index_elements=[LessonRow.entry_id], set_=change | {"state": state}))


def want_where_nothing_is(
    tx: Tx, entry_ids: Iterable[str], wanted: Wanted, *, because: Because, by: str, at: datetime
) -> None:
    """The same for several mails, but only for those of which nobody has said anything yet."""
    for entry_id in entry_ids:
        tx.execute(_new(tx, entry_id, wanted, _change(wanted, because, by, at)).on_conflict_do_nothing())


def drop_untaught(tx: Tx, entry_ids: Sequence[str], because: Because) -> None:
    """Forget the lessons about these mails that were wanted for this reason and that the engine has not been told."""
    untaught = (LessonRow.taught == Wanted.FORGET.value, LessonRow.state == LessonState.WAITING.value)
    tx.execute(
        delete(LessonRow).where(LessonRow.entry_id.in_(entry_ids), LessonRow.because == because.value, *untaught)
    )


def lesson_of(tx: Tx, entry_id: str) -> StoredLesson | None:
    """The lesson of a mail, None where there is none."""
    row = tx.execute(_LESSON.where(LessonRow.entry_id == entry_id)).first()
    return None if row is None else _lesson(row)


def due(tx: Tx, now: datetime, *, limit: int) -> list[StoredLesson]:
    """The lessons that the engine is to be told now, the longest due first."""
    return [_lesson(row) for row in tx.execute(_DUE, {"now": now, "limit": limit})]


def raw_of(tx: Tx, entry_id: str) -> bytes | None:
    """The bytes of a mail, None where they are no longer kept."""
    return tx.execute(select(RawRow.content).where(RawRow.entry_id == entry_id)).scalar_one_or_none()


def note_taught(tx: Tx, entry_id: str, taught: Wanted, at: datetime) -> None:
    """The engine took this; if something else is wanted by now, that waits."""
    state = case((LessonRow.wanted == taught.value, LessonState.DONE.value), else_=LessonState.WAITING.value)
    _update(tx, entry_id, {"taught": taught.value, "taught_at": at, "state": state, "tries": 0, "last_error": ""})


def note_failed(tx: Tx, entry_id: str, error: str, *, next_try_at: datetime) -> None:
    """The engine did not take it; it is told again then."""
    _update(tx, entry_id, {"tries": LessonRow.tries + 1, "last_error": error, "next_try_at": next_try_at})


def give_up(tx: Tx, entry_id: str, error: str) -> None:
    """There is nothing left that the engine could be told."""
    _update(tx, entry_id, {"state": LessonState.GIVEN_UP.value, "last_error": error})


def newest_lessons(tx: Tx, *, limit: int) -> list[StoredLesson]:
    """The lessons that were wanted last, the newest first."""
    rows = tx.execute(_LESSON.order_by(LessonRow.wanted_at.desc(), LessonRow.entry_id.desc()).limit(limit))
    return [_lesson(row) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonCount:
    """So many lessons are wanted for this reason and stand so."""

    wanted: Wanted
    because: Because
    state: LessonState
    count: int


def count_lessons(tx: Tx) -> Sequence[LessonCount]:
    """All lessons, counted."""
    columns = (LessonRow.wanted, LessonRow.because, LessonRow.state)
    rows = tx.execute(select(*columns, func.count()).group_by(*columns).order_by(*columns)).all()
    return [
        LessonCount(wanted=Wanted(wanted), because=Because(because), state=LessonState(state), count=count)
        for wanted, because, state, count in rows
    ]


def _change(wanted: Wanted, because: Because, by: str, at: datetime) -> dict[str, Any]:
    return {
        "wanted": wanted.value,
        "because": because.value,
        "by": by,
        "wanted_at": at,
        "tries": 0,
        "next_try_at": at,
        "last_error": "",
    }


def _new(tx: Tx, entry_id: str, wanted: Wanted, change: dict[str, Any]) -> Any:
    state = LessonState.DONE if wanted is Wanted.FORGET else LessonState.WAITING
    values = {"entry_id": entry_id, "taught": Wanted.FORGET.value, "state": state.value, **change}
    return insert_of(tx.dialect.name)(LessonRow).values(**values)


def _update(tx: Tx, entry_id: str, values: dict[str, Any]) -> None:
    tx.execute(update(LessonRow).where(LessonRow.entry_id == entry_id).values(**values))


def _lesson(row: Any) -> StoredLesson:
    fields: dict[str, Any] = dict(row._mapping)
    fields |= {name: Wanted(fields[name]) for name in ("wanted", "taught")}
    return StoredLesson(**fields | {"because": Because(fields["because"]), "state": LessonState(fields["state"])})
