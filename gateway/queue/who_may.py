"""Which agent may serve which ticket: by team, language, holidays and hours. Pure.

What must stay true: every ticket has somebody. Where no agent who is not on holiday has both its team and its language,
its language counts alone; where nobody has that either, all may serve it, or it would wait for ever.
"""

from collections.abc import Sequence
from datetime import datetime

from gateway.hours.desk_hours import DeskHours, is_open, next_opening, with_week
from gateway.model import Agent, Ticket
from gateway.tokens import canonical_address


def may_serve(agent: Agent, ticket: Ticket, *, agents: Sequence[Agent], hours: DeskHours, at: datetime) -> bool:
    """May he be handed this ticket? It has nobody, or him, or somebody who is an agent no longer."""
    return is_free_for(agent, ticket, agents) and suits(agent, ticket, agents=agents, hours=hours, at=at)


def suits(agent: Agent, ticket: Ticket, *, agents: Sequence[Agent], hours: DeskHours, at: datetime) -> bool:
    """Is he one of those whose ticket this is, whoever has it now?"""
    present = [one for one in agents if not is_away(one, hours, at)]
    for fits in (_has_team_and_language, _speaks):
        if any(fits(one, ticket) for one in present):
            return fits(agent, ticket)
    return True


def is_free_for(agent: Agent, ticket: Ticket, agents: Sequence[Agent]) -> bool:
    """Has it nobody else?"""
    known = {canonical_address(one.address) for one in agents}
    return ticket.assignee in (None, canonical_address(agent.address)) or ticket.assignee not in known


def is_away(agent: Agent, hours: DeskHours, at: datetime) -> bool:
    """Is this day, at the desk, one of his holidays?"""
    day = at.astimezone(hours.zone).date()
    return any(first <= day <= last for first, last in agent.away)


def absence(agent: Agent, hours: DeskHours, at: datetime) -> str:
    """Why he is handed nothing now, as a sentence; "" where he is at work."""
    if is_away(agent, hours, at):
        return "You are on holiday today."
    own = with_week(hours, agent.hours)
    if is_open(own, at):
        return ""
    opening = next_opening(own, at).astimezone(hours.zone)
    return f"Your working hours begin again on {opening:%Y-%m-%d at %H:%M}."


def _has_team_and_language(agent: Agent, ticket: Ticket) -> bool:
    return _speaks(agent, ticket) and (not ticket.team or not agent.teams or ticket.team in agent.teams)


def _speaks(agent: Agent, ticket: Ticket) -> bool:
    return not agent.languages or ticket.language in agent.languages
