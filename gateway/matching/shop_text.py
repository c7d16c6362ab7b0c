"""Which shops does a text name by a domain or by the number of an order?

The text is cut into words once and each word is looked up: nothing of an account's data becomes a pattern, and nothing
is searched for, so that the cost is linear in the text however many shops there are.

What must stay true: a domain is named only by itself and what is below it (`www.myshop.example`, also in a URL), never
by a longer name that holds it (`notmyshop.example`, `myshop.example.evil.test`), and not by a mail address: everybody
has his own below his mails.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from gateway.folding import folded
from gateway.matching.shop_match import Candidate
from gateway.matching.spelling import host, visible

MAX_TEXT = 20_000
"""Characters of a text that are read: this happens while other mail waits to be decided."""
MAX_LABELS = 8
"""Labels of a name that are looked at, from its end."""
MIN_ORDER_NUMBER = 4
"""Characters; shorter numbers are in every text."""
LONG_NUMBER = 6
"""Digits from which on a bare number is hardly a price, a year or a postcode."""

_NAME = re.compile(r"[\w.\-]+")
# No part can match where its neighbour does, so there is nothing to go back to: linear.
_NUMBER = re.compile(r"[^\W_]+(?:[.,/_\-][^\W_]+)*")
_CONNECTORS = re.compile(r"[.,/_]")
_MARKS = frozenset(
    """
    order orders orderno ordernumber number no nr num numero id bestelling bestelnummer ordernummer nummer commande
    commandes bestellung bestellnummer auftrag auftragsnummer παραγγελια παραγγελιασ παραγγελιεσ αρ αριθμοσ αριθμο
    """.split()  # noqa: SIM905 # words are read more easily without quotes
)
_MONEY = frozenset(("€", "$", "£", "%", "eur", "euro", "euros", "ευρω", "usd", "gbp", "chf"))


def by_domain(text: str, candidates: Sequence[Candidate]) -> list[Candidate]:
    """The shops whose domains stand in the text, in the order of the candidates."""
    exact, loose = domain_index(candidates)
    named: set[int] = set()
    for name in names_in(text):
        named |= under(name, exact) or under(folded(name), loose)
    return [pair for number, pair in enumerate(candidates) if number in named]


def domain_index(candidates: Sequence[Candidate]) -> tuple[dict[str, set[int]], dict[str, set[int]]]:
    """The places of the candidates by their domains: as they are spelled, and without accents."""
    exact: dict[str, set[int]] = {}
    loose: dict[str, set[int]] = {}
    for number, (_, shop) in enumerate(candidates):
        # A source may tell the shop's whole address.
        name = next((host(each) for each in _NAME.findall(visible(shop.domain)) if "." in each), "")
        if "." in name:
            exact.setdefault(name, set()).add(number)
            loose.setdefault(folded(name), set()).add(number)
    return exact, loose


def names_in(text: str) -> Iterator[str]:
    """What looks like a domain name in a text, as `host` spells it; no part of a mail address."""
    text = visible(text[:MAX_TEXT])
    for match in _NAME.finditer(text):
        start, end = match.span()
        is_of_address = text[start - 1 : start] == "@" or text[end : end + 1] == "@"
        if "." in match[0] and end - start <= 255 and not is_of_address:
            yield host(match[0])


def by_order(text: str, candidates: Sequence[Candidate]) -> list[Candidate]:
    """The shops of which order numbers stand in the text, in the order of the candidates."""
    orders = _order_index(candidates)
    named: set[int] = set()
    for number in numbers_in(text) if orders else ():
        named |= orders.get(number, set())
    return [pair for number, pair in enumerate(candidates) if number in named]


def numbers_in(text: str) -> Iterator[str]:
    """What could be the number of an order in a text."""
    text = visible(text[:MAX_TEXT])
    matches = list(_NUMBER.finditer(text))
    words = [match[0].casefold() for match in matches]
    for place, match in enumerate(matches):
        word = words[place]
        if not _has_digit(word):
            continue
        before, after = words[place - 1] if place else "", words[place + 1] if place + 1 < len(words) else ""
        marked = text[match.start() - 1 : match.start()] == "#" or folded(before) in _MARKS
        money = text[match.start() - 1 : match.start()] in _MONEY or _is_followed_by_money(text, match.end(), after)
        for number in _readings(word):
            if len(number) >= MIN_ORDER_NUMBER and (marked or not (money or _is_common(number, before, after))):
                yield number


def under(name: str, index: dict[str, set[int]]) -> set[int]:
    """What the index has for this name, or for the nearest name above it."""
    labels = name.split(".")[-MAX_LABELS:]
    above = (".".join(labels[start:]) for start in range(len(labels) - 1))
    return next((index[each] for each in above if each in index), set())


def _order_index(candidates: Sequence[Candidate]) -> dict[str, set[int]]:
    """The places of the candidates by the numbers of their orders; one without a shop is of an account's only one."""
    places = {(account.id, shop.id): place for place, (account, shop) in enumerate(candidates)}
    index: dict[str, set[int]] = {}
    for account in {account.id: account for account, _ in candidates}.values():
        only = account.shops[0].id if len(account.shops) == 1 else ""
        for order in account.orders:
            words = _NUMBER.findall(visible(order.number).casefold())
            place = places.get((account.id, order.shop_id or only))
            if place is not None and len(words) == 1 and _has_digit(words[0]):
                index.setdefault(words[0], set()).add(place)
    return index


def _readings(word: str) -> Iterable[str]:
    """The word, and what stands in it next to plain words: the number in `nr.1001` and in `orders/1001`."""
    parts = _CONNECTORS.split(word)
    if len(parts) == 1:
        return [word]
    plain = [not _has_digit(part) for part in ("x", *parts, "x")]
    alone = [part for place, part in enumerate(parts, 1) if plain[place - 1] and plain[place + 1] and not plain[place]]
    return [word, *alone]


def _is_common(number: str, before: str, after: str) -> bool:
    """Could this bare number be anything: a year, or a piece of a longer one, as of a telephone?"""
    if not number.isdecimal() or len(number) >= LONG_NUMBER:
        return False
    return (len(number) == 4 and number[:2] in ("19", "20")) or before.isdecimal() or after.isdecimal()


def _is_followed_by_money(text: str, end: int, after: str) -> bool:
    return text[end : end + 2].strip()[:1] in _MONEY or after in _MONEY


def _has_digit(word: str) -> bool:
    return any(letter.isdecimal() for letter in word)
