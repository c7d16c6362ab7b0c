"""An agent's out-of-office reply: it is recorded, never passed on, and says until when he is away.

Only what is proven to be his, on a reply address that was given to him, counts: whoever else says so would take his
tickets from him.
"""

from gateway.mail.absence import away_until
from gateway.matching.token import Strength
from gateway.model import Ticket
from gateway.pipeline.effect import Doer
from gateway.pipeline.evidence import Evidence
from gateway.pipeline.plan import Action, Plan
from gateway.pipeline.policy import Column
from gateway.pipeline.relation import column_of
from gateway.store.absences import Absence, end_open_absence, put_absence
from gateway.tickets import change
from gateway.tickets.absences import today_of
from gateway.tokens import Purpose


def note_absence(doer: Doer, evidence: Evidence, ticket: Ticket | None) -> None:
    """Where it is an agent's own reply to a mail of ours: he is away, and his tickets are handed on."""
    token, agent, message = evidence.reading.token, evidence.agent, evidence.reading.message
    is_his = token.strength is Strength.T3 and token.token is not None and token.token.purpose is Purpose.AGENT
    if agent is None or not is_his or column_of(evidence) is not Column.PROVEN:
        return
    today = today_of(doer.desk, doer.at)
    until = away_until(f"{message.subject}\n{message.reply}", today)
    if until and until < today:
        return  # his program goes on although he is back
    put_absence(doer.tx, Absence(address=agent.address, since=doer.at, until=until))
    if ticket:
        end = f"until {until}, the last day" if until else "until he writes himself: no day could be read in it"
        detail = f"{agent.name} is away {end}; his automatic reply says so"
        change.note(doer.tx, ticket, kind="away", actor=agent.name, detail=detail, at=doer.at)


def note_return(doer: Doer, evidence: Evidence, plan: Plan) -> None:
    """He writes himself: an absence that had no end has one."""
    if plan.action is Action.COMMANDS and evidence.agent:
        end_open_absence(doer.tx, evidence.agent.address)
