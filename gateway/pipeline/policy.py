"""The identity table: token × sender × authentication → what happens; the spam table. Tests walk every cell.

The rows are those of the threat model §4; the columns are grades: proven (A3, A2), open (A1, or DNS gave no answer for
too long), forged (A0). What is sent to the author by itself depends on the grade alone, except that a proven owner is
told his ticket's number and asked which of his own shops he means: who is known (S1) and who is not (S0) get the same.

Below A2 nobody is written to by itself, and nobody else either because of it: an account's owner is asked about a mail
only if its author is proven, or anybody could make us write to our customers (P3, I6).

What confirms a ticket that was opened in somebody's name (the only cells with `confirms`, and `decide.confirmations`):

1. The account's verified address answers the question that we sent it, by its signed address, and is proven (A2).
2. The ticket's own correspondent, verified on an account and proven, answers on the reply address that an agent's
   answer gave him. Nobody else was handed that address, so he has read what the ticket says and goes on with it, unless
   his answer begins with a "no". It confirms the ticket, not the earlier mails in it: they stay marked as not proven.

A hint (T1) confirms nothing, nor does a neutral mail, which holds no address of its ticket: whoever answers it writes
in a thread that anybody may have named. Nor does anybody whose address is not verified, whatever he answers on.
"""

from dataclasses import dataclass
from enum import StrEnum

from gateway.authn.result import Grade
from gateway.matching.token import Strength
from gateway.pipeline.plan import Action, Disclosure, Reply
from gateway.spam.history import Reputation


class Relation(StrEnum):
    """Who the author is to the ticket that was found, or to us where none was."""

    OWNER = "owner"
    """T3: verified on an account. T2, T1: verified on the ticket's account, or the ticket's own correspondent.

    Nobody owns a ticket that was closed more than 30 days ago: what leads to it is a hint, and opens a new one.
    """
    CUSTOMER = "customer"
    """Verified on an account, but not the ticket's."""
    SEVERAL = "several"
    """Verified, and of several shops it is open which one he means: a CUSTOMER, for T3 the OWNER."""
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
class Cell:
    """What happens to a mail, and why in a sentence."""

    action: Action
    why: str
    reply: Reply | None = None
    disclosure: Disclosure = Disclosure.D0
    asks_owner: bool = False
    """Ask the verified addresses of accounts that have the author's on file, or whose shops he names: was it you?"""
    links: bool = False
    """Tell the agents, and nobody else, of the ticket that it mentions."""
    refusable: bool = False
    """May a listener refuse it inside the dialogue (`screen`) instead? Everywhere else it is held."""
    confirms: bool = False
    """If the ticket is unconfirmed and the author's own, it is confirmed (see above)."""


_A, _R, _D = Action, Reply, Disclosure


def _held(why: str, *, refusable: bool = False) -> Cell:
    return Cell(
        action=_A.HOLD,
        why=f"{why}, and the evidence is against it: his domain forbids it, or the mail names no single author",
        refusable=refusable,
    )


def _row(proven: Cell, unproven: Cell, forged: Cell) -> dict[Column, Cell]:
    return {Column.PROVEN: proven, Column.OPEN: unproven, Column.FORGED: forged}


_T3_OPEN = Cell(
    action=_A.APPEND,
    why="a customer seems to answer on his own reply address; sender not authenticated",
    disclosure=_D.D3,
)
_T3_FORGED = Cell(
    action=_A.APPEND_UNCONFIRMED,
    why="a customer's own reply address was used, and his domain says that he did not write this",
    disclosure=_D.D3,
)
_T3_UNBOUND = _row(
    Cell(
        action=_A.APPEND,
        why="the author answers on his own reply address; the ticket stays as unbound as before",
        disclosure=_D.D3,
    ),
    Cell(
        action=_A.APPEND_UNCONFIRMED,
        why="somebody answers on his own reply address; sender not authenticated, address not verified",
        disclosure=_D.D3,
    ),
    _held("somebody seems to answer on his own reply address"),
)
_OTHERS_TOKEN = _row(
    Cell(action=_A.APPEND_UNCONFIRMED, why="the author writes on a reply address that was issued to another"),
    Cell(
        action=_A.APPEND_UNCONFIRMED,
        why="somebody writes on a reply address that was issued to another; sender not authenticated",
    ),
    _held("somebody seems to write on a reply address that was issued to another"),
)
_STRANGERS_HINT = _row(
    Cell(
        action=_A.OPEN_UNCONFIRMED,
        why="the author mentions a ticket that he has no part in or a closed one",
        reply=_R.NEUTRAL,
        disclosure=_D.D1,
        links=True,
    ),
    Cell(
        action=_A.OPEN_UNCONFIRMED,
        why="somebody mentions a ticket that he has no part in or a closed one; sender not authenticated",
        links=True,
    ),
    _held("somebody seems to mention a ticket that he has no part in or a closed one", refusable=True),
)
_CLAIMS_OWN = Cell(
    action=_A.OPEN_UNCONFIRMED,
    why="it claims to be from a customer; sender not authenticated",
)

