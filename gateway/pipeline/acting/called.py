"""`#called`: what was said on the telephone, as a note."""

from gateway.commands.order import Order
from gateway.pipeline.acting.scene import Scene
from gateway.tickets import calling


def problem(scene: Scene, order: Order) -> str:
    """Every call can be noted."""
    return ""


def do(scene: Scene, order: Order) -> str:
    """Keep it."""
    minutes = order.given.numbers[0] if order.given.numbers else None
    return calling.called(
        scene.tx, scene.ticket, agent=scene.agent, minutes=minutes, text=scene.block.text, at=scene.at
    )
