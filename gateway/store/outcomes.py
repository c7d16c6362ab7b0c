"""SQL for outcomes: exactly one for each decided entry, and the figures that prove it."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, case, func, insert, select

from gateway.store.db import Tx
from gateway.store.prepared import Prepared
from gateway.store.schema.outcome import OutcomeRow
from gateway.store.schema.spool import SpoolRow

SAME_CONTENT_WINDOW = timedelta(days=7)
"""A second mail with the same content key within this time came by a second route; later it is a new mail."""
MAX_COPIES = 50
"""Copies of the same bytes that are looked at for one that was decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of an entry, and why."""

    entry_id: str
    decided_at: datetime
    action: str
    why: str
    mail_class: str = ""
    """Which machine wrote it, or a person; "" for what could not be read."""
    ticket_id: int | None = None
    article_id: int | None = None
    duplicate_of: str | None = None
    content_key: str = ""
    explanation: str = ""
    """The `explain` document of the decision, as JSON."""


_INSERT = Prepared(insert(OutcomeRow))
_BY_ENTRY = Prepared(select(OutcomeRow.__table__).where(OutcomeRow.entry_id == bindparam("entry_id")))
_COPY = select(SpoolRow.id).where(SpoolRow.sha256 == bindparam("sha256"), SpoolRow.id != bindparam("entry_id"))
_HAS_COPY = Prepared(_COPY.limit(1))
# The first copies are looked at, not all of them: somebody may send the same a hundred thousand times.
_COPIES = _COPY.limit(MAX_COPIES).subquery()
# A copy that people were shown first, then one that is held, then one that itself is a duplicate of either.
_BEST_FIRST = case((OutcomeRow.action == "hold", 1), (OutcomeRow.action == "duplicate", 2), else_=0)
# Of what was refused nobody has a copy: its sender was told so, and may send it again.
_EARLIER = select(OutcomeRow.entry_id, OutcomeRow.action, OutcomeRow.duplicate_of).where(OutcomeRow.action != "reject")
_SAME_BYTES = Prepared(
    _EARLIER.join(_COPIES, _COPIES.c.id == OutcomeRow.entry_id).order_by(_BEST_FIRST, OutcomeRow.entry_id).limit(1)
)
_SAME_CONTENT = Prepared(
    _EARLIER.where(
        OutcomeRow.content_key == bindparam("content_key"),
        OutcomeRow.entry_id != bindparam("entry_id"),
        OutcomeRow.decided_at > bindparam("since"),
    )
    .order_by(_BEST_FIRST, OutcomeRow.entry_id)
    .limit(1)
)


def insert_outcome(tx: Tx, outcome: Outcome) -> None:
    """Write the outcome; a second one for the same entry is an integrity error, and rolls everything back (I3)."""
    _INSERT.run(tx, **{field.name: getattr(outcome, field.name) for field in fields(Outcome)})


def _outcome(row: Any) -> Outcome:
    return Outcome(**row._mapping)


def outcome_of(tx: Tx, entry_id: str) -> Outcome | None:
    """The outcome of an entry, None while it is pending."""
    row = _BY_ENTRY.first(tx, entry_id=entry_id)
    return None if row is None else _outcome(row)


def outcomes_by_action(tx: Tx, action: str, *, limit: int) -> list[Outcome]:
    """The newest outcomes of one kind."""
    rows = tx.execute(
        select(OutcomeRow.__table__)
        .where(OutcomeRow.action == action)
        .order_by(OutcomeRow.decided_at.desc())
        .limit(limit)
    )
    return [_outcome(row) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """An entry decided before that is the same mail."""

    entry_id: str
    is_held: bool
    """It is held, and no better copy of it came."""


def same_bytes(tx: Tx, entry_id: str, sha256: str) -> Earlier | None:
    """An entry decided before whose bytes are the same, if there is one (dedupe L1)."""
    if _HAS_COPY.first(tx, entry_id=entry_id, sha256=sha256) is None:  # most have none, and to sort none takes longer
        return None
    return _earlier(_SAME_BYTES.first(tx, entry_id=entry_id, sha256=sha256))


def same_content(tx: Tx, entry_id: str, content_key: str, now: datetime) -> Earlier | None:
    """An entry decided lately that says the same, whatever route it took (dedupe L2).

    Outcomes of duplicates are kept without a content key, so there are few to look through.
    """
    since = now - SAME_CONTENT_WINDOW
    return _earlier(_SAME_CONTENT.first(tx, entry_id=entry_id, content_key=content_key, since=since))


def _earlier(row: Any) -> Earlier | None:
    return None if row is None else Earlier(entry_id=row.duplicate_of or row.entry_id, is_held=row.action == "hold")


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """Every accepted mail counted on both sides: what came in, and what became of it (I2)."""

    received: int
    pending: int
    by_action: tuple[tuple[str, int], ...]
    without_outcome: tuple[str, ...]
    """Entries that count as done but have no outcome: there must be none."""
    outcome_while_pending: tuple[str, ...]
    """Entries with an outcome that still wait: there must be none."""

    @property
    def decided(self) -> int:
        """Entries with an outcome."""
        return sum(count for _, count in self.by_action)

    @property
    def is_even(self) -> bool:
        """Does received equal decided and pending together, with nothing on the wrong side?"""
        return (
            self.received == self.decided + self.pending and not self.without_outcome and not self.outcome_while_pending
        )


def balance(tx: Tx, *, examples: int = 20) -> Balance:
    """Count both sides; names up to `examples` entries that are on the wrong one."""
    received = tx.execute(select(func.count()).select_from(SpoolRow)).scalar_one()
    pending = tx.execute(select(func.count()).select_from(SpoolRow).where(SpoolRow.state == "pending")).scalar_one()
    by_action = tx.execute(
        select(OutcomeRow.action, func.count()).group_by(OutcomeRow.action).order_by(OutcomeRow.action)
    ).all()
    joined = select(SpoolRow.id).join(OutcomeRow, OutcomeRow.entry_id == SpoolRow.id, isouter=True)
    without = joined.where(SpoolRow.state == "done", OutcomeRow.entry_id.is_(None)).limit(examples)
    early = joined.where(SpoolRow.state == "pending", OutcomeRow.entry_id.is_not(None)).limit(examples)
    return Balance(
        received=received,
        pending=pending,
        by_action=tuple((action, count) for action, count in by_action),
        without_outcome=tuple(tx.execute(without).scalars()),
        outcome_while_pending=tuple(tx.execute(early).scalars()),
    )


def sources(tx: Tx, entry_ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    """For entries: the door and the source of each."""
    rows = tx.execute(select(SpoolRow.id, SpoolRow.via, SpoolRow.source).where(SpoolRow.id.in_(entry_ids)))
    return {row.id: (row.via, row.source) for row in rows}