IDENTITY: dict[tuple[Strength, Relation], dict[Column, Cell]] = {
    # ------------------------------------------------------ T3: a valid reply address, in time, issued to the author
    (Strength.T3, Relation.OWNER): _row(
        Cell(
            action=_A.APPEND,
            why="a proven customer answers on his own reply address",
            disclosure=_D.D3,
            confirms=True,
        ),
        _T3_OPEN,
        _T3_FORGED,
    ),
    (Strength.T3, Relation.SEVERAL): _row(
        Cell(
            action=_A.APPEND,
            why="a proven customer answers on his own reply address, and it is still open which shop he means",
            reply=_R.ASK_SHOP,
            disclosure=_D.D3,
            confirms=True,
        ),
        _T3_OPEN,
        _T3_FORGED,
    ),
    (Strength.T3, Relation.KNOWN): _T3_UNBOUND,
    (Strength.T3, Relation.STRANGER): _T3_UNBOUND,
    # ---------------------------------------------------------- T2: a valid reply address, in time, issued to another
    (Strength.T2, Relation.OWNER): _row(
        Cell(
            action=_A.APPEND,
            why="the author belongs to the ticket and writes on a reply address that another of it was given",
            disclosure=_D.D3,
        ),
        Cell(
            action=_A.APPEND_UNCONFIRMED,
            why="one who seems to belong to the ticket writes on another's reply address; sender not authenticated",
            disclosure=_D.D3,
        ),
        _held("one who seems to belong to the ticket writes on another's reply address"),
    ),
    (Strength.T2, Relation.CUSTOMER): _OTHERS_TOKEN,
    (Strength.T2, Relation.KNOWN): _OTHERS_TOKEN,
    (Strength.T2, Relation.STRANGER): _OTHERS_TOKEN,
    # ------------------------------------ T1: a message id or reference of ours, an expired address, or a known thread
    (Strength.T1, Relation.OWNER): _row(
        Cell(action=_A.APPEND, why="the author belongs to the ticket that he goes on with", disclosure=_D.D3),
        Cell(
            action=_A.APPEND_UNCONFIRMED,
            why="somebody who seems to belong to the ticket goes on with it; sender not authenticated",
            disclosure=_D.D3,
        ),
        _held("somebody who seems to belong to the ticket goes on with it"),
    ),
    (Strength.T1, Relation.CUSTOMER): _row(
        Cell(
            action=_A.OPEN,
            why="a proven customer mentions another account's ticket or a closed one: he gets his own",
            reply=_R.RECEIPT,
            disclosure=_D.D2,
            links=True,
        ),
        Cell(
            action=_A.OPEN_UNCONFIRMED,
            why="a customer seems to mention a ticket of another account or a closed one; sender not authenticated",
            links=True,
        ),
        _held("a customer seems to mention a ticket of another account or a closed one"),
    ),
    (Strength.T1, Relation.SEVERAL): _row(
        Cell(
            action=_A.OPEN,
            why="a proven customer of several shops mentions another account's ticket or a closed one: he gets his own",
            reply=_R.ASK_SHOP,
            disclosure=_D.D2,
            links=True,
        ),
        Cell(
            action=_A.OPEN_UNCONFIRMED,
            why="a customer seems to mention a ticket of another account or a closed one; sender not authenticated",
            links=True,
        ),
        _held("a customer seems to mention a ticket of another account or a closed one"),
    ),
    (Strength.T1, Relation.KNOWN): _STRANGERS_HINT,
    (Strength.T1, Relation.STRANGER): _STRANGERS_HINT,
    # --------------------------------------------------------------------------------- T0: nothing leads to a ticket
    (Strength.T0, Relation.CUSTOMER): _row(
        Cell(action=_A.OPEN, why="a proven customer writes", reply=_R.RECEIPT, disclosure=_D.D2),
        _CLAIMS_OWN,
        _held("a customer seems to write", refusable=True),
    ),
    (Strength.T0, Relation.SEVERAL): _row(
        Cell(
            action=_A.OPEN,
            why="a proven customer of several shops writes, and it is open which one he means",
            reply=_R.ASK_SHOP,
            disclosure=_D.D2,
        ),
        _CLAIMS_OWN,
        _held("a customer of several shops seems to write", refusable=True),
    ),
    (Strength.T0, Relation.KNOWN): _row(
        Cell(
            action=_A.OPEN_UNCONFIRMED,
            why="the author is proven, and his address is known but not verified",
            reply=_R.NEUTRAL,
            disclosure=_D.D1,
            asks_owner=True,
        ),
        Cell(
            action=_A.OPEN_UNCONFIRMED,
            why="somebody writes whose address is known but not verified; sender not authenticated",
        ),
        _held("somebody seems to write whose address is known but not verified", refusable=True),
    ),
    (Strength.T0, Relation.STRANGER): _row(
        Cell(
            action=_A.OPEN_UNCONFIRMED,
            why="the author is proven, and unknown to us",
            reply=_R.NEUTRAL,
            disclosure=_D.D1,
            asks_owner=True,
        ),
        Cell(
            action=_A.OPEN_UNCONFIRMED,
            why="somebody writes who is unknown to us; sender not authenticated",
        ),
        _held("somebody unknown to us seems to write", refusable=True),
    ),
}


