"""What was found out about the shop that a mail is about."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.model import Account, Shop

Candidate = tuple[Account, Shop]
"""A shop with the account that it belongs to: ids of shops are only unique within their account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopMatch:
    """The shop, None where it is not clear, and by which signal it was found."""

    shop: Shop | None
    account: Account | None
    """The shop's account; where no shop was found, the account if there is only one."""
    by: str
    """ticket, recipient, domain, order, name, number, only_one or none."""
    why: str
    candidates: tuple[Candidate, ...]
    """All shops that it could have been, in the order in which a question numbers them."""


def candidates_of(accounts: Sequence[Account]) -> tuple[Candidate, ...]:
    """All shops of these accounts, always in the same order: the numbers of a question are read against it later."""
    pairs = [(account, shop) for account in accounts for shop in account.shops]
    return tuple(sorted(pairs, key=lambda pair: (pair[0].id, pair[1].id)))


def found(pair: Candidate, by: str, why: str, candidates: Sequence[Candidate]) -> ShopMatch:
    """It is this shop."""
    return ShopMatch(shop=pair[1], account=pair[0], by=by, why=why, candidates=tuple(candidates))


def nothing(why: str, candidates: Sequence[Candidate]) -> ShopMatch:
    """It is not clear which."""
    accounts = {account.id: account for account, _ in candidates}
    only = next(iter(accounts.values())) if len(accounts) == 1 else None
    return ShopMatch(shop=None, account=only, by="none", why=why, candidates=tuple(candidates))
