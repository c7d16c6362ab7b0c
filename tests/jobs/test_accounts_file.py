"""The accounts file is read when it changed, and a wrong one changes nothing."""

from pathlib import Path

import pytest

from gateway.clock import FixedClock
from gateway.errors import ConfigError
from gateway.jobs.accounts_file import AccountsFile
from gateway.store.accounts import account_ids
from gateway.store.db import Store


def test_it_follows_the_file(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    """Read once, again when it grew; a wrong line leaves what was there."""
    path = tmp_path / "accounts.jsonl"
    path.write_text('{"id": "1"}\n')
    file = AccountsFile(path)

    assert [1, 0] == [file.refresh(store, clock), file.refresh(store, clock)]
    path.write_text('{"id": "1"}\n{"id": "2"}\n')
    assert 2 == file.refresh(store, clock)
    path.write_text('{"id": "3"}\n{"id": \n')
    with pytest.raises(ConfigError, match="line 2"):
        file.refresh(store, clock)
    with store.reading() as tx:
        assert ["1", "2"] == account_ids(tx, limit=10)
