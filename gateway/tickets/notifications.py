"""The mails of a ticket to agents: what came in, who wrote it as far as that is proven, and what went wrong.

Agents get everything, in their own language. All but the mail itself stands between the lines of `outbox.scrub`, so
that it can be taken out of an answer that quotes it (A-20).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.mail.images import safe_image_type
from gateway.mail.message import Address, Message
from gateway.model import Account, Agent, Article, ArticleKind, StoredAttachment, Ticket
from gateway.outbox.enqueue import enqueue
from gateway.outbox.outgoing import Outgoing, OutgoingAttachment, outgoing_attachment
from gateway.store import tickets as store
from gateway.store.db import Tx
from gateway.tickets import overview
from gateway.tickets.desk import Desk
from gateway.tickets.display_name import shown_name
from gateway.tickets.file_list import file_lines
from gateway.tickets.words import Words, words_of
from gateway.tokens import Purpose, canonical_address

THREAD_ARTICLES = 5
"""Earlier articles in a notification."""
THREAD_CHARACTERS = 2000
"""Of each of them."""
MAX_IMAGES = 10
MAX_IMAGE_BYTES = 6 * 1024 * 1024
"""Of all pictures of a notification together: many servers refuse mail of more than 10 MB, and it is larger encoded."""
SUFFIXES = {
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
}
"""What the name of a picture ends with, by what it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What the stages found about a mail, for the agents who read it."""

    identity: str
    """Why its author is taken for whom he is taken, as a sentence."""
    grade: str = ""
    """How far it is proven who wrote: A3 to A0, or A?."""
    standing: str = ""
    """What we know of the author's address: S2 to S0."""
    strength: str = ""
    """What leads to the ticket: T3 to T0."""
    spam: str = ""
    delivery: str = ""
    """What became of earlier mail to the ticket's correspondent, where it came back, as a sentence."""
    is_vouched_for: bool = False
    """The proven owner of the account says that the author wrote for him."""
    account: Account | None = None
    """The author's, as far as his address and his mail tell."""
    accounts: tuple[Account, ...] = ()
    """All that have his address on file: it may be one of them."""
    defects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mail:
    """What all notifications of one mail share."""

    ticket: Ticket
    message: Message
    circumstances: Circumstances
    earlier: tuple[Article, ...]
    files: tuple[StoredAttachment, ...]
    tickets: tuple[store.OtherTicket, ...]
    also_addressed: str
    borrowed: tuple[str, ...]
    """What nobody from outside may be called."""


def send_notification(
    tx: Tx,
    desk: Desk,
    agents: Sequence[Agent],
    ticket: Ticket,
    article_id: int,
    message: Message,
    circumstances: Circumstances,
    *,
    at: datetime,
) -> None:
    """To the agent who has the ticket, or to all where nobody has: the mail, who wrote it, what went before."""
    recipients = _recipients(agents, ticket)
    articles = store.articles(tx, ticket.id, newest=THREAD_ARTICLES + 1)
    is_told = any(overview.is_own(desk, agent) for agent in recipients)
    mail = _Mail(
        ticket=ticket,
        message=message,
        circumstances=circumstances,
        earlier=tuple(article for article in articles if article.id != article_id),
        files=tuple(store.attachments(tx, article_id)) if message.attachments else (),
        tickets=tuple(store.other_tickets(tx, ticket, limit=overview.LOOKED_AT)) if is_told else (),
        also_addressed=overview.also_addressed(desk, agents, ticket, message),
        borrowed=(desk.name, desk.support_address, *(agent.name for agent in agents)),
    )
    images = _images(message, mail.files)
    for agent in recipients:
        _send_to_agent(
            tx,
            desk,
            agent,
            ticket,
            template="notification",
            values=_notification_values(desk, agent, mail, at),
            attachments=images,
            article_id=article_id,
            at=at,
        )


def send_returned(tx: Tx, desk: Desk, agent: Agent, ticket: Ticket, *, problem: str, text: str, at: datetime) -> None:
    """To an agent: nothing was done, this is why, and this was your text."""
    values = (("problem", problem), ("text", text))
    _send_to_agent(tx, desk, agent, ticket, template="returned", values=values, at=at)


def send_undeliverable(
    tx: Tx, desk: Desk, agents: Sequence[Agent], ticket: Ticket, *, recipient: str, reason: str, text: str, at: datetime
) -> None:
    """To the agents of a ticket: a mail of it did not arrive; `text` is what it said, where a person wrote it."""
    values = (("recipient", recipient), ("reason", reason), ("text", text))
    for agent in _recipients(agents, ticket):
        _send_to_agent(tx, desk, agent, ticket, template="undeliverable", values=values, at=at)


def send_filtered(tx: Tx, desk: Desk, agents: Sequence[Agent], ticket: Ticket, *, recipient: str, at: datetime) -> None:
    """To the agents of a ticket: a filter of the customer's keeps our mail back until somebody convinces it."""
    for agent in _recipients(agents, ticket):
        _send_to_agent(tx, desk, agent, ticket, template="filtered", values=(("recipient", recipient),), at=at)


def send_late_scan(tx: Tx, desk: Desk, agents: Sequence[Agent], ticket: Ticket, *, reason: str, at: datetime) -> None:
    """To the agents of a ticket: the spam engine, which gave no answer when a mail of it came, takes it for spam."""
    for agent in _recipients(agents, ticket):
        _send_to_agent(tx, desk, agent, ticket, template="late_scan", values=(("reason", reason),), at=at)


