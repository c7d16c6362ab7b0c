"""Accounts full of canaries, the people of them, and who else is written to."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.model import Account, AccountAddress, Agent, Order, Shop
from tests.canary.cage import ANY, Cage

SURNAMES = ("Qxkkkkkkkkkkxq", "Qxllllllllllxq", "Qxmmmmmmmmmmxq")
"""Canaries: customers are answered by the desk, and may read the first names that agents sign with."""
AGENTS = (
    Agent(name=f"Kim {SURNAMES[0]}", address="kim@desk.test", teams=("support",), languages=("en",)),
    Agent(name=f"Lee {SURNAMES[1]}", address="lee@desk.test", teams=("billing",), languages=("nl",)),
    Agent(name=f"Mo {SURNAMES[2]}", address="mo@desk.test", teams=("billing", "support"), languages=("el",)),
)
SPECIALISTS = ("payments@signed.test", "hosting@signed.test")
ACCOUNTS = 36
DOMAINS = ("bread.test", "signed.test", "loose.test")
OPENINGS = {
    "en": ("Payment fails", "nobody can pay in my shop any more, the page stays empty"),
    "el": ("Μεταφορικά", "δεν μπορώ να ορίσω τα μεταφορικά στο κατάστημά μου"),
    "nl": ("Eigen domeinnaam", "hoe kan ik mijn eigen domeinnaam gebruiken voor de winkel"),
    "fr": ("Frais de livraison", "je ne trouve pas les frais de livraison pour la Belgique"),
    "de": ("Rechnung fehlt", "die letzte Rechnung ist noch nicht angekommen"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A customer, or somebody of his side."""

    address: str
    name: str
    account: str
    language: str
    designer: str
    """Of the same account, on file and not verified."""
    shops: tuple[str, ...]


def make_people(cage: Cage, dice: random.Random) -> tuple[list[Account], list[Person]]:
    """Accounts with two people each."""
    accounts, people = [], []
    for surname in SURNAMES:
        cage.put(surname, "an agent's name")
    for number in range(ACCOUNTS):
        domain, language = DOMAINS[number % len(DOMAINS)], tuple(OPENINGS)[number % len(OPENINGS)]
        shops = tuple(f"shop{number}-{each}.test" for each in range(dice.choice((1, 1, 2))))
        addresses = [f"{who}{number}@{domain}" for who in ("ann", "bob")]
        designer = f"web{number}@{domain}"
        accounts.append(_account(cage, f"acc{number}", shops, addresses, designer, language))
        people += [
            Person(
                address=address,
                name=f"Ann {cage.word('the name of a customer', ANY, address)}",
                account=f"acc{number}",
                language=language,
                designer=designer,
                shops=shops,
            )
            for address in addresses
        ]
    return accounts, people


def _account(
    cage: Cage, name: str, shops: tuple[str, ...], addresses: list[str], designer: str, language: str
) -> Account:
    def secret(what: str) -> str:
        return cage.word(f"an account's {what}", ANY)

    placed_at = datetime(2026, 8, 1, tzinfo=UTC)
    orders = tuple(
        Order(
            number=secret("order"), placed_at=placed_at, status=secret("order's status"), total=secret("order's total")
        )
        for _ in range(2)
    )
    return Account(
        id=name,
        name=secret("name"),
        language=language,
        phone=f"+30 {cage.number('an account’s telephone')}, {secret('telephone')}",
        plan=secret("plan"),
        notes=secret("notes"),
        shops=tuple(Shop(id=shop, domain=shop, name=secret("shop's name")) for shop in shops),
        addresses=(
            *(AccountAddress(address=each, verified=True) for each in addresses),
            AccountAddress(address=designer, verified=False),
        ),
        orders=orders,
    )
