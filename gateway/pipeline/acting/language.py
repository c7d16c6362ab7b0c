"""`#language`: in which language the customer is written to, and which agents suit the ticket."""

from gateway.commands.order import Order
from gateway.pipeline.acting.scene import Scene
from gateway.tickets import change


def problem(scene: Scene, order: Order) -> str:
    """Every language of the grammar has templates."""
    return ""


def do(scene: Scene, order: Order) -> str:
    """Set it; an answer in the same mail is in it already."""
    language = order.given.text
    detail = f"from {scene.ticket.language} to {language}"
    change.amend(
        scene.tx, scene.ticket, kind="language", actor=scene.agent.name, detail=detail, at=scene.at, language=language
    )
    return scene.say("language", language=language)
