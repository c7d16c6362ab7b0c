"""`#assign`: a colleague has the ticket, and gets the whole notification with a reply address of his own."""

from gateway.commands.order import Order
from gateway.pipeline.acting.colleagues import find_agent, nobody
from gateway.pipeline.acting.scene import Scene
from gateway.tickets import change
from gateway.tickets.handing import hand_over


def problem(scene: Scene, order: Order) -> str:
    """Nobody of that name."""
    return "" if find_agent(order.given.text, scene.agents) else nobody(order.given.text, scene.agents)


def do(scene: Scene, order: Order) -> str:
    """Give it to him; who gives it to himself has it before him already."""
    chosen = find_agent(order.given.text, scene.agents)
    assert chosen is not None
    ticket = change.assign(scene.tx, scene.ticket, chosen.address, actor=scene.agent.name, at=scene.at)
    if chosen.address == scene.agent.address:
        return scene.say("taken")
    hand_over(scene.tx, scene.desk, [chosen], ticket, at=scene.at)
    return scene.say("assigned", name=chosen.name)
