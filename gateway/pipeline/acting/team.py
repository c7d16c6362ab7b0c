"""`#team`: a team has the ticket; its members get it by mail, unless the same mail gives it to one of them."""

from gateway.commands.order import Order, Word
from gateway.model import Agent
from gateway.pipeline.acting.colleagues import find_name, listed
from gateway.pipeline.acting.scene import Scene
from gateway.tickets import change
from gateway.tickets.handing import hand_over


def problem(scene: Scene, order: Order) -> str:
    """There is no such team."""
    known = _teams(scene)
    if find_name(order.given.text, known):
        return ""
    return f"There is no team `{order.given.text[:60]}`, or several could be meant. There are {listed(known)}."


def do(scene: Scene, order: Order) -> str:
    """Give it to the team; who has it and is not of it has it no more."""
    team = find_name(order.given.text, _teams(scene))
    stays = scene.block.has(Word.ASSIGN) or scene.block.has(Word.TAKE)
    members = [agent for agent in scene.agents if team in agent.teams]
    keeps = stays or any(agent.address == scene.ticket.assignee for agent in members)
    ticket = change.amend(
        scene.tx,
        scene.ticket,
        kind="team",
        actor=scene.agent.name,
        detail=f"to {team}",
        at=scene.at,
        team=team,
        assignee=scene.ticket.assignee if keeps else None,
    )
    told: list[Agent] = [] if keeps else [agent for agent in members if agent.address != scene.agent.address]
    hand_over(scene.tx, scene.desk, told, ticket, at=scene.at)
    said = scene.say("team", team=team)
    names = ", ".join(agent.name for agent in told)
    return f"{said} {scene.say('team_told', names=names)}" if told else said


def _teams(scene: Scene) -> list[str]:
    return sorted({team for agent in scene.agents for team in agent.teams} | {team.name for team in scene.desk.teams})
