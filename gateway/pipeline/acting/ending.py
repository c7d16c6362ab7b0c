"""What ends a ticket, or the desk's waiting, has in common."""

from dataclasses import replace

from gateway.model import Ticket
from gateway.pipeline.acting.scene import Scene
from gateway.store import tickets as store
from gateway.tickets import change
from gateway.tickets.state import Happening


def move(scene: Scene, ticket: Ticket, happening: Happening) -> Ticket:
    """Let it happen; what an agent waited for before is over."""
    moved = change.move(scene.tx, ticket, happening, actor=scene.agent.name, at=scene.at, hours=scene.desk.hours)
    if moved.wait_until is not None:
        moved = replace(moved, wait_until=None)
        store.update_ticket(scene.tx, moved)
    return moved
