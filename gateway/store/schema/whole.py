"""All tables, for who makes them, compares them or empties them."""

from gateway.store.schema import Base as Base
from gateway.store.schema import account, agent, desk, held, lease, outbox, outcome, sender, spool, ticket

__all__ = ["Base", "account", "agent", "desk", "held", "lease", "outbox", "outcome", "sender", "spool", "ticket"]
