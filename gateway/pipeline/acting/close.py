"""`#close`: the ticket is closed; who got no answer with it hears so, if the operator wants that."""

from gateway.commands.order import Order
from gateway.pipeline.acting.ending import move
from gateway.pipeline.acting.scene import Scene
from gateway.tickets.letters import send_closed
from gateway.tickets.state import Happening


def problem(scene: Scene, order: Order) -> str:
    """Every ticket can be closed."""
    return ""


def do(scene: Scene, order: Order) -> str:
    """Close it."""
    closed = move(scene, scene.ticket, Happening.CLOSED)
    if not scene.block.answers:
        send_closed(scene.tx, scene.desk, closed, at=scene.at, not_before=scene.leaves_at)
    return scene.say("closed")
