"""All tables with all their indexes, for who makes them, compares them or empties them."""

from sqlalchemy import text

from gateway.store.schema import Base as Base
from gateway.store.schema import account, agent, desk, held, lease, outbox, outcome, sender, spool, ticket

__all__ = ["Base", "account", "agent", "desk", "held", "lease", "outbox", "outcome", "sender", "spool", "ticket"]

for _table in Base.metadata.tables.values():
    for _index in _table.indexes:
        if "where" in _index.info:
            _index.dialect_options["postgresql"]["where"] = text(_index.info["where"])
