"""`#forward`: a colleague or an outside specialist is asked for help, and his answer comes back as a note.

What must stay true: mail alone never finds a new recipient outside (A-19): an address that is no agent's must be one
that the operator allows. The customer is never one of them, nor is anybody of his side.
"""

import re
from collections.abc import Sequence
from datetime import datetime

from gateway.mail.address import is_addr_spec
from gateway.mail.language import LANGUAGES, guess_language
from gateway.mail.message import Message
from gateway.model import Agent, Participant, Role, Ticket
from gateway.store import tickets as store
from gateway.store.agents import active_agents
from gateway.store.db import Tx
from gateway.store.files import first_number
from gateway.store.participants import participants
from gateway.tickets import change, notifications, outsiders
from gateway.tickets.desk import Desk
from gateway.tickets.file_list import file_lines
from gateway.tickets.outsiders import Letter
from gateway.tickets.words import words_of
from gateway.tokens import canonical_address

_PLAIN = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.@-]{3,254}")
"""What can be written to (`mail.build`), and repeated to an agent."""


def problem(
    to: str,
    *,
    allowed: Sequence[str],
    agents: Sequence[Agent],
    desk: Desk,
    tx: Tx | None = None,
    ticket: Ticket | None = None,
    text: str = "",
) -> str:
    """Why a ticket cannot be forwarded to him, as a sentence; "" where it can.

    `to` is an address, or a colleague's name. `allowed` are the addresses and `@domains` of the configuration. Without
    the ticket nobody can say whether he is of the customer's side, so `forward` asks again.
    """
    address = address_of(to, agents)
    if not address:
        return f"“{to[:80]}” is neither an address nor a colleague's name. Write for example: #forward name@example.com"
    if is_ours(address, desk):
        return f"{address} is an address of the desk itself. Forward to a colleague or to a specialist."
    if tx is not None and ticket is not None:
        theirs = _of_the_customers_side(tx, ticket, address)
        if theirs:
            return theirs
    if not _is_allowed(address, allowed, agents):
        return (
            f"{address} is no colleague and no specialist of this desk. An operator can allow the address, or its "
            "domain, in the configuration: [desk] specialists."
        )
    return outsiders.holds_quotation(text)


def forward(
    tx: Tx,
    desk: Desk,
    ticket: Ticket,
    *,
    agent: Agent,
    to: str,
    text: str,
    allowed: Sequence[str],
    agents: Sequence[Agent],
    at: datetime,
) -> str:
    """Ask him; the sentence for the confirmation, which is the problem where nothing was done."""
    text = outsiders.own_words(text, agents, desk.support_address)
    refusal = problem(to, allowed=allowed, agents=agents, desk=desk, tx=tx, ticket=ticket, text=text)
    if refusal:
        return refusal
    address = address_of(to, agents)
    letter, shown = _letter(tx, desk, ticket, agent, _colleague(address, agents), address, text)
    refusal = outsiders.send(tx, desk, ticket, letter, agent=agent, at=at)
    if refusal:
        return refusal
    detail = f"to {address} ({letter.role}){f', with {shown}' if shown else ''}"
    change.note(tx, ticket, kind="forwarded", actor=agent.name, detail=detail, at=at)
    with_what = f" with {shown}" if shown else ""
    return (
        f"Ticket {ticket.id} was forwarded to {address}{with_what}. The answer comes back into the ticket as a note; "
        "the customer does not see it."
    )


