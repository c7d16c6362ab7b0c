"""A block of commands: every verb is asked first, then all are done, and what they did is written down."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from gateway.commands.order import Order, Word
from gateway.pipeline.acting import answer, note, record
from gateway.pipeline.acting.scene import Scene
from gateway.pipeline.acting.table import ACTS, AFTER_ANSWER, BEFORE_ANSWER
from gateway.store import tickets as store
from gateway.store.actions import Action

MAX_PROBLEMS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a block came to."""

    sentences: tuple[str, ...]
    article_id: int | None
    """The first article that it added."""
    action: Action | None


def problems(scene: Scene) -> list[str]:
    """What stands against any part of the block: then none of it is done."""
    found = [answer.problem(scene), *(ACTS[order.word].problem(scene, order) for order in scene.block.orders)]
    return list(dict.fromkeys(filter(None, found)))[:MAX_PROBLEMS]


def perform(scene: Scene) -> Done:
    """Do all of it."""
    before = record.look(scene)
    sentences: list[str] = []
    for step in _steps(scene):
        scene = _now(scene)
        sentences.append(answer.do(scene) if step is None else ACTS[step.word].do(scene, step))
    scene = _now(scene)
    articles = record.articles(scene, before)
    undoes = scene.block.has(Word.UNDO) or scene.block.has(Word.HELP)
    return Done(
        sentences=tuple(filter(None, sentences)),
        article_id=articles[0] if articles else None,
        action=None if undoes else record.keep(scene, before, articles, _lasting(scene)),
    )


def _steps(scene: Scene) -> Iterator[Order | None]:
    """The orders in the order of the table, with the answer between them."""
    for table in (BEFORE_ANSWER, AFTER_ANSWER):
        if table is AFTER_ANSWER and scene.block.answers:
            yield None
        for word in table:
            yield from (order for order in scene.block.orders if order.word is word)


def _now(scene: Scene) -> Scene:
    """The ticket as the verbs before have left it."""
    return replace(scene, ticket=store.ticket_by_id(scene.tx, scene.ticket.id) or scene.ticket)


def _lasting(scene: Scene) -> list[str]:
    said = [note.lasting(scene, order) for order in scene.block.orders if order.word is Word.NOTE]
    return list(filter(None, said))
