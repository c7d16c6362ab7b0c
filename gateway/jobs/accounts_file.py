"""Job: accounts follow the file that the webshop's own system writes; it is read when it has changed."""

from dataclasses import dataclass
from pathlib import Path

from gateway.accounts.files import read_accounts
from gateway.clock import Clock
from gateway.store.accounts import put_accounts
from gateway.store.db import Store

BATCH = 500
"""Accounts of one transaction, so that mail is never held up for long."""


@dataclass(slots=True)
class AccountsFile:
    """The file and what it looked like when it was last read."""

    path: Path
    seen: tuple[float, int] | None = None

    def refresh(self, store: Store, clock: Clock) -> int:
        """Read the file if it changed; how many accounts it has. ConfigError where it is wrong."""
        status = self.path.stat()
        now = (status.st_mtime, status.st_size)
        if now == self.seen:
            return 0
        accounts = read_accounts(self.path)
        for start in range(0, len(accounts), BATCH):
            with store.transaction() as tx:
                put_accounts(tx, accounts[start : start + BATCH], clock.now())
        self.seen = now
        return len(accounts)
