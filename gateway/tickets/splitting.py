"""`#split`: the customer's newest mail is another matter, and becomes a ticket of its own.

The article moves, with its files and its message id: who answers that mail is in the new ticket. Reply addresses that
the customer got before go on leading to the old one. He hears nothing of it.
"""

from dataclasses import replace
from datetime import datetime

from gateway.mail import clean
from gateway.mail.message import Address, Message
from gateway.model import Agent, Article, ArticleKind, Ticket
from gateway.store import merges
from gateway.store import tickets as store
from gateway.store.accounts import accounts_by_ids
from gateway.store.agents import active_agents
from gateway.store.db import Tx
from gateway.tickets import change, notifications
from gateway.tickets.change import Owner
from gateway.tickets.desk import Desk
from gateway.tickets.kept_mail import evidence_of, message_of
from gateway.tickets.notifications import Circumstances
from gateway.tickets.state import Happening
from gateway.tokens import canonical_address

LOOKED_THROUGH = 50
"""Articles of a ticket among which the customer's newest is looked for."""
MAX_SUBJECT = 200


def problem(tx: Tx, ticket: Ticket) -> str:
    """Why nothing can be split off, as a sentence; "" where it can."""
    article = _newest(tx, ticket)
    if article is None:
        return f"Ticket {ticket.id} holds no mail that is proven to be the customer's."
    if merges.count_articles(tx, ticket.id, kinds=(ArticleKind.IN,)) < 2:
        return f"Ticket {ticket.id} holds only this one mail: there is nothing to split."
    return ""


def split(tx: Tx, desk: Desk, ticket: Ticket, *, agent: Agent, subject: str, at: datetime) -> str:
    """Split it off; the sentence for the confirmation, which is the problem where nothing was done.

    Without a subject the new ticket has that of the mail.
    """
    ticket = store.locked_ticket(tx, ticket)
    refusal, article = problem(tx, ticket), _newest(tx, ticket)
    if refusal or article is None:
        return refusal
    new = _open(tx, desk, ticket, clean.line(subject, MAX_SUBJECT) or article.subject, agent, at)
    _move(tx, article, source=ticket, target=new)
    _note(tx, ticket, f"the mail of {article.at:%Y-%m-%d %H:%M} UTC is ticket {new.id} now", agent, at)
    _note(tx, new, f"from ticket {ticket.id}: the mail of {article.at:%Y-%m-%d %H:%M} UTC", agent, at)
    _tell(tx, desk, new, article, agent, at)
    return f"The mail of {article.at:%Y-%m-%d %H:%M} UTC is ticket {new.id} now: “{new.subject}”."


def unsplit(tx: Tx, ticket: Ticket, *, new: int, agent: Agent, at: datetime) -> str:
    """Take a split back: the mail is in its ticket again, and the new one is merged into it."""
    held, split_off = merges.hold_both(tx, ticket.id, new)
    if held is None or split_off is None or split_off.merged_into is not None:
        return f"Ticket {new} cannot be taken back into ticket {ticket.id}."
    if merges.count_articles(tx, new, kinds=set(ArticleKind) - {ArticleKind.WITHDRAWN}) != 1:
        return f"Ticket {new} has gone on since: merge it instead."
    article = next(each for each in store.articles(tx, new) if each.kind is not ArticleKind.WITHDRAWN)
    _move(tx, article, source=split_off, target=held)
    change.move(tx, split_off, Happening.CLOSED, actor=agent.name, at=at)
    merges.set_merged(tx, new, ticket.id)
    _note(tx, split_off, f"its mail is in ticket {ticket.id} again", agent, at, kind="unsplit")
    _note(tx, held, f"the mail of ticket {new} is in this one again", agent, at, kind="unsplit")
    return f"The mail of ticket {new} is in ticket {ticket.id} again."


def _newest(tx: Tx, ticket: Ticket) -> Article | None:
    own = (
        article
        for article in reversed(store.articles(tx, ticket.id, newest=LOOKED_THROUGH))
        if article.kind is ArticleKind.IN
        and article.confirmed
        and canonical_address(article.author) == ticket.correspondent
    )
    return next(own, None)


def _open(tx: Tx, desk: Desk, ticket: Ticket, subject: str, agent: Agent, at: datetime) -> Ticket:
    author = Address(address=ticket.correspondent, name=ticket.correspondent_name)
    owner = Owner(
        confirmed=ticket.confirmed,
        account_id=ticket.account_id,
        shop_id=ticket.shop_id,
        language=ticket.language,
        team=ticket.team,
        reported_by=ticket.reported_by,
    )
    why = f"{agent.name} split it from ticket {ticket.id}"
    new = change.open_ticket(tx, Message(author=author, subject=subject), owner=owner, hours=desk.hours, why=why, at=at)
    if ticket.assignee:
        new = replace(new, assignee=ticket.assignee)
        store.update_ticket(tx, new)
    return new


def _move(tx: Tx, article: Article, *, source: Ticket, target: Ticket) -> None:
    merges.move_article(
        tx,
        article.id,
        message_id=article.message_id,
        entry_id=article.entry_id,
        source=source.id,
        target=target.id,
    )


def _tell(tx: Tx, desk: Desk, ticket: Ticket, article: Article, agent: Agent, at: datetime) -> None:
    """To those who look after the new ticket, and to whom it is due: he goes on from its notification."""
    grade, standing, strength = evidence_of(tx, article)
    accounts = accounts_by_ids(tx, [ticket.account_id]) if ticket.account_id else []
    found = Circumstances(
        identity=f"split off by {agent.name}; nothing new was found about its author",
        grade=grade,
        standing=standing,
        strength=strength,
        account=accounts[0] if accounts else None,
        defects=article.defects,
    )
    message, agents = message_of(tx, article), active_agents(tx)
    told = notifications.recipients_of(agents, ticket)
    others = [each for each in agents if each.address == agent.address and each not in told]
    for group in filter(None, (told, others)):
        notifications.send_notification(tx, desk, group, ticket, article.id, message, found, at=at)


def _note(tx: Tx, ticket: Ticket, detail: str, agent: Agent, at: datetime, *, kind: str = "split") -> None:
    change.note(tx, ticket, kind=kind, actor=agent.name, detail=detail, at=at)
