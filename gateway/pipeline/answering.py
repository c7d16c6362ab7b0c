"""An agent's mail: his answer to the customer, and commands. What is not understood, or may not be, does nothing."""

from dataclasses import replace

from gateway.commands.order import Block
from gateway.commands.parse import parse_block
from gateway.model import Agent, Ticket
from gateway.pipeline.acting import answer
from gateway.pipeline.acting.confirm import confirm
from gateway.pipeline.acting.run import perform, problems
from gateway.pipeline.acting.scene import Scene
from gateway.pipeline.effect import Doer, Effect, held_ticket
from gateway.pipeline.evidence import Evidence
from gateway.pipeline.plan import Plan
from gateway.pipeline.reviewing import review
from gateway.store.agents import active_agents
from gateway.tickets import change, notifications, outsiders


def commands(doer: Doer, evidence: Evidence, plan: Plan) -> Effect:
    """Do what the agent asks for, and tell him so; a mail that cannot be used goes back to him, and nothing else
    happens.
    """
    if evidence.digest:
        return review(doer, evidence, plan)
    ticket, agent = held_ticket(doer, evidence), evidence.agent
    assert agent is not None
    if plan.problem:
        return _returned(doer, evidence, ticket, agent, plan.problem)
    scene = _scene(doer, evidence, ticket, agent)
    text, obstacle = answer.leaving(scene)
    found = _unclear(scene) or tuple(filter(None, (obstacle,))) or tuple(problems(scene))
    if found:
        return _returned(doer, evidence, ticket, agent, "\n".join(found))
    done = perform(replace(scene, answer=text))
    confirm(scene, done)
    return Effect(ticket_id=ticket.id, article_id=done.article_id)


def _unclear(scene: Scene) -> tuple[str, ...]:
    """What is wrong with the block; a quotation of ours below it, whose commands nobody meant, comes first."""
    found = scene.block.problems
    own = [line for line in scene.message.reply.split("\n") if not line.lstrip().startswith(">")] if found else []
    return (outsiders.holds_quotation("\n".join(own)) or found[0], *found[1:]) if found else ()


def _scene(doer: Doer, evidence: Evidence, ticket: Ticket, agent: Agent) -> Scene:
    message = evidence.reading.message
    unread = f"The mail could not be read: {message.unparsed}."
    block = Block(problems=(unread,)) if message.unparsed else parse_block(message.reply, doer.at, agent.name)
    agents = tuple(active_agents(doer.tx))
    return Scene(doer=doer, evidence=evidence, ticket=ticket, agent=agent, agents=agents, block=block)


def _returned(doer: Doer, evidence: Evidence, ticket: Ticket, agent: Agent, problem: str) -> Effect:
    text = evidence.reading.message.reply
    notifications.send_returned(doer.tx, doer.desk, agent, ticket, problem=problem, text=text, at=doer.at)
    change.note(doer.tx, ticket, kind="returned", actor=agent.name, detail=problem, at=doer.at)
    return Effect(ticket_id=ticket.id)
