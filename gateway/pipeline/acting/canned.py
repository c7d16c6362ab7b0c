"""`#canned`: an answer that was written before, with what this one asks for; the agent's own words stand above it."""

from dataclasses import replace

from gateway.canned.library import Problem
from gateway.commands.order import Order, Word
from gateway.model import Ticket
from gateway.pipeline.acting import shop
from gateway.pipeline.acting.scene import Scene
from gateway.render import Passage
from gateway.tickets import canning


def problem(scene: Scene, order: Order) -> str:
    """There is no such answer in the customer's language, or it asks for something else."""
    filled = _filled(scene, order)
    return filled.sentence if isinstance(filled, Problem) else ""


def do(scene: Scene, order: Order) -> str:
    """Its words are a part of the answer, which says what became of it; here it is only counted."""
    canning.note_sent(scene.tx, scene.ticket, order.given.text, at=scene.at)
    return ""


def passage_of(scene: Scene) -> Passage | None:
    """Its words, None where none is asked for."""
    for order in scene.block.orders:
        if order.word is Word.CANNED:
            filled = _filled(scene, order)
            return None if isinstance(filled, Problem) else filled
    return None


def _filled(scene: Scene, order: Order) -> Passage | Problem:
    return canning.canned_answer(
        scene.tx, scene.desk, _ticket(scene), name=order.given.text, parameters=dict(order.given.parameters)
    )


def _ticket(scene: Scene) -> Ticket:
    """As it will be when the answer is written: the same block may say in which language, and about which shop."""
    ticket = scene.ticket
    for order in scene.block.orders:
        if order.word is Word.LANGUAGE:
            ticket = replace(ticket, language=order.given.text)
        elif order.word is Word.SHOP and (found := shop.find(scene, order)):
            ticket = replace(ticket, account_id=found[0].id, shop_id=found[1].id)
    return ticket
