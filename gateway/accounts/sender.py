"""Who is the author, as far as the accounts on file tell?"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.mail.message import Message
from gateway.model import Account
from gateway.store.account_addresses import VERIFIED, Basis
from gateway.store.accounts import Holder, holders_of
from gateway.store.db import Tx
from gateway.store.tickets import has_confirmed_ticket
from gateway.tokens import canonical_address


class Standing(StrEnum):
    """How well the author's address is known (S2 best)."""

    S2 = "S2"
    """Verified on at least one account, by the account's own system or an operator."""
    S1 = "S1"
    """On file but not verified, or it wrote before and that was proven."""
    S0 = "S0"
    """Unknown."""


_WHY = {
    Basis.SOURCE: "the address is verified on account {}",
    Basis.OPERATOR: "an operator verified the address for account {}",
    Basis.REVOKED: "an operator revoked the address for account {}",
    Basis.KNOWN: "the owner of account {} confirmed an earlier mail from the address, which verifies nothing",
    Basis.LISTED: "the address is on file for account {}, but not verified",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """The author's standing, and the accounts on which his address is verified."""

    standing: Standing
    why: str
    accounts: tuple[Account, ...] = ()
    claimed: tuple[Account, ...] = ()
    """Accounts that have the address on file without having verified it."""

    @property
    def account(self) -> Account | None:
        """The account, where it is only one."""
        return self.accounts[0] if len(self.accounts) == 1 else None


def identify(tx: Tx, message: Message) -> Sender:
    """Look the author up. This says whose address it is, not who wrote: that is for the authentication grade."""
    if message.author is None:
        return Sender(standing=Standing.S0, why=message.author_why)
    address = message.author.address
    found = holders_of(tx, address)
    verified = [holder for holder in found if holder.basis in VERIFIED]
    claimed = [holder for holder in found if holder.basis not in VERIFIED]
    if found:
        return Sender(
            standing=Standing.S2 if verified else Standing.S1,
            why=_why(verified or claimed),
            accounts=tuple(holder.account for holder in verified),
            claimed=tuple(holder.account for holder in claimed),
        )
    if has_confirmed_ticket(tx, canonical_address(address)):
        return Sender(standing=Standing.S1, why="the address is on no account, but has written to us before")
    return Sender(standing=Standing.S0, why="the address is not known to us")


def _why(holders: Sequence[Holder]) -> str:
    """One sentence for each kind of word, with the accounts it is about."""
    ids: dict[Basis, list[str]] = {}
    for holder in holders:
        ids.setdefault(holder.basis, []).append(holder.account.id)
    return "; ".join(_WHY[basis].format(", ".join(accounts)) for basis, accounts in ids.items())
