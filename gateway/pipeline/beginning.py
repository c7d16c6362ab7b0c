"""What does an agent's mail to the desk begin: does it pass a customer's mail on, or write to a customer? Reads only.

What must stay true: who is named in it is only named. His account is looked up so that agents see it; nothing is sent
to him because of it but what an agent writes.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from gateway.accounts.sender import Sender, identify
from gateway.mail.forwarded import Forwarded, NotForwarded, inside, read_forwarded
from gateway.mail.message import Attachment, Message
from gateway.mail.quotes import split
from gateway.matching.shop import find_shop
from gateway.model import Agent, Ticket
from gateway.pipeline.begun import Beginning, Passed, Target
from gateway.pipeline.evidence import NO_SHOP, Reading
from gateway.store import forwards
from gateway.store.account_addresses import Basis
from gateway.store.accounts import accounts_by_ids, holders_of
from gateway.store.db import Tx
from gateway.store.merges import root_of
from gateway.store.tickets import ticket_by_id, tickets_by_message_id
from gateway.tickets import outward
from gateway.tickets.desk import Desk
from gateway.tokens import Purpose, canonical_address

OF_TICKETS = (Purpose.REPLY, Purpose.AGENT, Purpose.CONFIRM, Purpose.BOUNCE)
"""Whoever writes to such an address of ours writes to a ticket."""
PREFIX = "new+"
"""Of addresses at the reply domain: `new+ann=shop.example` writes to that address, `new+7` to account 7."""
MAX_DEPTH = 3
"""Mails inside of mails that are passed on: from colleague to colleague, and then to the desk."""
MIN_COMPARED = 20
"""Characters, white space aside, from which on two texts are not the same by chance."""
COMPARED = 5000

_SPACE = re.compile(r"[\s>]+")


def targets_of(reading: Reading, reply_domain: str) -> tuple[str, ...]:
    """What stands behind `new+` in the addresses at our reply domain that the mail came to, each once."""
    message = reading.message
    places = (
        reading.entry.envelope.recipients,
        (*message.delivered_to, *(address.address for address in message.to + message.cc)),
    )
    for place in places:
        found: dict[str, None] = {}
        for address in place:
            local, _, domain = address.strip().rpartition("@")
            if local[: len(PREFIX)].lower() == PREFIX and _is_same_domain(domain, reply_domain):
                found[local[len(PREFIX) :]] = None
        if found:
            return tuple(found)
    return ()


def _is_same_domain(one: str, other: str) -> bool:
    return canonical_address(f"x@{one}") == canonical_address(f"x@{other}")


def look(tx: Tx, desk: Desk, reading: Reading, agents: Sequence[Agent], *, is_agent: bool) -> Beginning | None:
    """What the mail begins; None for mail of a ticket, and where neither its author nor its address begins anything."""
    token = reading.token.token
    if token is not None and token.purpose in OF_TICKETS:
        return None
    written = targets_of(reading, desk.reply_domain)
    if written:
        return Beginning(
            targets=tuple(_target(tx, each, desk, agents) if is_agent else Target(written=each) for each in written)
        )
    if not is_agent:
        return None
    read = _customers(read_forwarded(reading.message, reading.attached), agents)
    return (
        Beginning(why_not=read) if isinstance(read, NotForwarded) else Beginning(passed=_passed(tx, desk, read, agents))
    )


def _customers(read: Forwarded | NotForwarded, agents: Sequence[Agent]) -> Forwarded | NotForwarded:
    """The mail that a colleague passed on to this agent, where that is what he passes on."""
    for _ in range(MAX_DEPTH):
        if isinstance(read, NotForwarded) or not _is_agents(read.author.address, agents):
            break
        further = inside(read)
        if isinstance(further, NotForwarded):
            break
        said = f"{read.author.address}:\n{further.comment}" if further.comment else ""
        read = replace(further, comment="\n\n".join(filter(None, (read.comment, said))))
    return read


def _passed(tx: Tx, desk: Desk, mail: Forwarded, agents: Sequence[Agent]) -> Passed:
    parts = split(mail.text)
    message = Message(
        author=mail.author,
        message_id=mail.message_id,
        subject=mail.subject,
        text=mail.text,
        reply=parts.reply,
        quoted=parts.quoted,
        signature=parts.signature,
        references=mail.references,
        attachments=mail.attachments,
    )
    obstacle = _obstacle(desk, mail, agents)
    if obstacle:
        nobody = Sender(standing=identify(tx, Message(author=None)).standing, why="not looked up")
        return Passed(mail=mail, message=message, sender=nobody, shop=NO_SHOP, known=None, obstacle=obstacle)
    sender = identify(tx, message)
    shop = find_shop(message, (), sender.accounts, None) if sender.accounts else NO_SHOP
    return Passed(mail=mail, message=message, sender=sender, shop=shop, known=_known(tx, mail))


def _obstacle(desk: Desk, mail: Forwarded, agents: Sequence[Agent]) -> str:
    author = canonical_address(mail.author.address)
    if _is_agents(author, agents):
        return (
            f"The mail that you forwarded was written by {author}, who is of the desk. Forward the customer's own mail."
        )
    own = {canonical_address(address) for address in (*desk.own_addresses, desk.support_address)}
    if author in own or author.endswith(canonical_address(f"x@{desk.reply_domain}").removeprefix("x")):
        return "The mail that you forwarded is one of the desk's own. Reply to it, or forward the customer's own mail."
    if any(mark in mail.text for mark in outward.MARKS) or any(map(_holds_marks, mail.attachments)):
        return "The mail that you forwarded holds one of the desk's own mails to agents, which is not the customer's."
    return ""


def _holds_marks(file: Attachment) -> bool:
    return any(mark.encode() in file.content for mark in outward.MARKS)


def _is_agents(address: str, agents: Sequence[Agent]) -> bool:
    return canonical_address(address) in {agent.address for agent in agents}


def _known(tx: Tx, mail: Forwarded) -> Ticket | None:
    """The ticket that holds this very mail: by its message id and author, or by its author and words."""
    author = canonical_address(mail.author.address)
    for ticket in tickets_by_message_id(tx, mail.message_id) if mail.message_id else ():
        if any(canonical_address(each.author) == author for each in forwards.mails_in(tx, ticket.id, mail.message_id)):
            return root_of(tx, ticket)
    words = _words(mail.text)
    if len(words) < MIN_COMPARED:
        return None
    for each in forwards.mails_of(tx, author):
        if canonical_address(each.author) == author and _words(each.text) == words:
            found = ticket_by_id(tx, each.ticket_id)
            return root_of(tx, found) if found else None
    return None


def _words(text: str) -> str:
    return _SPACE.sub("", text)[:COMPARED]


def _target(tx: Tx, written: str, desk: Desk, agents: Sequence[Agent]) -> Target:
    local, equals, domain = written.rpartition("=")
    target = _of_address(tx, written, f"{local}@{domain}") if equals else _of_account(tx, written)
    own = {canonical_address(address) for address in (*desk.own_addresses, desk.support_address)}
    if target.address and (target.address in own or _is_agents(target.address, agents)):
        return Target(written=written, problem=f"{target.address} is an address of the desk, not a customer's.")
    return target


def _of_address(tx: Tx, written: str, address: str) -> Target:
    canonical = canonical_address(address)
    holders = [holder for holder in holders_of(tx, canonical) if holder.basis is not Basis.REVOKED]
    if not holders and not forwards.has_ticket(tx, canonical):
        why = f"{canonical} is on no account, and no ticket of it is known. Only such addresses can be written to."
        return Target(written=written, problem=why)
    return Target(written=written, address=canonical, account=holders[0].account if len(holders) == 1 else None)


def _of_account(tx: Tx, written: str) -> Target:
    account = next(iter(accounts_by_ids(tx, [written])), None)
    if account is None:
        why = f"There is no account {written!r}. Write new+NUMBER, or new+NAME=DOMAIN for the address NAME@DOMAIN."
        return Target(written=written, problem=why)
    verified = [each.address for each in account.addresses if each.verified]
    if len(verified) != 1:
        found = f"has {len(verified)} verified addresses" if verified else "has no verified address"
        why = f"Account {account.id} {found}. Write to one address: new+NAME=DOMAIN for NAME@DOMAIN."
        return Target(written=written, problem=why)
    return Target(written=written, address=canonical_address(verified[0]), account=account)
