"""`#invite`: a further person of the customer's side is asked into a ticket, such as his web designer.

What must stay true: no typing error of an agent finds a new recipient outside (A-19): only an address that is on file
for the ticket's account, or that the customer himself named in a mail that is proven to be his. The invited person gets
this one mail and nothing that is meant for the customer; what he answers is his own word, not the customer's.
"""

import re
from collections.abc import Iterable
from datetime import datetime

from gateway.model import Agent, Role, Ticket
from gateway.store.account_addresses import Basis, addresses_of
from gateway.store.agents import active_agents
from gateway.store.confirmed_mails import ConfirmedMail, mails_of_ticket
from gateway.store.db import Tx
from gateway.store.participants import participants
from gateway.tickets import change, outsiders
from gateway.tickets.desk import Desk
from gateway.tickets.forwarding import address_of, is_ours
from gateway.tickets.outsiders import Letter
from gateway.tokens import canonical_address

_SEPARATOR = re.compile(r"[\s<>(),;:\"'\[\]|]+")


def problem(tx: Tx, ticket: Ticket, address: str, *, desk: Desk | None = None, text: str = "") -> str:
    """Why he cannot be invited, as a sentence; "" where he can. `desk` tells which addresses are its own."""
    found = address_of(address, ())
    if not found:
        return f"“{address[:80]}” is not an address. Write for example: #invite name@example.com"
    if found == ticket.correspondent:
        return f"{found} is the customer of this ticket: what is meant for him is written without a command."
    if (desk and is_ours(found, desk)) or any(agent.address == found for agent in active_agents(tx)):
        return f"{found} is of the desk, and the customer's side is invited. Ask a colleague with #forward."
    if any(each.address == found and each.role is not Role.INVITED for each in participants(tx, ticket.id)):
        return f"{found} was asked for help with this ticket, and is not of the customer's side. Use #forward."
    if not _is_on_file(tx, ticket, found) and not _is_named(tx, ticket, found):
        return (
            f"{found} is not on file for the customer's account, and no mail that is proven to be the customer's names "
            "it. Ask the customer to name the address in an answer; then invite it."
        )
    return outsiders.holds_quotation(text)


def invite(tx: Tx, desk: Desk, ticket: Ticket, *, agent: Agent, address: str, text: str, at: datetime) -> str:
    """Invite him; the sentence for the confirmation, which is the problem where nothing was done."""
    agents = active_agents(tx)
    text = outsiders.own_words(text, agents, desk.support_address)
    refusal = problem(tx, ticket, address, desk=desk, text=text)
    if refusal:
        return refusal
    found = address_of(address, ())
    letter = Letter(
        recipient=found,
        role=Role.INVITED,
        template="invite",
        language=ticket.language,
        values=(("subject", outsiders.nameless(ticket.subject, ())),),
        command="#invite",
        text=text,
    )
    refusal = outsiders.send(tx, desk, ticket, letter, agent=agent, at=at)
    if refusal:
        return refusal
    change.note(tx, ticket, kind="invited", actor=agent.name, detail=found, at=at)
    return (
        f"{found} was invited into ticket {ticket.id}. What is answered comes into the ticket; of your answers to the "
        "customer nothing goes there."
    )


def _is_on_file(tx: Tx, ticket: Ticket, address: str) -> bool:
    on_file = addresses_of(tx, ticket.account_id) if ticket.account_id else []
    return any(each.address == address and each.basis is not Basis.REVOKED for each in on_file)


def _is_named(tx: Tx, ticket: Ticket, address: str) -> bool:
    """Did the customer name it, in the text or the To and Cc of a mail that is proven to be his?

    Invited people name nobody: who may write into a ticket is for the customer to say.
    """
    guests = {each.address for each in participants(tx, ticket.id)}
    return any(
        address in _named_in(mail)
        for mail in mails_of_ticket(tx, ticket)
        if canonical_address(mail.author) not in guests
    )


def _named_in(mail: ConfirmedMail) -> frozenset[str]:
    words: Iterable[str] = (word.strip(".!?") for word in _SEPARATOR.split(mail.reply) if "@" in word)
    return frozenset(canonical_address(each) for each in (*mail.addressed, *words))