def send_burst(tx: Tx, desk: Desk, agents: Sequence[Agent], ticket: Ticket, *, reason: str, at: datetime) -> None:
    """To the agents of the author's newest ticket: he writes so much that his new mail is held for now."""
    values = (("author", ticket.correspondent), ("reason", reason))
    for agent in _recipients(agents, ticket):
        _send_to_agent(tx, desk, agent, ticket, template="burst", values=values, at=at)


def _send_to_agent(
    tx: Tx,
    desk: Desk,
    agent: Agent,
    ticket: Ticket,
    *,
    template: str,
    values: tuple[tuple[str, str], ...],
    at: datetime,
    attachments: tuple[OutgoingAttachment, ...] = (),
    article_id: int | None = None,
) -> None:
    root = f"<ticket-{ticket.id}@{desk.reply_domain}>"  # one thread a ticket in the agent's mail program
    outgoing = Outgoing(
        message_id=desk.message_id(Purpose.AUTOMATIC_MESSAGE_ID, ticket_ref=ticket.ref, address=agent.address, at=at),
        recipient=Address(address=agent.address, name=agent.name),
        mail_from="",
        template=template,
        language=_language(desk, agent),
        values=(
            ("ticket", str(ticket.id)),
            ("desk", desk.name),
            ("reference", desk.reference(ticket_ref=ticket.ref, address=agent.address, at=at)),
            *values,
        ),
        reply_to=desk.reply_address(Purpose.AGENT, ticket_ref=ticket.ref, address=agent.address, at=at),
        in_reply_to=root,
        references=(root,),
        attachments=attachments,
        ticket_id=ticket.id,
        article_id=article_id,
    )
    enqueue(tx, outgoing, at)


def _notification_values(desk: Desk, agent: Agent, mail: _Mail, at: datetime) -> tuple[tuple[str, str], ...]:
    words, ticket, message, found = words_of(_language(desk, agent)), mail.ticket, mail.message, mail.circumstances
    # Of a ticket's first mail everything is shown: what it quotes is known to nobody here.
    text = message.reply if mail.earlier and message.reply else message.text
    files = file_lines(mail.files, message.attachments, _language(desk, agent))
    accounts = (found.account,) if found.account else found.accounts
    known = overview.overview(accounts, ticket, mail.tickets, words, at) if overview.is_own(desk, agent) else None
    return (
        ("state", words.states[ticket.state]),
        ("subject", ticket.subject),
        ("author", _person(message.author, mail.borrowed) if message.author else words.nobody),
        ("proof", _proof(words, found)),
        ("caution", _caution(words, ticket, found)),
        ("answers_to", _other_correspondent(ticket, message.author)),
        ("identity", found.identity),
        *(known or overview.NOTHING),
        ("others", mail.also_addressed),
        ("delivery", found.delivery),
        ("spam", found.spam),
        ("defects", "\n".join(found.defects)),
        ("text", text),
        ("attachments", "\n".join(files)),
        ("thread", "\n\n".join(_earlier(article) for article in reversed(mail.earlier))),
    )


def _language(desk: Desk, agent: Agent) -> str:
    return agent.languages[0] if agent.languages else desk.language


def _proof(words: Words, found: Circumstances) -> str:
    codes = (
        (words.grades, found.grade),
        (words.standings, found.standing),
        (words.strengths, found.strength),
    )
    return "\n".join(f"{sentences[code]} ({code})" for sentences, code in codes if code in sentences)


def _caution(words: Words, ticket: Ticket, found: Circumstances) -> str:
    """What is not proven, and so must not be acted upon; "" where the author is proven to be the customer.

    Without a grade `identity` has to say it.
    """
    if not found.grade:
        return ""
    if found.grade == "A0":
        return words.forged
    if found.grade not in ("A2", "A3"):
        return words.unproven
    if found.standing == "S2" or (ticket.confirmed and (found.strength == "T3" or found.is_vouched_for)):
        return ""
    return words.address_only


def _other_correspondent(ticket: Ticket, author: Address | None) -> str:
    """The address that an answer goes to, where it is not the author's."""
    is_same = author is not None and canonical_address(author.address) == ticket.correspondent
    return "" if is_same else ticket.correspondent


def _person(author: Address, borrowed: Sequence[str]) -> str:
    """The address first: a display name is whatever its writer likes (A-16)."""
    name = shown_name(author.name, borrowed)
    return f"{author.address} ({name})" if name else author.address


def _earlier(article: Article) -> str:
    text = article.reply or article.text
    shown = text if len(text) <= THREAD_CHARACTERS else text[:THREAD_CHARACTERS] + " […]"
    note = " (#note)" if article.kind is ArticleKind.INTERNAL else ""
    return f"{article.at:%Y-%m-%d %H:%M} {article.author}{note}:\n{shown}"


def _recipients(agents: Sequence[Agent], ticket: Ticket) -> Sequence[Agent]:
    assigned = [agent for agent in agents if agent.address == ticket.assignee]
    return assigned or agents


def _images(message: Message, files: Sequence[StoredAttachment]) -> tuple[OutgoingAttachment, ...]:
    """The pictures among the files, by their bytes: what a sender calls them proves nothing (A-45)."""
    kinds = {attachment.sha256: safe_image_type(attachment.content) for attachment in message.attachments}
    images: list[OutgoingAttachment] = []
    left = MAX_IMAGE_BYTES
    for file in files:
        kind = kinds.get(file.sha256, "")
        if kind and file.size <= left and len(images) < MAX_IMAGES:
            left -= file.size
            is_named = file.filename.lower().endswith(SUFFIXES[kind])
            name = file.filename if is_named else file.filename + SUFFIXES[kind][0]
            images.append(outgoing_attachment(replace(file, filename=name, content_type=kind)))
    return tuple(images)
