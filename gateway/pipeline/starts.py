"""An agent's mail to the desk itself, not to a ticket: what becomes of it. The table; pure.

An agent who is proven begins what he asks for, or hears why not; nothing that he writes ever becomes a customer's
ticket in silence. Who only seems to be an agent begins nothing (A-19).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from gateway.pipeline.beginning import OF_TICKETS
from gateway.pipeline.evidence import Evidence
from gateway.pipeline.plan import Action, Plan, Start
from gateway.pipeline.policy import Column
from gateway.pipeline.relation import column_of


class Writer(StrEnum):
    """Who wrote it."""

    AGENT = "agent"
    """His address, and it is proven that he wrote."""
    UNPROVEN = "unproven agent"
    FORGED = "forged agent"
    OTHER = "anybody else"


class Matter(StrEnum):
    """What it seems to ask for."""

    FORWARD = "forwards a customer's mail"
    KNOWN = "forwards a mail that a ticket holds"
    NOT_A_CUSTOMERS = "forwards a mail that is not a customer's"
    UNREADABLE = "forwards a mail that cannot be read"
    CONVERSATION = "writes to new+ and a customer"
    NO_CUSTOMER = "writes to new+ and nobody we know"
    SEVERAL = "writes to several new+ addresses"
    NOTHING = "none of these"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What happens; `action` None: the mail is like any other."""

    action: Action | None
    start: Start | None = None
    why: str = ""


_C, _W, _M = Action.COMMANDS, Writer, Matter
_RETURNED = Row(action=_C, start=Start.RETURNED, why="an agent's mail to the desk begins nothing, and goes back to him")
_HELD = Row(action=Action.HOLD, why="it bears an agent's address, and it is not proven that he wrote it")
_ANY = Row(action=None)
_NOT_AN_AGENTS = Row(action=Action.HOLD, why="only agents write to addresses that begin a conversation")
_TO_NEW = (_M.CONVERSATION, _M.NO_CUSTOMER, _M.SEVERAL)
TABLE: dict[tuple[Writer, Matter], Row] = {
    (_W.AGENT, _M.FORWARD): Row(action=_C, start=Start.FORWARD, why="an agent forwards a customer's mail"),
    (_W.AGENT, _M.KNOWN): Row(action=_C, start=Start.KNOWN, why="an agent forwards a mail that a ticket holds already"),
    (_W.AGENT, _M.NOT_A_CUSTOMERS): _RETURNED,
    (_W.AGENT, _M.UNREADABLE): _RETURNED,
    (_W.AGENT, _M.CONVERSATION): Row(action=_C, start=Start.CONVERSATION, why="an agent writes to a customer"),
    (_W.AGENT, _M.NO_CUSTOMER): _RETURNED,
    (_W.AGENT, _M.SEVERAL): _RETURNED,
    (_W.AGENT, _M.NOTHING): _RETURNED,
    **{(_W.UNPROVEN, matter): _HELD for matter in Matter},
    # The identity table holds what is forged, and a listener may refuse it; but nobody else begins conversations.
    **{(_W.FORGED, matter): _NOT_AN_AGENTS if matter in _TO_NEW else _ANY for matter in Matter},
    **{(_W.OTHER, matter): _NOT_AN_AGENTS if matter in _TO_NEW else _ANY for matter in Matter},
}

OF_NO_TICKET = "You wrote to the desk's own address, which is not the address of any ticket."
SEVERAL = "You wrote to several new+ addresses at once. Write to each customer in a mail of its own."
UNREADABLE = "Your mail seems to forward another one, but {why}. Forward it once more, as an attached mail if you can."
LOOPING = "an agent's mail answers an automatic mail of ours and begins nothing: nothing is sent back"


def starts(evidence: Evidence) -> Plan | None:
    """What an agent's mail to the desk begins; None for mail on a ticket's address, and for everybody else's."""
    token = evidence.reading.token.token
    if token is not None and token.purpose in OF_TICKETS:
        return None
    matter = matter_of(evidence)
    row = TABLE[writer_of(evidence), matter]
    if row.action is None:
        return None
    if row.action is Action.HOLD:
        return Plan(action=Action.HOLD, why=row.why)
    agent = evidence.agent.name if evidence.agent else ""
    if row.start is not Start.RETURNED:
        linked = evidence.match.ticket if row.start is Start.FORWARD else None
        return Plan(action=row.action, start=row.start, why=f"{agent}: {row.why}", linked=linked)
    if evidence.match.ticket is None and evidence.names_automatic_mail:
        return Plan(action=Action.HOLD, why=LOOPING)  # a machine that has an agent's address would go on for ever
    problem = _PROBLEMS[matter](evidence)
    return Plan(action=row.action, start=row.start, why=f"{agent}: {row.why} ({matter})", problem=problem)


def writer_of(evidence: Evidence) -> Writer:
    """Who wrote it, as far as that is proven."""
    if evidence.agent is None:
        return Writer.OTHER
    column = column_of(evidence)
    if column is Column.PROVEN:
        return Writer.AGENT
    return Writer.FORGED if column is Column.FORGED else Writer.UNPROVEN


def matter_of(evidence: Evidence) -> Matter:
    """What the mail asks for, if an agent wrote it."""
    beginning = evidence.beginning
    if beginning is None:
        return Matter.NOTHING
    if beginning.targets:
        if len(beginning.targets) > 1:
            return Matter.SEVERAL
        return Matter.NO_CUSTOMER if beginning.targets[0].problem else Matter.CONVERSATION
    passed = beginning.passed
    if passed is None:
        return Matter.UNREADABLE if beginning.why_not.is_tried else Matter.NOTHING
    if passed.obstacle:
        return Matter.NOT_A_CUSTOMERS
    return Matter.KNOWN if passed.known else Matter.FORWARD


def _unreadable(evidence: Evidence) -> str:
    beginning = evidence.beginning
    return UNREADABLE.format(why=beginning.why_not.why if beginning else "")


def _no_customer(evidence: Evidence) -> str:
    beginning = evidence.beginning
    return beginning.targets[0].problem if beginning else ""


def _not_a_customers(evidence: Evidence) -> str:
    beginning = evidence.beginning
    return beginning.passed.obstacle if beginning and beginning.passed else ""


_PROBLEMS: dict[Matter, Callable[[Evidence], str]] = {
    Matter.NOT_A_CUSTOMERS: _not_a_customers,
    Matter.UNREADABLE: _unreadable,
    Matter.NO_CUSTOMER: _no_customer,
    Matter.SEVERAL: lambda evidence: SEVERAL,
    Matter.NOTHING: lambda evidence: OF_NO_TICKET,
}
