"""`#wait`: the desk waits for the customer, and looks at the ticket again at that time (`jobs.waiting`)."""

from gateway.commands.order import Order
from gateway.hours.desk_hours import next_opening
from gateway.model import TicketState
from gateway.pipeline.acting.scene import Scene
from gateway.tickets import change


def problem(scene: Scene, order: Order) -> str:
    """Every ticket can wait."""
    return ""


def do(scene: Scene, order: Order) -> str:
    """Wait until then, or until the desk opens after that."""
    assert order.given.until is not None
    until = next_opening(scene.desk.hours, order.given.until)
    change.amend(
        scene.tx,
        scene.ticket,
        kind="wait",
        actor=scene.agent.name,
        detail=f"for the customer, until {scene.time(until)}",
        at=scene.at,
        state=TicketState.WAITING_FOR_CUSTOMER,
        wait_until=until,
        waiting_since=None,
        due_at=None,
        closed_at=None,
    )
    return scene.say("wait", time=scene.time(until))
