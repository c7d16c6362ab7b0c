"""The mails of a ticket: who gets which, with what in it. Each is enqueued; nothing is sent from here.

To customers go fixed words, the agent's own text and nothing an outsider typed (I6): not even his subject, until an
agent answers. Agents get everything. An answer is written anew from the agent's text alone, never forwarded (A-20).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.mail.build import reply_subject
from gateway.mail.images import safe_image_type
from gateway.mail.message import Address, Message
from gateway.model import Account, Agent, Article, StoredAttachment, Ticket
from gateway.outbox.enqueue import enqueue
from gateway.outbox.outgoing import Outgoing, OutgoingAttachment
from gateway.store import tickets as store
from gateway.store.db import Tx
from gateway.tickets.desk import Desk
from gateway.tokens import Purpose, canonical_address

THREAD_ARTICLES = 5
"""Earlier articles in a notification."""
THREAD_CHARACTERS = 2000
"""Of each of them."""
MAX_MESSAGE_ID = 250
"""A sender's Message-ID that is longer is not repeated in our mail (octets)."""
COMMANDS = "A first line #note keeps your text inside; #close, #solved and #take do what they say."
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
    """What an agent is told about a mail besides its text, in words."""

    identity: str
    spam: str = ""
    account: Account | None = None
    defects: tuple[str, ...] = ()


def send_receipt(tx: Tx, desk: Desk, ticket: Ticket, message: Message, *, shop: str, at: datetime) -> None:
    """To a proven customer: we have it, this is its number."""
    values = (
        ("ticket", str(ticket.id)),
        ("shop", shop),
        ("desk", desk.name),
        ("reference", _reference(desk, ticket, ticket.correspondent, at)),
    )
    _send_automatic(tx, desk, ticket, message, template="receipt", values=values, at=at)


def send_neutral(tx: Tx, desk: Desk, ticket: Ticket, message: Message, *, at: datetime) -> None:
    """To anybody else who is proven to have written: the same words for everyone, without a trace of a ticket."""
    values = (("desk", desk.name), ("login_url", desk.login_url))
    _send_automatic(tx, desk, ticket, message, template="neutral", values=values, at=at)


def _send_automatic(
    tx: Tx,
    desk: Desk,
    ticket: Ticket,
    message: Message,
    *,
    template: str,
    values: tuple[tuple[str, str], ...],
    at: datetime,
) -> None:
    answered = _repeatable(message.message_id)
    is_receipt = template == "receipt"
    outgoing = Outgoing(
        message_id=desk.message_id(
            Purpose.AUTOMATIC_MESSAGE_ID, ticket_ref=ticket.ref, address=ticket.correspondent, at=at
        ),
        recipient=Address(address=ticket.correspondent),
        mail_from="",
        template=template,
        language=ticket.language,
        values=values,
        reply_to=_customer_address(desk, ticket, at) if is_receipt else "",
        in_reply_to=answered,
        references=(answered,) if answered else (),
        ticket_id=ticket.id,
        limited=True,
    )
    refusal = enqueue(tx, outgoing, at)
    if refusal:
        store.insert_event(tx, ticket.id, at=at, kind="not_sent", actor="", detail=f"{template}: {refusal.why}")


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
    files = store.attachments(tx, article_id) if message.attachments else []
    earlier = [
        article for article in store.articles(tx, ticket.id, newest=THREAD_ARTICLES + 1) if article.id != article_id
    ]
    values = _notification_values(ticket, message, circumstances, earlier, files)
    images = _images(message, files)
    for agent in _recipients(agents, ticket):
        _send_to_agent(
            tx,
            desk,
            agent,
            ticket,
            template="notification",
            values=values + _overview(circumstances.account if _is_own(desk, agent) else None),
            attachments=images,
            article_id=article_id,
            at=at,
        )


