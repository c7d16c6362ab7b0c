"""`#help`: the agent gets the list of all commands."""

from gateway.commands.document import help_lines
from gateway.commands.order import Order
from gateway.pipeline.acting.scene import Scene
from gateway.tickets.notifications import send_to_agent


def problem(scene: Scene, order: Order) -> str:
    """There is always help."""
    return ""


def do(scene: Scene, order: Order) -> str:
    """Mail it; that mail is the confirmation."""
    values = (("commands", "\n".join(help_lines(scene.language))),)
    send_to_agent(scene.tx, scene.desk, scene.agent, scene.ticket, template="help", values=values, at=scene.at)
    return ""
