"""Canned texts in the life of a ticket: offered to its customer, suggested to its agents, sent by one of them.

What must stay true: to a customer goes a public text at most, and only in a receipt, which only proven customers get;
what he typed chooses among our texts, and nothing of it stands in them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from gateway import markdown
from gateway.canned.library import Problem, Suggestion
from gateway.mail.message import Message
from gateway.model import Ticket
from gateway.render import Passage
from gateway.store import canned as store
from gateway.store.accounts import accounts_by_ids
from gateway.store.db import Tx
from gateway.tickets.desk import Desk

SUGGESTED = 3
"""Texts in a notification."""
SHOP = "shop"
"""The parameter that we fill in, where a text has it and nobody says otherwise: the domain of the ticket's shop."""


def words_of_mail(message: Message) -> str:
    """What the search reads: the subject, and what the author wrote himself."""
    return f"{message.subject}\n{message.reply or message.text}"


def search_ahead(desk: Desk, message: Message, language: str) -> None:
    """Search before the transaction that asks for it; in another language than is answered in, it was for nothing."""
    desk.canned.search_ahead(words_of_mail(message), language)


def suggested(desk: Desk, ticket: Ticket, message: Message) -> str:
    """For agents: texts in the customer's language that may answer him, each with the command that sends it."""
    found = desk.canned.suggest(words_of_mail(message), ticket.language, ticket.topic, limit=SUGGESTED)
    return "\n\n".join(f"{each.command} – {each.title}\n{each.first_line}" for each in found)


def offers(desk: Desk, ticket: Ticket, message: Message) -> tuple[Suggestion, ...]:
    """Public texts that may already help the customer."""
    return desk.canned.offers(words_of_mail(message), ticket.language, ticket.topic)


def offered_words(desk: Desk, found: Sequence[Suggestion], *, shop: str) -> tuple[str, str]:
    """The titles and words of the texts, for the receipt: as plain text, and as Markdown."""
    filled = [(each.title, _filled(desk, each.name, each.language, {}, shop)) for each in found]
    texts = [(title, words) for title, words in filled if isinstance(words, Passage)]
    return (
        "\n\n".join(f"{title}\n\n{words.text}" for title, words in texts),
        "\n\n".join(f"**{markdown.words(title)}**\n\n{words.markdown}" for title, words in texts),
    )


def note_offered(tx: Tx, ticket: Ticket, found: Sequence[Suggestion], *, at: datetime) -> None:
    """The receipt with these texts is on its way."""
    texts = [(each.name, each.language) for each in found]
    store.insert_canned_uses(tx, ticket.id, texts, how=store.OFFERED, at=at)


def canned_answer(tx: Tx, desk: Desk, ticket: Ticket, *, name: str, parameters: Mapping[str, str]) -> Passage | Problem:
    """The text that an agent asks for in the ticket's language; the shop is filled in where he does not name one."""
    return _filled(desk, name, ticket.language, parameters, _shop_of(tx, ticket))


def note_sent(tx: Tx, ticket: Ticket, name: str, *, at: datetime) -> None:
    """An agent's answer with this text is on its way; `at` is that of its article, with which it is taken back."""
    store.insert_canned_uses(tx, ticket.id, [(name, ticket.language)], how=store.SENT, at=at)


def _filled(desk: Desk, name: str, language: str, parameters: Mapping[str, str], shop: str) -> Passage | Problem:
    canned = desk.canned.find(name, language)
    takes_shop = canned is not None and SHOP in canned.parameters
    given = {SHOP: shop, **parameters} if shop and takes_shop else parameters
    return desk.canned.filled(name, language, given)


def _shop_of(tx: Tx, ticket: Ticket) -> str:
    if ticket.account_id is None or ticket.shop_id is None:
        return ""
    shops = [shop for account in accounts_by_ids(tx, [ticket.account_id]) for shop in account.shops]
    return next((shop.domain for shop in shops if shop.id == ticket.shop_id), "")
