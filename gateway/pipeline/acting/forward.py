"""`#forward`: a colleague or an allowed specialist is asked; nothing of it goes to the customer."""

from gateway.commands.order import Order
from gateway.pipeline.acting.colleagues import find_agent
from gateway.pipeline.acting.scene import Scene
from gateway.tickets import forwarding, outsiders


def problem(scene: Scene, order: Order) -> str:
    """He may not be asked, or what is to be passed on must not be."""
    text = outsiders.own_words(scene.block.text, scene.agents, scene.desk.support_address)
    return forwarding.problem(
        _to(scene, order),
        allowed=scene.desk.specialists,
        agents=scene.agents,
        desk=scene.desk,
        tx=scene.tx,
        ticket=scene.ticket,
        text=text,
    )


def do(scene: Scene, order: Order) -> str:
    """Ask him."""
    return forwarding.forward(
        scene.tx,
        scene.desk,
        scene.ticket,
        agent=scene.agent,
        to=_to(scene, order),
        text=scene.block.text,
        allowed=scene.desk.specialists,
        agents=scene.agents,
        at=scene.at,
    )


def _to(scene: Scene, order: Order) -> str:
    colleague = find_agent(order.given.text, scene.agents)
    return colleague.address if colleague else order.given.text
