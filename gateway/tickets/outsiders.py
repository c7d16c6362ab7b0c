"""Mail to those who have a part in a ticket and are not its correspondent: specialists, colleagues, invited people.

What must stay true: each mail goes to one address, on a reply address that is signed for that one alone, and holds
what it was made of here and nothing else: the agent's own words, the subject, and for specialists the customer's newest
text. Never a note, an overview, another ticket, another's token, or, outside of the desk, the customer's address. Their
answers are none of the customer's (`pipeline.rules.participants`).

BUGS: a customer who writes his own address in a way that no program would read ("ann at bread") is not made nameless.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.mail.message import Address
from gateway.model import Agent, Article, ArticleKind, Role, Ticket
from gateway.outbox.enqueue import enqueue
from gateway.outbox.outgoing import Outgoing
from gateway.outbox.scrub import scrub
from gateway.store import tickets as store
from gateway.store.accounts import accounts_by_ids
from gateway.store.db import Tx
from gateway.store.participants import put_participant
from gateway.tickets import change, outward
from gateway.tickets.desk import Desk
from gateway.tokens import Purpose, canonical_address

LOOKED_THROUGH = 50
"""Articles of a ticket among which the customer's newest is looked for."""
MAX_TEXT = 20_000
"""Characters of it that are passed on."""
HIDDEN = "[…]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail to one participant."""

    recipient: str
    role: Role
    template: str
    language: str
    values: tuple[tuple[str, str], ...]
    command: str
    """The command that it comes of, as the ticket keeps it before the agent's words."""
    text: str
    """The agent's words."""


def send(tx: Tx, desk: Desk, ticket: Ticket, letter: Letter, *, agent: Agent, at: datetime) -> str:
    """Queue it, make its recipient a participant and keep the agent's words as a note; why not, "" where it is done.

    It leaves when the agent can no longer take it back.
    """
    address = canonical_address(letter.recipient)
    message_id = desk.message_id(Purpose.MESSAGE_ID, ticket_ref=ticket.ref, address=address, at=at)
    outgoing = Outgoing(
        message_id=message_id,
        recipient=Address(address=address),
        mail_from=desk.reply_address(Purpose.BOUNCE, ticket_ref=ticket.ref, address=address, at=at),
        template=letter.template,
        language=letter.language,
        values=(
            ("ticket", str(ticket.id)),
            ("desk", desk.name),
            ("reference", desk.reference(ticket_ref=ticket.ref, address=address, at=at)),
            ("text", letter.text),
            *letter.values,
        ),
        reply_to=desk.reply_address(Purpose.REPLY, ticket_ref=ticket.ref, address=address, at=at),
        automatic=False,
        ticket_id=ticket.id,
    )
    refusal = enqueue(tx, outgoing, at, not_before=at + timedelta(seconds=desk.undo_seconds))
    if refusal:
        detail = f"{letter.template} to {address}: {refusal.why}"
        change.note(tx, ticket, kind="not_sent", actor=agent.name, detail=detail, at=at)
        return f"Nothing was sent to {address}: {refusal.why}."
    put_participant(tx, ticket.id, address, role=letter.role, by=agent.name, at=at)
    change.add_text(
        tx,
        ticket,
        kind=ArticleKind.INTERNAL,
        author=agent.address,
        author_name=agent.name,
        text=f"{letter.command} {address}\n\n{letter.text}".rstrip(),
        message_id=message_id,
        at=at,
    )
    return ""


def newest_text(tx: Tx, ticket: Ticket) -> Article | None:
    """The newest mail of the ticket's correspondent; one that is proven to be his before one that is not."""
    own = [
        article
        for article in store.articles(tx, ticket.id, newest=LOOKED_THROUGH)
        if article.kind is ArticleKind.IN and canonical_address(article.author) == ticket.correspondent
    ]
    proven = [article for article in own if article.confirmed]
    return next(reversed(proven or own), None)


def customer_addresses(tx: Tx, ticket: Ticket) -> frozenset[str]:
    """Every address that is known to be the customer's, canonical."""
    accounts = accounts_by_ids(tx, [ticket.account_id]) if ticket.account_id else []
    on_file = (entry.address for account in accounts for entry in account.addresses)
    return frozenset(canonical_address(each) for each in (ticket.correspondent, *on_file) if each)


def nameless(text: str, hidden: Iterable[str]) -> str:
    """The text without these addresses, without tokens, and of bounded length."""
    shown = scrub(text[:MAX_TEXT])
    for address in sorted(hidden, key=len, reverse=True):
        shown = re.sub(rf"(?i)(?<![\w.+-]){re.escape(address)}(?![\w-]|\.\w)", HIDDEN, shown)
    return shown + (f" {HIDDEN}" if len(text) > MAX_TEXT else "")


def own_words(text: str, agents: Sequence[Agent], support_address: str) -> str:
    """What an agent wrote, without what he quotes and without colleagues' addresses."""
    lines = [line for line in text.split("\n") if not line.lstrip().startswith(">")]
    plain = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return outward.without_addresses(outward.without_head(plain, support_address), agents, support_address)


def holds_quotation(text: str) -> str:
    """Why these words of an agent may not leave, as a sentence; "" where they may."""
    return outward.HOLDS_QUOTATION if any(mark in text for mark in outward.MARKS) else ""
