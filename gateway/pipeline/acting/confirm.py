"""Every mail that was used is confirmed to its author: by a short mail at once, or in the list of the day.

The confirmation is a mail of the ticket like any other to him: the line `#undo` as an answer to it takes back what it
tells of. It counts on the ladder of automatic mail (`outbox.limits`), so no machine can make a loop of it.
"""

from gateway.commands.order import TextUse, Word
from gateway.pipeline.acting.run import Done
from gateway.pipeline.acting.scene import Scene
from gateway.queue.who_may import absence
from gateway.store import done_lines
from gateway.store.done_lines import DoneLine
from gateway.tickets.notifications import send_to_agent

DIGEST = "digest"


def confirm(scene: Scene, done: Done) -> None:
    """Tell him; nothing where another mail tells him already."""
    sentences = list(done.sentences)
    if scene.block.use is TextUse.LEFT and scene.block.text and sentences:
        sentences.append(scene.say("unused"))
    if not sentences:
        return
    if scene.agent.confirms == DIGEST and not _is_awaited(scene, sentences):
        line = DoneLine(agent=scene.agent.address, ticket_id=scene.ticket.id, at=scene.at, text=" ".join(sentences))
        done_lines.keep(scene.tx, line)
        return
    values = (
        ("subject", scene.ticket.subject),
        ("done", "\n".join(sentences)),
        ("until", scene.time(done.action.until) if done.action else ""),
    )
    send_to_agent(scene.tx, scene.desk, scene.agent, scene.ticket, template="done", values=values, at=scene.at)


def _is_awaited(scene: Scene, sentences: list[str]) -> bool:
    """Does he sit there and wait: is it taken back, and is there no ticket for him? Tomorrow is too late for that."""
    nothing = {scene.say("next_none"), absence(scene.agent, scene.desk.hours, scene.at)}
    return scene.block.has(Word.UNDO) or (scene.block.has(Word.NEXT) and not nothing.isdisjoint(sentences))
