"""Who of the desk is away today, and who looks after his tickets meanwhile?

Away is who has holidays in the configuration, and whose out-of-office reply said so (`store.absences`).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from gateway.model import Agent, Ticket
from gateway.store import absences as store
from gateway.store.db import Tx
from gateway.tickets.desk import Desk


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """An agent who is away, and until which day; None where nobody knows."""

    agent: Agent
    until: date | None


def today_of(desk: Desk, at: datetime) -> date:
    """The day by the clock on the desk's wall."""
    return at.astimezone(desk.hours.zone).date()


def away_today(tx: Tx, desk: Desk, agents: Sequence[Agent], at: datetime) -> dict[str, Away]:
    """Those of these agents who are away, by their addresses."""
    today = today_of(desk, at)
    told = {absence.address: absence.until for absence in store.absences(tx) if not _is_over(absence.until, today)}
    found: dict[str, Away] = {}
    for agent in agents:
        ends = [last for first, last in agent.away if first <= today <= last]
        if agent.address in told:
            until = told[agent.address]
            found[agent.address] = Away(agent=agent, until=max((*ends, until)) if until else None)
        elif ends:
            found[agent.address] = Away(agent=agent, until=max(ends))
    return found


def colleagues(ticket: Ticket, gone: Agent, agents: Sequence[Agent], away: Collection[str]) -> list[Agent]:
    """Those who are there and may look after the ticket: of its team, else of a team of his, and of its language."""
    teams = {ticket.team} if ticket.team else set(gone.teams)
    return [
        agent
        for agent in agents
        if agent.address != gone.address
        and agent.address not in away
        and (not teams or teams & set(agent.teams))
        and (not agent.languages or ticket.language in agent.languages)
    ]


def present(tx: Tx, desk: Desk, agents: Sequence[Agent], ticket: Ticket, at: datetime) -> Sequence[Agent]:
    """Whom to tell of the ticket's mail: nobody who is away, and his colleagues where its own agent is."""
    away = away_today(tx, desk, agents, at)
    there = [agent for agent in agents if agent.address not in away]
    gone = away.get(ticket.assignee or "")
    if gone:
        return colleagues(ticket, gone.agent, agents, away) or there or agents
    return there or agents


def _is_over(until: date | None, today: date) -> bool:
    return until is not None and until < today
