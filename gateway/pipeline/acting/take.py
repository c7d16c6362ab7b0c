"""`#take`: the ticket is the agent's own."""

from gateway.commands.order import Order
from gateway.pipeline.acting.scene import Scene
from gateway.tickets import change


def problem(scene: Scene, order: Order) -> str:
    """Every ticket can be taken."""
    return ""


def do(scene: Scene, order: Order) -> str:
    """Take it."""
    change.assign(scene.tx, scene.ticket, scene.agent.address, actor=scene.agent.name, at=scene.at)
    return scene.say("taken")
