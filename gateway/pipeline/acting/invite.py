"""`#invite`: a further person of the customer's side is asked into the ticket."""

from gateway.commands.order import Order
from gateway.pipeline.acting.scene import Scene
from gateway.tickets import inviting, outsiders


def problem(scene: Scene, order: Order) -> str:
    """He may not be invited, or what is to be passed on must not be."""
    text = outsiders.own_words(scene.block.text, scene.agents, scene.desk.support_address)
    return inviting.problem(scene.tx, scene.ticket, order.given.text, desk=scene.desk, text=text)


def do(scene: Scene, order: Order) -> str:
    """Invite him."""
    return inviting.invite(
        scene.tx,
        scene.desk,
        scene.ticket,
        agent=scene.agent,
        address=order.given.text,
        text=scene.block.text,
        at=scene.at,
    )
