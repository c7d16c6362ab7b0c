"""`#split`: the customer's newest mail becomes a ticket of its own."""

from gateway.commands.order import Order
from gateway.pipeline.acting.scene import Scene
from gateway.tickets import splitting


def problem(scene: Scene, order: Order) -> str:
    """There is nothing to split."""
    return splitting.problem(scene.tx, scene.ticket)


def do(scene: Scene, order: Order) -> str:
    """Split it."""
    return splitting.split(scene.tx, scene.desk, scene.ticket, agent=scene.agent, subject=order.given.text, at=scene.at)
