"""What the threat model §4 and the design §5 say, written down by hand: nothing here is taken from the program."""

from dataclasses import dataclass

from tests.identity.zone import Domain, Proof

NEW, UNCONFIRMED = "open", "open_unconfirmed"
ADDED, ADDED_UNCONFIRMED = "append", "append_unconfirmed"
HELD = "hold"
RECEIPT, NEUTRAL, ASK_SHOP = "receipt", "neutral", "ask_shop"
CONFIRM = "confirm_request"
NOTICE = "notification"

REACHES_AGENTS = (NEW, UNCONFIRMED, ADDED, ADDED_UNCONFIRMED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What one cell of the table lets happen."""

    action: str
    reply: str = ""
    """The automatic mail to the author, by its template."""
    asks: bool = False
    """Are the verified addresses of the account asked whether the mail was theirs?"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of the table: the columns A3/A2, A1 and A0."""

    proven: Cell
    unproven: Cell
    forged: Cell
    links: bool = False
    """Do agents see a link to the ticket that is hinted at?"""


def row(proven: str, unproven: str, forged: str, *, reply: str = "", asks: bool = False, links: bool = False) -> Row:
    """A line in which only the proven column sends anything to anybody outside."""
    return Row(
        proven=Cell(action=proven, reply=reply, asks=asks),
        unproven=Cell(action=unproven),
        forged=Cell(action=forged),
        links=links,
    )


TABLE = {
    "T3 S2": row(ADDED, ADDED, ADDED_UNCONFIRMED),
    "T3 S1": row(ADDED, ADDED_UNCONFIRMED, HELD),
    "T3 S0": row(ADDED, ADDED_UNCONFIRMED, HELD),
    "T2 S2 same": row(ADDED, ADDED_UNCONFIRMED, HELD),
    "T2 S2 other": row(ADDED_UNCONFIRMED, ADDED_UNCONFIRMED, HELD),
    "T2 S1": row(ADDED_UNCONFIRMED, ADDED_UNCONFIRMED, HELD),
    "T2 S0": row(ADDED_UNCONFIRMED, ADDED_UNCONFIRMED, HELD),
    "T1 S2 same": row(ADDED, ADDED_UNCONFIRMED, HELD),
    "T1 S2 other": row(NEW, UNCONFIRMED, HELD, reply=RECEIPT, links=True),
    "T1 S1": row(UNCONFIRMED, UNCONFIRMED, HELD, reply=NEUTRAL, links=True),
    "T1 S0": row(UNCONFIRMED, UNCONFIRMED, HELD, reply=NEUTRAL, links=True),
    "T0 S2 one": row(NEW, UNCONFIRMED, HELD, reply=RECEIPT),
    "T0 S2 several": row(NEW, UNCONFIRMED, HELD, reply=ASK_SHOP),
    "T0 S1": row(UNCONFIRMED, UNCONFIRMED, HELD, reply=NEUTRAL, asks=True),
    "T0 S0": row(UNCONFIRMED, UNCONFIRMED, HELD, reply=NEUTRAL),
}
"""Nothing is refused in the dialogue: this listener accepts first and decides after, so "reject" is "hold" (§5.1)."""

_PROVEN = {Proof.DKIM: "A3", Proof.SPF: "A2", Proof.UNANSWERED: "A?"}
_WITHOUT_RECORD = {Proof.DKIM: "A2", Proof.SPF: "A2", Proof.UNANSWERED: "A?"}
GRADES = {
    "reject": _PROVEN | {Proof.NOTHING: "A0", Proof.BROKEN: "A0"},
    "quarantine": _PROVEN | {Proof.NOTHING: "A0", Proof.BROKEN: "A0"},
    "none": _PROVEN | {Proof.NOTHING: "A1", Proof.BROKEN: "A1"},
    "": _WITHOUT_RECORD | {Proof.NOTHING: "A1", Proof.BROKEN: "A1"},
}


def grade(domain: Domain, proof: Proof) -> str:
    """A3 to A0 for a mail of this domain, so proven."""
    return GRADES[domain.policy][proof]


def cell(name: str, of_grade: str) -> Cell:
    """The cell of a line; a mail that waited for DNS as long as is allowed counts as A1."""
    line = TABLE[name]
    columns = {"A3": line.proven, "A2": line.proven, "A1": line.unproven, "A?": line.unproven, "A0": line.forged}
    return columns[of_grade]


def needs_no_answer(name: str) -> bool:
    """Is A1 as good as A3 there, so that nothing is gained by waiting for DNS?"""
    return TABLE[name].proven == TABLE[name].unproven
