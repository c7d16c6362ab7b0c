"""A ticket that goes on: what agents do by their verbs, and what those whom they wrote to answer."""

from collections.abc import Callable
from email import message_from_bytes
from email.policy import default
from typing import TypeVar

from gateway.model import Agent, Article, ArticleKind, Ticket
from gateway.outbox.outgoing import Outgoing
from gateway.store import tickets
from gateway.store.agents import active_agents
from gateway.store.db import Tx
from gateway.store.outcomes import Outcome
from gateway.tickets import forwarding, inviting
from tests.desk import AGENT, CUSTOMER, SUPPORT, TestDesk

T = TypeVar("T")
KIM = Agent(name="Kim", address=AGENT, languages=("en",))
PRINTER = "joe@signed.test"
"""A specialist: his mail is proven."""
DESIGNER = "web@signed.test"
"""A further person of the customer's."""
ALLOWED = (PRINTER, "@print.test")


def do(desk: TestDesk, work: Callable[[Tx], T]) -> T:
    """Something in a transaction of its own."""
    with desk.store.transaction() as tx:
        return work(tx)


def ticket_with(desk: TestDesk, text: str = "It fails.", **mail: str) -> Ticket:
    """A customer's ticket."""
    return desk.ticket(desk.take(desk.post.mail(CUSTOMER, SUPPORT, text, **mail), mail_from=CUSTOMER))  # type: ignore[arg-type]


def forward(desk: TestDesk, ticket: Ticket, to: str = PRINTER, text: str = "What is it?") -> str:
    """Kim forwards it."""
    return do(
        desk,
        lambda tx: forwarding.forward(
            tx,
            desk.gateway.desk,
            ticket,
            agent=KIM,
            to=to,
            text=text,
            allowed=ALLOWED,
            agents=active_agents(tx),
            at=desk.clock.now(),
        ),
    )


def invite(desk: TestDesk, ticket: Ticket, address: str = DESIGNER, text: str = "What do you see?") -> str:
    """Kim invites him."""
    return do(
        desk,
        lambda tx: inviting.invite(
            tx, desk.gateway.desk, ticket, agent=KIM, address=address, text=text, at=desk.clock.now()
        ),
    )


def reply(
    desk: TestDesk, outgoing: Outgoing, text: str = "The cable.", *, author: str = "", signed: bool = True
) -> Outcome:
    """Its recipient presses Reply; or another one, who got hold of it."""
    author = author or outgoing.recipient.address
    raw = desk.post.mail(author, outgoing.reply_to, text, answers=outgoing.message_id, signed=signed)
    return desk.take(raw, rcpt=[outgoing.reply_to], mail_from=author)


def answer(desk: TestDesk, ticket: Ticket, text: str = "Look here.") -> Outgoing:
    """Kim answers the customer; the mail that he gets."""
    (told, *_) = [mail for mail in desk.outbox("notification") if mail.ticket_id == ticket.id]
    desk.take(desk.post.mail(AGENT, told.reply_to, text), rcpt=[told.reply_to], mail_from=AGENT)
    return desk.outbox("answer")[-1]


def articles(desk: TestDesk, ticket: Ticket) -> list[Article]:
    """What the ticket holds."""
    with desk.store.reading() as tx:
        return tickets.articles(tx, ticket.id)


def notes(desk: TestDesk, ticket: Ticket) -> list[str]:
    """The texts of its notes."""
    return [article.text for article in articles(desk, ticket) if article.kind is ArticleKind.INTERNAL]


def kinds(desk: TestDesk, ticket: Ticket) -> list[str]:
    """Its story."""
    with desk.store.reading() as tx:
        return [event.kind for event in tickets.events(tx, ticket.id)]


def again(desk: TestDesk, ticket: Ticket) -> Ticket:
    """The ticket as it is now."""
    with desk.store.reading() as tx:
        found = tickets.ticket_by_id(tx, ticket.id)
    assert found
    return found


def text_of(desk: TestDesk, outgoing: Outgoing) -> str:
    """The plain text of a mail as it leaves."""
    part = message_from_bytes(desk.letter(outgoing).data, policy=default).get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def wire(desk: TestDesk, outgoing: Outgoing) -> str:
    """All of a mail as it leaves, decoded."""
    message = message_from_bytes(desk.letter(outgoing).data, policy=default)
    parts = (part.get_content() for part in message.walk() if part.get_content_maintype() == "text")
    return "\n".join((*(f"{name}: {value}" for name, value in message.items()), *parts))
