"""`#solved`: the ticket is solved; a customer who got no words with it is told."""

from gateway.commands.order import Order
from gateway.pipeline.acting.ending import move
from gateway.pipeline.acting.scene import Scene
from gateway.tickets.letters import send_solved
from gateway.tickets.state import Happening


def problem(scene: Scene, order: Order) -> str:
    """Every ticket can be solved."""
    return ""


def do(scene: Scene, order: Order) -> str:
    """Mark it."""
    solved = move(scene, scene.ticket, Happening.SOLVED)
    if not scene.block.answers:
        send_solved(scene.tx, scene.desk, solved, at=scene.at, not_before=scene.leaves_at)
    return scene.say("solved")
