"""The identity table: token × sender × authentication → what happens. Tests walk every cell.

The rows are those of the threat model §4; the columns are grades: proven (A3, A2), open (A1, or DNS gave no answer for
too long), forged (A0). What may be said to the author depends on the grade alone, except that a proven owner is told
his ticket's number (`decide.reply_to`).
"""

from dataclasses import dataclass
from enum import StrEnum

from gateway.authn.result import Grade
from gateway.matching.token import Strength
from gateway.pipeline.plan import Action


class Relation(StrEnum):
    """Who the author is to the ticket that was found, or to us where none was."""

    OWNER = "owner"
    """T3: verified on an account. T2, T1: verified on the ticket's account, or the ticket's own correspondent."""
    CUSTOMER = "customer"
    """Verified on an account, but not the ticket's."""
    KNOWN = "known"
    """S1."""
    STRANGER = "stranger"
    """S0."""


class Column(StrEnum):
    """The three columns of the table."""

    PROVEN = "proven"
    OPEN = "open"
    FORGED = "forged"


COLUMNS = {
    Grade.A3: Column.PROVEN,
    Grade.A2: Column.PROVEN,
    Grade.A1: Column.OPEN,
    Grade.UNKNOWN: Column.OPEN,
    Grade.A0: Column.FORGED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table: an action for each column, and the sentence that explains the line."""

    proven: Action
    open: Action
    forged: Action
    why: str

    def action(self, column: Column) -> Action:
        """The cell."""
        return {Column.PROVEN: self.proven, Column.OPEN: self.open, Column.FORGED: self.forged}[column]


_A = Action
_OWN_TOKEN = Row(
    proven=_A.APPEND, open=_A.APPEND, forged=_A.APPEND_UNCONFIRMED, why="a customer answers on his own reply address"
)
_OTHERS_TOKEN = Row(
    proven=_A.APPEND_UNCONFIRMED,
    open=_A.APPEND_UNCONFIRMED,
    forged=_A.HOLD,
    why="somebody writes on a reply address that was given to another",
)
_HINT_STRANGER = Row(
    proven=_A.OPEN_UNCONFIRMED,
    open=_A.OPEN_UNCONFIRMED,
    forged=_A.HOLD,
    why="it mentions a ticket that its author has no part in",
)
_TOKEN_UNBOUND = Row(
    proven=_A.APPEND, open=_A.APPEND_UNCONFIRMED, forged=_A.HOLD, why="the author answers on his own reply address"
)
_PARTICIPANT = Row(proven=_A.APPEND, open=_A.APPEND_UNCONFIRMED, forged=_A.HOLD, why="the author belongs to the ticket")

IDENTITY: dict[tuple[Strength, Relation], Row] = {
    (Strength.T3, Relation.OWNER): _OWN_TOKEN,
    (Strength.T3, Relation.CUSTOMER): _OWN_TOKEN,
    (Strength.T3, Relation.KNOWN): _TOKEN_UNBOUND,
    (Strength.T3, Relation.STRANGER): _TOKEN_UNBOUND,
    (Strength.T2, Relation.OWNER): _PARTICIPANT,
    (Strength.T2, Relation.CUSTOMER): _OTHERS_TOKEN,
    (Strength.T2, Relation.KNOWN): _OTHERS_TOKEN,
    (Strength.T2, Relation.STRANGER): _OTHERS_TOKEN,
    (Strength.T1, Relation.OWNER): _PARTICIPANT,
    (Strength.T1, Relation.CUSTOMER): Row(
        proven=_A.OPEN,
        open=_A.OPEN_UNCONFIRMED,
        forged=_A.HOLD,
        why="a customer mentions a ticket of another account",
    ),
    (Strength.T1, Relation.KNOWN): _HINT_STRANGER,
    (Strength.T1, Relation.STRANGER): _HINT_STRANGER,
    (Strength.T0, Relation.OWNER): Row(
        proven=_A.OPEN, open=_A.OPEN_UNCONFIRMED, forged=_A.HOLD, why="a customer writes"
    ),
    (Strength.T0, Relation.CUSTOMER): Row(
        proven=_A.OPEN, open=_A.OPEN_UNCONFIRMED, forged=_A.HOLD, why="a customer writes"
    ),
    (Strength.T0, Relation.KNOWN): Row(
        proven=_A.OPEN_UNCONFIRMED,
        open=_A.OPEN_UNCONFIRMED,
        forged=_A.HOLD,
        why="somebody writes whose address is known but not verified",
    ),
    (Strength.T0, Relation.STRANGER): Row(
        proven=_A.OPEN_UNCONFIRMED, open=_A.OPEN_UNCONFIRMED, forged=_A.HOLD, why="a stranger writes"
    ),
}

COLUMN_WHY = {
    Column.PROVEN: "and is proven to have written it",
    Column.OPEN: "and it is not proven who wrote it",
    Column.FORGED: "and the author's domain says that it is forged",
}