def send_answer(
    tx: Tx,
    desk: Desk,
    ticket: Ticket,
    *,
    text: str,
    attachments: Sequence[StoredAttachment],
    message_id: str,
    at: datetime,
) -> None:
    """The agent's answer to the ticket's correspondent, in his own thread, from the support address."""
    thread = [each for each in store.thread_of(tx, ticket.id, ticket.correspondent, newest=20) if _repeatable(each)]
    outgoing = Outgoing(
        message_id=message_id,
        recipient=Address(address=ticket.correspondent, name=ticket.correspondent_name),
        mail_from=desk.reply_address(Purpose.BOUNCE, ticket_ref=ticket.ref, address=ticket.correspondent, at=at),
        template="answer",
        language=ticket.language,
        values=(
            ("ticket", str(ticket.id)),
            ("text", text),
            ("desk", desk.name),
            ("reference", _reference(desk, ticket, ticket.correspondent, at)),
        ),
        subject=reply_subject(ticket.subject),
        reply_to=_customer_address(desk, ticket, at),
        in_reply_to=thread[-1] if thread else "",
        references=tuple(thread),
        attachments=tuple(_outgoing_attachment(attachment) for attachment in attachments),
        automatic=False,
        ticket_id=ticket.id,
    )
    enqueue(tx, outgoing, at)


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
    language = agent.languages[0] if agent.languages else ticket.language
    root = f"<ticket-{ticket.id}@{desk.reply_domain}>"  # one thread a ticket in the agent's mail program
    outgoing = Outgoing(
        message_id=desk.message_id(Purpose.AUTOMATIC_MESSAGE_ID, ticket_ref=ticket.ref, address=agent.address, at=at),
        recipient=Address(address=agent.address, name=agent.name),
        mail_from="",
        template=template,
        language=language,
        values=(
            ("ticket", str(ticket.id)),
            ("desk", desk.name),
            ("reference", _reference(desk, ticket, agent.address, at)),
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


def _notification_values(
    ticket: Ticket,
    message: Message,
    circumstances: Circumstances,
    earlier: Sequence[Article],
    files: Sequence[StoredAttachment],
) -> tuple[tuple[str, str], ...]:
    author = message.author
    # Of a ticket's first mail everything is shown: what it quotes is known to nobody here.
    text = message.reply if earlier and message.reply else message.text
    return (
        ("state", ticket.state.replace("_", " ")),
        ("subject", ticket.subject),
        ("author", _person(author) if author else "(no valid address)"),
        ("identity", circumstances.identity),
        ("spam", circumstances.spam),
        ("defects", "\n".join(circumstances.defects)),
        ("text", text),
        ("attachments", "\n".join(f"{file.filename} ({file.content_type}, {file.size} bytes)" for file in files)),
        ("thread", "\n\n".join(_earlier(article) for article in reversed(earlier))),
        ("commands", COMMANDS),
    )


def _overview(account: Account | None) -> tuple[tuple[str, str], ...]:
    return (
        ("account", _account_line(account)),
        ("shops", ", ".join(shop.domain for shop in account.shops) if account else ""),
        ("phone", account.phone if account else ""),
    )


def _is_own(desk: Desk, agent: Agent) -> bool:
    """Is the agent's mailbox at the desk's own domain, or one above or below it? Others are not told of accounts."""
    own, other = (canonical_address(each).rpartition("@")[2] for each in (desk.support_address, agent.address))
    return own == other or own.endswith(f".{other}") or other.endswith(f".{own}")


def _person(author: Address) -> str:
    """The address first: a display name is whatever its writer likes (A-16)."""
    name = author.name if "@" not in author.name else ""
    return f"{author.address} ({name})" if name else author.address


def _account_line(account: Account | None) -> str:
    if account is None:
        return ""
    return " ".join(filter(None, (account.id, account.name, f"({account.plan})" if account.plan else "")))


def _earlier(article: Article) -> str:
    text = article.reply or article.text
    shown = text if len(text) <= THREAD_CHARACTERS else text[:THREAD_CHARACTERS] + " […]"
    return f"{article.at:%Y-%m-%d %H:%M} {article.kind}, {article.author}:\n{shown}"


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
            images.append(_outgoing_attachment(replace(file, filename=name, content_type=kind)))
    return tuple(images)


def _outgoing_attachment(file: StoredAttachment) -> OutgoingAttachment:
    return OutgoingAttachment(
        sha256=file.sha256,
        filename=file.filename,
        content_type=file.content_type,
        inline=file.inline,
        content_id=file.content_id,
    )


def _customer_address(desk: Desk, ticket: Ticket, at: datetime) -> str:
    return desk.reply_address(Purpose.REPLY, ticket_ref=ticket.ref, address=ticket.correspondent, at=at)


def _reference(desk: Desk, ticket: Ticket, address: str, at: datetime) -> str:
    return desk.reference(ticket_ref=ticket.ref, address=address, at=at)


def _repeatable(message_id: str) -> str:
    return message_id if len(message_id.encode("utf-8", "surrogatepass")) <= MAX_MESSAGE_ID else ""
