"""Who is the author, as far as the accounts on file tell?"""

from dataclasses import dataclass
from enum import StrEnum

from gateway.mail.message import Message
from gateway.model import Account
from gateway.store.accounts import accounts_by_address
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
    found = accounts_by_address(tx, address)
    verified = tuple(account for account, is_verified in found if is_verified)
    claimed = tuple(account for account, is_verified in found if not is_verified)
    if verified:
        names = ", ".join(account.id for account in verified)
        return Sender(
            standing=Standing.S2, why=f"the address is verified on account {names}", accounts=verified, claimed=claimed
        )
    if claimed:
        names = ", ".join(account.id for account in claimed)
        return Sender(
            standing=Standing.S1, why=f"the address is on file for account {names}, but not verified", claimed=claimed
        )
    if has_confirmed_ticket(tx, canonical_address(address)):
        return Sender(standing=Standing.S1, why="the address is on no account, but has written to us before")
    return Sender(standing=Standing.S0, why="the address is not known to us")
