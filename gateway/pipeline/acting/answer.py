"""The agent's own words: what of them may leave the desk, and his answer to the customer."""

from collections.abc import Sequence

from gateway import markdown
from gateway.commands.order import Block, TextUse, Word
from gateway.commands.signing import without_signature
from gateway.mail.message import Attachment
from gateway.model import ArticleKind, StoredAttachment, Ticket
from gateway.pipeline.acting import canned
from gateway.pipeline.acting.ending import move
from gateway.pipeline.acting.scene import Scene
from gateway.render import Passage
from gateway.store import outbox
from gateway.store import tickets as store
from gateway.tickets import change, held, letters, outward
from gateway.tickets.state import Happening
from gateway.tokens import Purpose

KNOWN_ARTICLES = 20
"""The newest articles in which an agent's quotations, lines of notes, and the pictures in them, are looked for."""
LOST_FILE = (
    "Nobody would get the file {name}. With a text it goes to the customer, below #note it stays inside; no other "
    "command passes files on."
)
NO_ADDRESS = "This ticket has no address that could be answered."


def leaving(scene: Scene) -> tuple[str, str]:
    """What of his text may leave the desk, and why it may not ("" where it may)."""
    text = scene.block.text
    if not text or scene.block.use is not TextUse.CUSTOMER:
        return "", ""
    articles = store.articles(scene.tx, scene.ticket.id, newest=KNOWN_ARTICLES)
    answer = outward.own_words(text, articles, scene.ticket.correspondent)
    if scene.message.quoted:
        answer = outward.without_head(answer, scene.desk.support_address)
    answer = without_signature(answer, scene.agent.name)
    answer = outward.without_addresses(answer, scene.agents, scene.desk.support_address)
    answer = outward.without_picture_marks(answer, scene.message)
    if not answer:
        return "", "The mail holds nothing but quotations."
    quotes = ">" in text
    least = outward.NOTABLE if quotes else outward.COPIED
    if outward.repeats_a_note(answer, articles, scene.ticket.correspondent, least=least):
        return "", outward.HOLDS_QUOTATION if quotes else outward.COPIES_NOTE
    return answer, outward.problem_of(answer, scene.message, scene.agents)


def problem(scene: Scene) -> str:
    """Why there can be no answer, or which file of the agent's nobody would get."""
    if scene.block.answers and not scene.ticket.correspondent:
        return NO_ADDRESS
    if scene.block.use is TextUse.LEFT:
        return ""  # #undo must not fail because of a signature's card
    files = [] if _takes_files(scene.block) else outward.files(scene.message, frozenset())
    lost = [each.filename for each in files if not each.inline]  # pictures in a text are mostly a signature's
    return LOST_FILE.format(name=lost[0]) if lost else ""


def _takes_files(block: Block) -> bool:
    """Do its files go anywhere?"""
    if block.use is TextUse.CUSTOMER:
        return block.answers
    return block.has(Word.NOTE) or (block.has(Word.SPAM) and bool(block.text))


def do(scene: Scene) -> str:
    """Queue the answer, to leave when it can no longer be taken back."""
    ticket = scene.ticket
    if ticket.assignee is None and not scene.block.has(Word.ASSIGN):
        ticket = change.assign(scene.tx, ticket, scene.agent.address, actor=scene.agent.name, at=scene.at)
    passage = canned.passage_of(scene)
    text = "\n\n".join(filter(None, (scene.answer, passage.text if passage else "")))
    files = scene.kept(_files(scene))
    held.note_answer(scene.tx, ticket, by=scene.agent.name, at=scene.at)
    # Enqueued before the article is written, so that the thread it answers ends with the customer's mail.
    message_id = _send(scene, ticket, text, _formatted(scene, passage), files)
    scene.add_files(scene.add_article(ArticleKind.OUT, text, message_id), files)
    scene.note("answer", f"to {ticket.correspondent}")
    move(scene, ticket, Happening.AGENT_ANSWERED)
    return _said(scene, ticket.correspondent, message_id)


def _files(scene: Scene) -> Sequence[Attachment]:
    """Those that go along: none where the text itself does not go to the customer."""
    message = scene.message
    if scene.block.use is not TextUse.CUSTOMER or not message.attachments:
        return ()
    return outward.files(message, store.digests(scene.tx, scene.ticket.id, newest=KNOWN_ARTICLES))


def _formatted(scene: Scene, passage: Passage | None) -> str:
    """The answer as Markdown, "" where nothing in it has any formatting."""
    own = outward.formatting(scene.message, scene.answer, scene.agents, scene.desk.support_address)
    if passage is None:
        return own
    return "\n\n".join(filter(None, (own or markdown.escape(scene.answer), passage.markdown)))


def _send(scene: Scene, ticket: Ticket, text: str, formatted: str, files: Sequence[StoredAttachment]) -> str:
    """Its Message-ID."""
    desk = scene.desk
    message_id = desk.message_id(Purpose.MESSAGE_ID, ticket_ref=ticket.ref, address=ticket.correspondent, at=scene.at)
    letters.send_answer(
        scene.tx,
        desk,
        ticket,
        text=text,
        formatted=formatted,
        attachments=outward.shown(files, scene.message),
        message_id=message_id,
        at=scene.at,
        not_before=scene.leaves_at,
    )
    return message_id


def _said(scene: Scene, to: str, message_id: str) -> str:
    leaves_at = outbox.leaves_at(scene.tx, message_id)
    if leaves_at is None:
        return scene.say("answer_stopped", to=to)
    if scene.leaves_at is None:
        return scene.say("answer_left", to=to)
    return scene.say("answer_leaves", to=to, time=scene.time(leaves_at))
