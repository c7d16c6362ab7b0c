"""The store as commands open it: only where it is there and has the schema of this program."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.config import Config
from gateway.errors import StoreMismatch
from gateway.store.claims import owner_name
from gateway.store.db import Store
from gateway.store.migrate import require_current


def store_file(config: Config) -> Path | None:
    """The file of the store, None where the store is a server."""
    scheme, _, path = config.store_url.partition(":///")
    return Path(path.partition("?")[0]) if scheme == "sqlite" else None


@contextmanager
def open_store(config: Config) -> Iterator[Store]:
    """The store, closed at the end.

    Raises StoreMismatch where its schema is not this program's, or there is none yet; Temporary where it cannot be
    reached.
    """
    file = store_file(config)
    if file and not file.exists():  # to connect would make it
        raise StoreMismatch(f"there is no database {file} yet: `ticket-gateway db upgrade` makes it")
    store = Store(config.store_url, owner_name())
    try:
        require_current(store)
        yield store
    finally:
        store.close()
