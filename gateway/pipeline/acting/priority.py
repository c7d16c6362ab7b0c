"""`#priority`: how pressing the ticket is, and so when it is to be answered."""

from gateway.commands.order import Order
from gateway.model import Priority
from gateway.pipeline.acting.scene import Scene
from gateway.tickets import change


def problem(scene: Scene, order: Order) -> str:
    """Every ticket has one."""
    return ""


def do(scene: Scene, order: Order) -> str:
    """Set it; the deadline follows."""
    ticket = change.prioritise(
        scene.tx,
        scene.ticket,
        Priority(order.given.text),
        hours=scene.desk.hours,
        actor=scene.agent.name,
        at=scene.at,
    )
    said = scene.say("priority", priority=ticket.priority)
    return f"{said} {scene.say('due', time=scene.time(ticket.due_at))}" if ticket.due_at else said
