"""`#call`: the agent gets a card for a call to the customer."""

from gateway.commands.order import Order
from gateway.pipeline.acting.scene import Scene
from gateway.tickets import calling


def problem(scene: Scene, order: Order) -> str:
    """There is always a card, if perhaps without a number."""
    return ""


def do(scene: Scene, order: Order) -> str:
    """Mail it."""
    return calling.call(scene.tx, scene.desk, scene.ticket, agent=scene.agent, at=scene.at)