class SpamClass(StrEnum):
    """Whose mail it is, for the spam engine's score."""

    TRUSTED = "trusted"
    """T3, or S2 at A3 or A2: an authenticated customer's mail is never lost to the filter."""
    SPOOFABLE = "spoofable"
    """S2 at A1 or less: spammers do use customers' addresses."""
    OTHER = "other"
    """A stranger who is proven, whose address is known, or who mentions a ticket."""
    UNPROVEN = "unproven"
    """S0 at A1 without any trace of a ticket."""


class Band(StrEnum):
    """Where a score stands between the marks of `MARKS`."""

    CLEAN = "clean"
    DOUBTFUL = "doubtful"
    SUSPECT = "suspect"
    SPAM = "spam"
    STRONG = "strong"
    SURE = "sure"
    BLATANT = "blatant"


MARKS = (
    (Band.BLATANT, 3.0),
    (Band.SURE, 1.6),
    (Band.STRONG, 1.4),
    (Band.SPAM, 1.0),
    (Band.SUSPECT, 0.6),
    (Band.DOUBTFUL, 0.4),
)
"""From which score on, in thresholds of the engine: with SpamAssassin's 5 these are 15, 8, 7, 5, 3 and 2."""
BAD_SIGNATURE_POINTS = 2.0
"""What a reply address that we never issued adds to the score of a mail that proves nothing else."""


class Verdict(StrEnum):
    """What the score says of a mail."""

    GO_ON = "go on"
    HOLD = "hold"
    REFUSE = "refuse"
    """Where a listener refuses inside the dialogue (`screen`); everywhere else it is held."""


def _from(*, hold: Band, refuse: Band | None) -> dict[Band, Verdict]:
    """A row of the table: from which band on a mail is held, and from which it is refused."""
    order = list(Band)

    def verdict(band: Band) -> Verdict:
        if refuse is not None and order.index(band) >= order.index(refuse):
            return Verdict.REFUSE
        return Verdict.HOLD if order.index(band) >= order.index(hold) else Verdict.GO_ON

    return {band: verdict(band) for band in Band}


_B = Band
_KNOWN = _from(hold=_B.SPAM, refuse=None)
SPAM: dict[tuple[SpamClass, Reputation], dict[Band, Verdict]] = {
    # A proven customer's mail is held at worst, whatever people said of others of his: his mailbox may be broken into.
    (SpamClass.TRUSTED, Reputation.GOOD): _KNOWN,
    (SpamClass.TRUSTED, Reputation.NONE): _KNOWN,
    (SpamClass.TRUSTED, Reputation.BAD): _KNOWN,
    # It is not proven to be his: a good history would be that of the server which speaks for it, not the author's.
    (SpamClass.SPOOFABLE, Reputation.GOOD): _from(hold=_B.SPAM, refuse=_B.BLATANT),
    (SpamClass.SPOOFABLE, Reputation.NONE): _from(hold=_B.SPAM, refuse=_B.BLATANT),
    (SpamClass.SPOOFABLE, Reputation.BAD): _from(hold=_B.SUSPECT, refuse=_B.BLATANT),
    (SpamClass.OTHER, Reputation.GOOD): _from(hold=_B.STRONG, refuse=_B.BLATANT),
    (SpamClass.OTHER, Reputation.NONE): _from(hold=_B.SPAM, refuse=_B.SURE),
    (SpamClass.OTHER, Reputation.BAD): _from(hold=_B.SUSPECT, refuse=_B.SURE),
    (SpamClass.UNPROVEN, Reputation.GOOD): _from(hold=_B.DOUBTFUL, refuse=_B.SURE),
    (SpamClass.UNPROVEN, Reputation.NONE): _from(hold=_B.DOUBTFUL, refuse=_B.SURE),
    (SpamClass.UNPROVEN, Reputation.BAD): _from(hold=_B.DOUBTFUL, refuse=_B.STRONG),
}


def band_of(score: float, threshold: float) -> Band:
    """The band that a score is in, by the engine's own threshold."""
    return next((band for band, mark in MARKS if score >= mark * threshold), Band.CLEAN)
