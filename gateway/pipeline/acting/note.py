"""`#note`: the text stays inside; colleagues who are named get it by mail, each with a reply address of his own."""

from collections.abc import Sequence

from gateway.commands.order import Order
from gateway.model import Agent, ArticleKind
from gateway.pipeline.acting.colleagues import find_agent, nobody
from gateway.pipeline.acting.scene import Scene
from gateway.store.files import first_number
from gateway.tickets.file_list import file_lines
from gateway.tickets.notifications import language_of, send_to_agent


def problem(scene: Scene, order: Order) -> str:
    """Nothing to keep, or nobody of that name."""
    if not scene.block.text and not scene.message.attachments:
        return "There is no text below #note."
    unknown = [name for name in order.given.names if find_agent(name, scene.agents) is None]
    return nobody(unknown[0], scene.agents) if unknown else ""


def do(scene: Scene, order: Order) -> str:
    """Keep it, and mail it."""
    article_id = keep(scene)
    named = _named(scene, order)
    for agent in named:
        _mail(scene, agent, article_id)
    kept = scene.say("note")
    return f"{kept} {lasting(scene, order)}" if named else kept


def lasting(scene: Scene, order: Order) -> str:
    """What was mailed to colleagues stays with them."""
    names = ", ".join(agent.name for agent in _named(scene, order))
    return scene.say("note_to", names=names) if names else ""


def keep(scene: Scene) -> int:
    """The text and the files as an article that only the desk sees; its id."""
    article_id = scene.add_article(ArticleKind.INTERNAL, scene.block.text)
    scene.add_files(article_id, scene.kept(scene.message.attachments))
    scene.note("note", "a note for the desk")
    return article_id


def _named(scene: Scene, order: Order) -> Sequence[Agent]:
    found = (find_agent(name, scene.agents) for name in order.given.names)
    return tuple(dict.fromkeys(agent for agent in found if agent))


def _mail(scene: Scene, agent: Agent, article_id: int) -> None:
    files = scene.kept(scene.message.attachments)
    first = first_number(scene.tx, scene.ticket.id, article_id) if files else 1
    lines = file_lines(files, scene.message.attachments, language_of(scene.desk, agent), first=first)
    values = (
        ("author", scene.agent.name),
        ("subject", scene.ticket.subject),
        ("text", scene.block.text),
        ("attachments", "\n".join(lines)),
    )
    send_to_agent(
        scene.tx, scene.desk, agent, scene.ticket, template="note", values=values, article_id=article_id, at=scene.at
    )
