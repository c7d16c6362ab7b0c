"""What has a gateway decided so far? Asked of its database directly: a command would cost the time of its start."""

from types import TracebackType

from sqlalchemy import func, select

from gateway.config import load
from gateway.store.db import Store
from gateway.store.schema.outbox import OutboxRow
from gateway.store.schema.outcome import OutcomeRow
from scripts.bench_gateway import Site

_COUNT = select(func.count()).select_from(OutcomeRow)
_LEFT = select(func.count()).select_from(OutboxRow).where(OutboxRow.state == "sent")


class Outcomes:
    """A look into the database of a site; reads only."""

    def __init__(self, site: Site) -> None:
        self._store = Store(load(site.config).store_url)

    def __enter__(self) -> "Outcomes":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._store.close()

    def count(self) -> int:
        """Committed outcomes."""
        with self._store.reading() as tx:
            return tx.execute(_COUNT).scalar_one()

    def sent(self) -> int:
        """Outgoing mails that were handed on, and recorded as such."""
        with self._store.reading() as tx:
            return tx.execute(_LEFT).scalar_one()
