"""`#attach`: the agent gets files of the ticket that were only listed to him."""

from gateway.commands.order import Order
from gateway.pipeline.acting.scene import Scene
from gateway.tickets import attaching


def problem(scene: Scene, order: Order) -> str:
    """There is no such file, or it is never sent."""
    found = (attaching.problem(scene.tx, scene.ticket, number) for number in order.given.numbers)
    return next(filter(None, found), "")


def do(scene: Scene, order: Order) -> str:
    """Mail each of them."""
    return " ".join(
        attaching.send_file(scene.tx, scene.desk, scene.ticket, number=number, agent=scene.agent, at=scene.at)
        for number in order.given.numbers
    )
