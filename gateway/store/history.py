"""SQL for what became of a sender's earlier mails, counted by account, by address and by domain.

Each key ("account 7", "domain bread.test", "address ann@bread.test") has one row, so reading costs the same however
long the history is (I10). What must stay true: a count changes in the transaction of what is counted, and all keys of
one mail are written in one order, so that two mails never wait for each other.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import BindParameter, bindparam, case, select, update

from gateway.model import SenderHistory
from gateway.store.db import Tx
from gateway.store.prepared import Prepared
from gateway.store.schema.sender import SenderHistoryRow
from gateway.store.upsert import InsertOf, OnEach

MAX_KEYS = 4


class Happening(StrEnum):
    """What is counted; each is a column."""

    ACCEPTED = "accepted"
    """A mail became a ticket or a part of one."""
    ANSWERED = "answered"
    """An agent answered a ticket of his."""
    RELEASED = "released"
    """A person let a held mail of his go on."""
    SPAM = "spam"
    """A person said that a mail of his is spam."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What one mail adds to the window of its sender's address, for `note_window`."""

    opened: int = 0
    spam: int = 0
    held_until: datetime | None = None
    """His new tickets are held until then; None leaves that as it is."""


_KEYS: list[BindParameter[str]] = [bindparam(f"key{number}") for number in range(MAX_KEYS)]
_BY_KEYS = Prepared(select(SenderHistoryRow.__table__).where(SenderHistoryRow.key.in_(_KEYS)))
_BY_KEY = Prepared(select(SenderHistoryRow.__table__).where(SenderHistoryRow.key == bindparam("key")))
_END_BURST = Prepared(update(SenderHistoryRow).where(SenderHistoryRow.key == bindparam("of_key")))
_NOTHING = {"burst_since": None, "burst_opened": 0, "burst_spam": 0, "held_until": None}


def _upsert(insert: InsertOf) -> Prepared:
    statement = insert(SenderHistoryRow)
    counts = {name: getattr(SenderHistoryRow, name) + statement.excluded[name] for name in Happening}
    return Prepared(
        statement.on_conflict_do_update(
            index_elements=[SenderHistoryRow.key], set_=counts | {"last_at": statement.excluded.last_at}
        )
    )


def _upsert_window(insert: InsertOf) -> Prepared:
    statement = insert(SenderHistoryRow)
    new = statement.excluded
    goes_on = SenderHistoryRow.burst_since > bindparam("window_from", type_=SenderHistoryRow.burst_since.type)
    return Prepared(
        statement.on_conflict_do_update(
            index_elements=[SenderHistoryRow.key],
            set_={
                "burst_since": case((goes_on, SenderHistoryRow.burst_since), else_=new.burst_since),
                "burst_opened": case(
                    (goes_on, SenderHistoryRow.burst_opened + new.burst_opened), else_=new.burst_opened
                ),
                "burst_spam": case((goes_on, SenderHistoryRow.burst_spam + new.burst_spam), else_=new.burst_spam),
                "held_until": case((new.held_until.is_not(None), new.held_until), else_=SenderHistoryRow.held_until),
                "last_at": new.last_at,
            },
        )
    )


_NOTE = OnEach(_upsert)
_NOTE_WINDOW = OnEach(_upsert_window)
_TAKE_BACK = {
    happening: Prepared(
        update(SenderHistoryRow)
        .where(SenderHistoryRow.key == bindparam("of_key"), getattr(SenderHistoryRow, happening) > 0)
        .values({happening: getattr(SenderHistoryRow, happening) - 1})
    )
    for happening in Happening
}


def note(tx: Tx, keys: Sequence[str], happening: Happening, at: datetime) -> None:
    """Count this for each of the sender's keys; best at the end of a transaction, for many mails share a domain."""
    rows = [_new_row(key, at) | {happening.value: 1} for key in sorted(set(keys))]
    if rows:
        _NOTE[tx.dialect.name].run_many(tx, rows)


def take_back(tx: Tx, keys: Sequence[str], happening: Happening) -> None:
    """Count it no more: what a person said of the mail was undone."""
    for key in sorted(set(keys)):
        _TAKE_BACK[happening].run(tx, of_key=key)


def note_window(tx: Tx, key: str, counted: Counted, at: datetime, *, window: timedelta) -> None:
    """Add to what this address did within a window of that length; one that is over begins anew."""
    values = {
        "burst_since": at,
        "burst_opened": counted.opened,
        "burst_spam": counted.spam,
        "held_until": counted.held_until,
    }
    _NOTE_WINDOW[tx.dialect.name].run(tx, **(_new_row(key, at) | values), window_from=at - window)


def end_burst(tx: Tx, key: str) -> bool:
    """An operator lets the address open tickets again; False where nothing is known of it."""
    return _END_BURST.run(tx, **_NOTHING, of_key=key) == 1


def histories(tx: Tx, keys: Sequence[str]) -> tuple[SenderHistory, ...]:
    """What is known under the first `MAX_KEYS` of these keys, in their order."""
    wanted = list(keys[:MAX_KEYS])
    if not wanted:
        return ()
    named = {bind.key: wanted[min(number, len(wanted) - 1)] for number, bind in enumerate(_KEYS)}
    found = {row.key: SenderHistory(**row._mapping) for row in _BY_KEYS.all(tx, **named)}
    return tuple(found[key] for key in wanted if key in found)


def history_of(tx: Tx, key: str) -> SenderHistory | None:
    """What is known under one key."""
    row = _BY_KEY.first(tx, key=key)
    return None if row is None else SenderHistory(**row._mapping)


def keys_in(explanation: str) -> tuple[str, ...]:
    """The sender's keys of a decided mail, from its outcome's explanation; none where nothing was proven."""
    document = json.loads(explanation) if explanation else {}
    return tuple(document.get("spam", {}).get("history", {}).get("keys", ()))


def _new_row(key: str, at: datetime) -> dict[str, Any]:
    return {"key": key, **dict.fromkeys(map(str, Happening), 0), "first_at": at, "last_at": at} | _NOTHING
