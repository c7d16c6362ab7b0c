"""`#call`: a card for a call to the customer; `#called`: what was said, as a note.

What must stay true: a voice proves nothing, so the card says that the caller must be sure of whom he speaks to; account
data goes only to agents of the desk's own domain; what was said stays inside.
"""

import re
from collections.abc import Sequence
from datetime import datetime

from gateway.model import Account, Agent, Article, ArticleKind, Ticket
from gateway.store import tickets as store
from gateway.store.accounts import accounts_by_ids, holders_of
from gateway.store.confirmed_mails import mails_of_customer
from gateway.store.db import Tx
from gateway.tickets import change, outsiders, overview
from gateway.tickets.best_time import best_time
from gateway.tickets.desk import Desk
from gateway.tickets.notifications import language_of, send_to_agent
from gateway.tickets.words import words_of
from gateway.tokens import canonical_address

SHOWN_ARTICLES = 5
SHOWN_LINE = 90
"""Characters of an article's first line."""
MAX_PHONES = 3

_BETWEEN = re.compile(r"[,;/|\n]|\s(?:or|ή|of|ou|oder)\s")
_NOT_DIALLED = re.compile(r"[^0-9+]")
_FEWEST_DIGITS = 3

Values = tuple[tuple[str, str], ...]


def call(tx: Tx, desk: Desk, ticket: Ticket, *, agent: Agent, at: datetime) -> str:
    """Mail him the card; the sentence for the confirmation."""
    fields = overview.told_fields(desk, agent)
    accounts = _accounts(tx, ticket) if fields else []
    phones = _phones(accounts) if "phone" in fields else []
    words = words_of(language_of(desk, agent))
    known = dict(overview.overview(fields, accounts, ticket, (), words, at))
    values = (
        *(("subject", ticket.subject), ("author", ticket.correspondent or words.nobody)),
        *(("account", known["account"]), ("shop", known["shop"]), ("shops", known["shops"])),
        *_phone_values(phones),
        *_time_values(tx, ticket),
        ("unproven", "" if ticket.confirmed and ticket.account_id else "yes"),
        ("thread", "\n".join(_first_line(each) for each in store.articles(tx, ticket.id, newest=SHOWN_ARTICLES))),
    )
    send_to_agent(tx, desk, agent, ticket, template="call", values=values, at=at)
    change.note(tx, ticket, kind="call_card", actor=agent.name, detail="the card for a call was sent", at=at)
    lacks = "" if phones else "; no telephone number is on file that you may see"
    return f"The card for the call is on its way to you{lacks}."


def called(tx: Tx, ticket: Ticket, *, agent: Agent, minutes: int | None, text: str, at: datetime) -> str:
    """Keep what was said as a note; the sentence for the confirmation."""
    how_long = "" if minutes is None else f", {minutes} minute{'' if minutes == 1 else 's'}"
    head = f"Telephone call{how_long}"
    change.add_text(
        tx,
        ticket,
        kind=ArticleKind.INTERNAL,
        author=agent.address,
        author_name=agent.name,
        text=f"{head}\n\n{text.strip()}".rstrip(),
        at=at,
    )
    change.note(tx, ticket, kind="called", actor=agent.name, detail=f"telephone call{how_long}", at=at)
    return f"The call{how_long} is noted in ticket {ticket.id}; the customer gets nothing of it."


def _accounts(tx: Tx, ticket: Ticket) -> list[Account]:
    """The ticket's; where it has none, those that have its correspondent's address on file."""
    if ticket.account_id:
        return accounts_by_ids(tx, [ticket.account_id])
    return [holder.account for holder in holders_of(tx, ticket.correspondent)] if ticket.correspondent else []


def _phones(accounts: Sequence[Account]) -> list[str]:
    found = (phone.strip() for account in accounts for phone in _BETWEEN.split(account.phone))
    return list(dict.fromkeys(filter(None, found)))[:MAX_PHONES]


def _phone_values(phones: Sequence[str]) -> Values:
    """The first number as a link, if it can be dialled; the others as they stand."""
    first = phones[0] if phones else ""
    dialled = _NOT_DIALLED.sub("", first)
    tel = dialled[:1] + dialled[1:].replace("+", "")
    return (
        ("phone", first),
        ("tel", tel if len(tel) >= _FEWEST_DIGITS else ""),
        ("phones", ", ".join(phones[1:])),
    )


def _time_values(tx: Tx, ticket: Ticket) -> Values:
    """From the mails of the customer himself; empty where they do not tell."""
    own = outsiders.customer_addresses(tx, ticket)
    mails = (mail for mail in mails_of_customer(tx, ticket) if canonical_address(mail.author) in own)
    found = best_time([mail.date for mail in mails if mail.date])
    if found is None:
        return (("hours", ""), ("offset", ""), ("seen", ""), ("mails", ""))
    return (
        ("hours", f"{found.begin:02}:00–{found.end:02}:00"),
        ("offset", f"UTC{found.offset}"),
        ("seen", str(found.seen)),
        ("mails", str(found.mails)),
    )


def _first_line(article: Article) -> str:
    lines = (line.strip() for line in (article.reply or article.text).split("\n"))
    first = next(filter(None, lines), "")
    shown = first if len(first) <= SHOWN_LINE else first[:SHOWN_LINE] + "…"
    note = " (#note)" if article.kind is ArticleKind.INTERNAL else ""
    return f"{article.at:%Y-%m-%d %H:%M} {article.author}{note}: {shown}"
