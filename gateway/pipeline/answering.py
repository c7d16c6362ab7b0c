"""An agent's mail: his answer to the customer, a note for the desk, or orders. What is not understood does nothing."""

from collections.abc import Sequence
from dataclasses import replace

from gateway.commands.parse import Instruction, Verb, parse_instruction
from gateway.mail.message import Attachment, Message
from gateway.model import Agent, ArticleKind, StoredAttachment, Ticket
from gateway.pipeline.effect import Doer, Effect, matched_ticket
from gateway.pipeline.evidence import Evidence
from gateway.pipeline.plan import Plan
from gateway.pipeline.reviewing import review
from gateway.store import tickets as store
from gateway.store.accounts import active_agents
from gateway.tickets import change, held, letters, notifications, outward
from gateway.tickets.state import Happening
from gateway.tokens import Purpose

KNOWN_ARTICLES = 20
"""The newest articles in which an agent's quotations, and the pictures in them, are looked for."""


def commands(doer: Doer, evidence: Evidence, plan: Plan) -> Effect:
    """An agent's answer or orders; a mail that cannot be used goes back to him, and nothing else happens."""
    if evidence.digest:
        return review(doer, evidence, plan)
    ticket, agent = matched_ticket(evidence), evidence.agent
    assert agent is not None
    message = evidence.reading.message
    instruction = _instruction(doer, ticket, message)
    problem = plan.problem or instruction.problem
    if problem:
        notifications.send_returned(doer.tx, doer.desk, agent, ticket, problem=problem, text=message.reply, at=doer.at)
        change.note(doer.tx, ticket, kind="returned", actor=agent.name, detail=problem, at=doer.at)
        return Effect(ticket_id=ticket.id)
    ticket = _take(doer, ticket, agent, instruction)
    article_id = None
    if instruction.is_note and instruction.answer:
        article_id = _note(doer, evidence, ticket, agent, instruction.answer)
    elif instruction.answer:
        article_id = _answer(doer, evidence, ticket, agent, instruction.answer)
    _finish(doer, ticket, agent, instruction)
    return Effect(ticket_id=ticket.id, article_id=article_id)


def _instruction(doer: Doer, ticket: Ticket, message: Message) -> Instruction:
    """What he asks for, its answer without what must not leave; or why it cannot be used."""
    if message.unparsed:
        return Instruction(problem=f"The mail could not be read: {message.unparsed}.")
    instruction = parse_instruction(message.reply)
    if instruction.problem or instruction.is_note or not instruction.answer:
        return instruction
    if not ticket.correspondent:
        return Instruction(problem="This ticket has no address that could be answered.")
    agents = active_agents(doer.tx)
    articles = store.articles(doer.tx, ticket.id, newest=KNOWN_ARTICLES) if ">" in instruction.answer else []
    answer = outward.own_words(instruction.answer, articles, ticket.correspondent)
    if message.quoted:
        answer = outward.without_head(answer, doer.desk.support_address)
    answer = outward.without_addresses(answer, agents, doer.desk.support_address)
    if not answer:
        return Instruction(problem="The mail holds nothing but quotations.")
    if outward.repeats_a_note(answer, articles, ticket.correspondent):
        return Instruction(problem=outward.HOLDS_QUOTATION)
    return replace(instruction, answer=answer, problem=outward.problem_of(answer, message, agents))


def _take(doer: Doer, ticket: Ticket, agent: Agent, instruction: Instruction) -> Ticket:
    answers = bool(instruction.answer) and not instruction.is_note
    if Verb.TAKE in instruction.verbs or (answers and ticket.assignee is None):
        return change.assign(doer.tx, ticket, agent.address, actor=agent.name, at=doer.at)
    return ticket


def _note(doer: Doer, evidence: Evidence, ticket: Ticket, agent: Agent, text: str) -> int:
    article_id = _add(doer, evidence, ticket, agent, kind=ArticleKind.INTERNAL, text=text)
    for file in _kept(doer, evidence.reading.message.attachments):
        store.insert_attachment(doer.tx, article_id, file)
    change.note(doer.tx, ticket, kind="note", actor=agent.name, detail="a note for the desk", at=doer.at)
    return article_id


def _answer(doer: Doer, evidence: Evidence, ticket: Ticket, agent: Agent, text: str) -> int:
    message = evidence.reading.message
    message_id = doer.desk.message_id(
        Purpose.MESSAGE_ID, ticket_ref=ticket.ref, address=ticket.correspondent, at=doer.at
    )
    known = store.digests(doer.tx, ticket.id, newest=KNOWN_ARTICLES) if message.attachments else frozenset()
    files = _kept(doer, outward.files(message, known))
    held.note_answer(doer.tx, ticket, by=agent.name, at=doer.at)
    # Enqueued before the article is written, so that the thread it answers ends with the customer's mail.
    letters.send_answer(doer.tx, doer.desk, ticket, text=text, attachments=files, message_id=message_id, at=doer.at)
    article_id = _add(doer, evidence, ticket, agent, kind=ArticleKind.OUT, text=text, message_id=message_id)
    for file in files:
        store.insert_attachment(doer.tx, article_id, file)
    detail = f"to {ticket.correspondent}"
    change.note(doer.tx, ticket, kind="answer", actor=agent.name, detail=detail, at=doer.at)
    return article_id


def _add(
    doer: Doer, evidence: Evidence, ticket: Ticket, agent: Agent, *, kind: ArticleKind, text: str, message_id: str = ""
) -> int:
    return change.add_text(
        doer.tx,
        ticket,
        kind=kind,
        author=agent.address,
        author_name=agent.name,
        text=text,
        message_id=message_id,
        entry_id=evidence.reading.entry.id,
        at=doer.at,
    )


def _finish(doer: Doer, ticket: Ticket, agent: Agent, instruction: Instruction) -> None:
    if instruction.answer and not instruction.is_note:
        ticket = change.move(doer.tx, ticket, Happening.AGENT_ANSWERED, actor=agent.name, at=doer.at)
    for verb, happening in ((Verb.SOLVED, Happening.SOLVED), (Verb.CLOSE, Happening.CLOSED)):
        if verb in instruction.verbs:
            ticket = change.move(doer.tx, ticket, happening, actor=agent.name, at=doer.at)
    if Verb.SPAM in instruction.verbs:
        _close_as_spam(doer, ticket, agent)


def _close_as_spam(doer: Doer, ticket: Ticket, agent: Agent) -> None:
    is_learnt = held.mark_ticket_spam(doer.tx, ticket, by=agent.name, at=doer.at)
    detail = "closed as spam; the spam filter learns its first mail" if is_learnt else "closed as spam"
    change.note(doer.tx, ticket, kind="spam", actor=agent.name, detail=detail, at=doer.at)
    change.move(doer.tx, ticket, Happening.CLOSED, actor=agent.name, at=doer.at)


def _kept(doer: Doer, attachments: Sequence[Attachment]) -> list[StoredAttachment]:
    """The files as they go into an article, their bytes kept; never inline, for our mail has a text of its own."""
    change.keep_files(doer.tx, attachments)
    return [
        StoredAttachment(
            sha256=attachment.sha256,
            filename=attachment.filename,
            content_type=attachment.content_type,
            size=attachment.size,
            inline=False,
            content_id="",
        )
        for attachment in attachments
    ]
