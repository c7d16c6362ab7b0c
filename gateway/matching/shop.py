"""Which of his shops does a proven sender write about?

In this order: his ticket says it; he wrote to an address that is named after it; he names its domain, or the number of
an order of it, in what he wrote now or in the subject; he has only one. The first of these that names exactly one shop
wins, and where one names several, nobody is guessed for: he is asked.

What must stay true: only the sender's own shops are looked for, so nobody learns or touches anything of another's by
naming it; what is quoted does not count; linear in the text.

BUGS: a domain that somebody has below every mail of his, without the `-- ` of a signature, counts as named.
"""

from collections.abc import Callable, Sequence

from gateway.mail.message import Message
from gateway.matching.shop_answer import read_answer as read_answer
from gateway.matching.shop_match import Candidate, candidates_of, found, nothing
from gateway.matching.shop_match import ShopMatch as ShopMatch
from gateway.matching.shop_text import by_domain, by_order
from gateway.matching.spelling import host, squashed
from gateway.model import Account, Ticket

# A shop may be called like this; an address that is called like this says nothing.
_EVERYBODYS = frozenset(
    """
    support help helpdesk info contact kontakt hello sales service services shop shops webshop eshop store admin office
    mail email customer customers kunde kunden klant klanten client clients order orders billing team desk tickets
    """.split()  # noqa: SIM905 # words are read more easily without quotes
)


def find_shop(
    message: Message, recipients: Sequence[str], accounts: Sequence[Account], ticket: Ticket | None
) -> ShopMatch:
    """The shop of these accounts, which are the proven sender's own, that a mail is about.

    `recipients` are addresses of ours that it was sent to. A ticket that is bound to one of the accounts leaves only
    that account's shops.
    """
    owner = ticket.account_id if ticket else None
    own = [account for account in accounts if account.id == owner] or accounts
    candidates = candidates_of(own)
    text = f"{message.subject}\n{message.reply}"
    signals: tuple[tuple[str, str, Callable[[], list[Candidate]]], ...] = (
        ("ticket", "its ticket is about {}", lambda: _by_ticket(ticket, candidates)),
        (
            "recipient",
            "it was sent to an address that is named after {}",
            lambda: _by_recipient(recipients, candidates),
        ),
        ("domain", "it names {}", lambda: by_domain(text, candidates)),
        ("order", "it names an order of {}", lambda: by_order(text, candidates)),
    )
    for by, why, signal in signals:
        pairs = signal()
        if pairs:
            words = why.format(", ".join(_named(pair) for pair in pairs))
            return found(pairs[0], by, words, candidates) if len(pairs) == 1 else nothing(words, candidates)
    if len(candidates) == 1:
        return found(candidates[0], "only_one", f"its author has only one shop, {_named(candidates[0])}", candidates)
    return nothing(f"nothing in it names one of the {len(candidates)} shops of its author", candidates)


def _by_ticket(ticket: Ticket | None, candidates: Sequence[Candidate]) -> list[Candidate]:
    if ticket is None or ticket.shop_id is None:
        return []
    return [pair for pair in candidates if (pair[0].id, pair[1].id) == (ticket.account_id, ticket.shop_id)]


def _by_recipient(recipients: Sequence[str], candidates: Sequence[Candidate]) -> list[Candidate]:
    """`support@shop.example`, `shopname@…`, `shop.example@…` and `support+shopname@…`; names only as a whole."""
    hosts: set[str] = set()
    locals_: set[str] = set()
    for recipient in recipients:
        local, at, domain = recipient.rpartition("@")
        hosts |= {host(domain)} if at else set()
        locals_ |= {squashed(local), squashed(local.partition("+")[0]), squashed(local.partition("+")[2])}
    locals_ -= _EVERYBODYS | {""}
    return [pair for pair in candidates if host(pair[1].domain) in hosts or _own_names(pair) & locals_]


def _own_names(pair: Candidate) -> set[str]:
    domain = host(pair[1].domain)
    return {squashed(pair[1].name), squashed(domain), squashed(domain.partition(".")[0])} - {""}


def _named(pair: Candidate) -> str:
    return pair[1].domain or pair[1].name or pair[1].id
