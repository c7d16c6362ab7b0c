"""`#next`: the agent gets the ticket that is most pressing for him, with the whole notification."""

from gateway.commands.order import Order
from gateway.pipeline.acting.scene import Scene
from gateway.queue.serve import next_ticket
from gateway.queue.who_may import absence
from gateway.tickets.handing import hand_over


def problem(scene: Scene, order: Order) -> str:
    """That there is none is no mistake."""
    return ""


def do(scene: Scene, order: Order) -> str:
    """Hand it to him; never the one that he writes about."""
    hours = scene.desk.hours
    away = absence(scene.agent, hours, scene.at)
    if away:
        return away
    found = next_ticket(scene.tx, hours, scene.agent, scene.agents, scene.at, besides=scene.ticket.id)
    if found is None:
        return scene.say("next_none")
    hand_over(scene.tx, scene.desk, [scene.agent], found, at=scene.at)
    return scene.say("next", number=str(found.id))