def tell_of_answer(
    tx: Tx,
    desk: Desk,
    ticket: Ticket,
    participant: Participant,
    message: Message,
    *,
    article_id: int,
    is_proven: bool,
    proof: str,
    at: datetime,
) -> None:
    """Word to the agents of the ticket: who was asked has answered, or seems to have. All of it is internal."""
    files = store.attachments(tx, article_id) if message.attachments else []
    first = first_number(tx, ticket.id, article_id) if files else 1
    for agent in notifications.recipients_of(active_agents(tx), ticket):
        language = notifications.language_of(desk, agent)
        lines = file_lines(files, message.attachments, language, first=first)
        notifications.send_to_agent(
            tx,
            desk,
            agent,
            ticket,
            template="specialist_answer",
            values=(
                ("author", message.author.address if message.author else words_of(language).nobody),
                ("caution", "" if is_proven else words_of(language).unproven),
                ("asked", participant.address),
                ("by", participant.by),
                ("proof", proof),
                ("attachments", "\n".join(lines)),
                ("text", message.reply or message.text),
            ),
            article_id=article_id,
            at=at,
        )


def address_of(to: str, agents: Sequence[Agent]) -> str:
    """The canonical address that an agent means by an address or a colleague's name; "" where it is neither."""
    named = [agent.address for agent in agents if agent.name.casefold() == to.strip().casefold()]
    if len(named) == 1:
        return named[0]
    plain = to.strip().removeprefix("<").removesuffix(">")
    address = canonical_address(plain) if is_addr_spec(plain) else ""
    return address if _PLAIN.fullmatch(address) else ""


def is_ours(address: str, desk: Desk) -> bool:
    """Is it an address that this gateway itself reads?"""
    own = {canonical_address(each) for each in (desk.support_address, *desk.own_addresses)}
    return address in own or address.endswith(f"@{desk.reply_domain.lower()}")


def _letter(
    tx: Tx, desk: Desk, ticket: Ticket, agent: Agent, colleague: Agent | None, address: str, text: str
) -> tuple[Letter, str]:
    """The mail to him, and what of the customer's is in it, in words."""
    newest = outsiders.newest_text(tx, ticket)
    hidden = frozenset() if colleague else outsiders.customer_addresses(tx, ticket)
    text = outsiders.nameless(text, hidden)
    values = (
        ("subject", outsiders.nameless(ticket.subject, hidden)),
        ("by", agent.name if colleague else ""),
        ("customer", ticket.correspondent if colleague else ""),
        ("written", f"{newest.at:%Y-%m-%d %H:%M} UTC" if newest else ""),
        ("question", outsiders.nameless(newest.reply or newest.text, hidden) if newest else ""),
    )
    letter = Letter(
        recipient=address,
        role=Role.COLLEAGUE if colleague else Role.SPECIALIST,
        template="forward",
        language=_language(desk, colleague, text),
        values=values,
        command="#forward",
        text=text,
    )
    return letter, f"the customer's mail of {newest.at:%Y-%m-%d %H:%M} UTC" if newest else ""


def _language(desk: Desk, colleague: Agent | None, text: str) -> str:
    """A colleague's own; of a specialist only the agent knows it, who writes to him in it."""
    if colleague:
        return notifications.language_of(desk, colleague)
    guessed = guess_language(text)
    return guessed if guessed in LANGUAGES else desk.language


def _of_the_customers_side(tx: Tx, ticket: Ticket, address: str) -> str:
    if address == ticket.correspondent:
        return f"{address} is the customer of this ticket: what is meant for him is written without a command."
    if address in outsiders.customer_addresses(tx, ticket):
        return f"{address} is on file for the customer's account: nothing is forwarded to the customer's side."
    if any(each.address == address and each.role is Role.INVITED for each in participants(tx, ticket.id)):
        return f"{address} was invited into this ticket: nothing is forwarded to the customer's side. Use #invite."
    return ""


def _is_allowed(address: str, allowed: Sequence[str], agents: Sequence[Agent]) -> bool:
    patterns = {canonical_address(each) for each in allowed}
    domain = f"@{address.rpartition('@')[2]}"
    return _colleague(address, agents) is not None or address in patterns or domain in patterns


def _colleague(address: str, agents: Sequence[Agent]) -> Agent | None:
    return next((agent for agent in agents if agent.address == address), None)
