"""`#merge`: this ticket becomes a part of another one of the same customer."""

from gateway.commands.order import Order
from gateway.pipeline import asking
from gateway.pipeline.acting.scene import Scene
from gateway.tickets import merging


def problem(scene: Scene, order: Order) -> str:
    """They do not belong together."""
    return merging.problem(scene.tx, scene.ticket, order.given.numbers[0])


def do(scene: Scene, order: Order) -> str:
    """Merge it."""
    said = merging.merge(
        scene.tx, scene.desk, scene.ticket, into=order.given.numbers[0], agent=scene.agent, at=scene.at
    )
    asking.note_merged(scene.tx, scene.ticket)
    return said
