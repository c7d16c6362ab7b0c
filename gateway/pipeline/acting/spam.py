"""`#spam`: the ticket is closed, nothing is sent, and the spam filter learns its first mail."""

from gateway.commands.order import Order, Word
from gateway.pipeline.acting import note
from gateway.pipeline.acting.ending import move
from gateway.pipeline.acting.scene import Scene
from gateway.tickets import held
from gateway.tickets.state import Happening


def problem(scene: Scene, order: Order) -> str:
    """Every ticket may be spam."""
    return ""


def do(scene: Scene, order: Order) -> str:
    """Close it; text below stays inside."""
    if scene.block.text and not scene.block.has(Word.NOTE):
        note.keep(scene)
    is_learnt = held.mark_ticket_spam(scene.tx, scene.ticket, by=scene.agent.name, at=scene.at)
    detail = "closed as spam; the spam filter learns its first mail" if is_learnt else "closed as spam"
    scene.note("spam", detail)
    move(scene, scene.ticket, Happening.CLOSED)
    return f"{scene.say('spam')} {scene.say('spam_learnt')}" if is_learnt else scene.say("spam")
