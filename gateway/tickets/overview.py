"""What does an agent see of the customer beside his mail? Account, shops, orders, tickets, in the agent's language.

Only for agents at the desk's own domain, only where our mail is private on its way, and only the fields that the
configuration lists; each line is short, so that the whole notification stays on one screen.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from gateway.mail.message import Address, Message
from gateway.model import Account, Agent, Order, Shop, Ticket
from gateway.store.tickets import OtherTicket
from gateway.tickets.desk import Desk
from gateway.tickets.words import Words
from gateway.tokens import canonical_address

LOOKED_AT = 20
"""Other tickets of the customer that are looked at; more of them than that are too many in any case."""
SHOWN_ACCOUNTS = 4
SHOWN_TICKETS = 3
SHOWN_ORDERS = 3
SHOWN_SHOPS = 8
SHOWN_OTHERS = 8
SHOWN_NOTES = 300
"""Characters of what is noted on an account."""
SHOWN_SUBJECT = 50
"""Characters of another ticket's subject."""
RECENT = timedelta(days=30)
"""The time in which his tickets are counted."""

Values = tuple[tuple[str, str], ...]
NOTHING: Values = tuple(
    (name, "") for name in ("account", "shop", "shops", "phone", "orders", "recent", "earlier", "notes")
)


def overview(
    fields: Collection[str],
    accounts: Sequence[Account],
    ticket: Ticket,
    others: Sequence[OtherTicket],
    words: Words,
    at: datetime,
) -> Values:
    """What is on file of the account, or of those that it may be; and the customer's other tickets, newest first.

    `fields` are those of `[desk] overview`; what is not among them is empty.
    """
    shown = [_only(account, fields) for account in accounts[:SHOWN_ACCOUNTS]]
    others = others if "tickets" in fields else ()
    shops = [shop for account in shown for shop in account.shops]
    shop = next((each for each in shops if each.id == ticket.shop_id), None)
    orders = [order for account in shown for order in account.orders[:SHOWN_ORDERS]]
    return (
        ("account", "\n".join(filter(None, map(_account, shown)))),
        ("shop", _shop(shop) if shop else ""),
        ("shops", _listed([_shop(each) for each in shops if each is not shop], SHOWN_SHOPS)),
        ("phone", ", ".join(dict.fromkeys(account.phone for account in shown if account.phone))),
        ("orders", "\n".join(_order(order) for order in orders[:SHOWN_ORDERS])),
        ("recent", _recent(others, at) if "tickets" in fields else ""),
        ("earlier", "\n".join(_ticket(each, words) for each in others[:SHOWN_TICKETS])),
        ("notes", "\n".join(_shortened(account.notes, SHOWN_NOTES) for account in shown if account.notes)),
    )


def told_fields(desk: Desk, agent: Agent) -> Collection[str]:
    """What of an account this agent may be told."""
    return desk.overview if is_own(desk, agent) else ()


def also_addressed(desk: Desk, agents: Sequence[Agent], ticket: Ticket, message: Message) -> str:
    """To whom the mail went besides us, in its To and Cc: they are no part of the ticket and get nothing (A-03)."""
    known = {canonical_address(each) for each in (desk.support_address, *desk.own_addresses)}
    known |= {agent.address for agent in agents} | {ticket.correspondent}
    if message.author:
        known.add(canonical_address(message.author.address))
    found: dict[str, Address] = {}
    for other in (*message.to, *message.cc)[: SHOWN_OTHERS * 10]:
        address = canonical_address(other.address)
        if address not in known and not address.endswith(f"@{desk.reply_domain}"):
            found.setdefault(address, other)
    return _listed([other.address for other in found.values()], SHOWN_OTHERS)


def is_own(desk: Desk, agent: Agent) -> bool:
    """Is the agent's mailbox at the desk's own domain, or one above or below it? Others are not told of accounts."""
    own, other = (canonical_address(each).rpartition("@")[2] for each in (desk.support_address, agent.address))
    return own == other or own.endswith(f".{other}") or other.endswith(f".{own}")


def _only(account: Account, fields: Collection[str]) -> Account:
    """The account without what is not to be told."""
    is_named = "account" in fields
    return Account(
        id=account.id if is_named else "",
        name=account.name if is_named else "",
        plan=account.plan if "plan" in fields else "",
        phone=account.phone if "phone" in fields else "",
        notes=account.notes if "notes" in fields else "",
        shops=account.shops if "shops" in fields else (),
        orders=account.orders if "orders" in fields else (),
    )


def _account(account: Account) -> str:
    return " ".join(filter(None, (account.id, account.name, f"({account.plan})" if account.plan else "")))


def _shop(shop: Shop) -> str:
    return shop.domain or shop.name or shop.id


def _order(order: Order) -> str:
    placed = f"{order.placed_at:%Y-%m-%d}" if order.placed_at else ""
    return ", ".join(filter(None, (order.number, placed, order.status, order.total)))


def _ticket(ticket: OtherTicket, words: Words) -> str:
    subject = _shortened(ticket.subject, SHOWN_SUBJECT)
    return f"{ticket.id}, {ticket.opened_at:%Y-%m-%d}, {words.states[ticket.state]}: {subject}"


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[:most] + "…"


def _recent(others: Sequence[OtherTicket], at: datetime) -> str:
    count = sum(at - ticket.opened_at <= RECENT for ticket in others)
    return f"{count}+" if count == LOOKED_AT else str(count)


def _listed(names: Sequence[str], at_most: int) -> str:
    more = len(names) - at_most
    return ", ".join(names[:at_most]) + (f", … (+{more})" if more > 0 else "")
