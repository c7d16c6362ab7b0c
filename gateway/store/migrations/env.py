"""Runs the migrations on the connection, and inside the transaction, that `gateway.store.migrate` opened.

Alembic executes this file; it is not imported.
"""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy.types import TypeDecorator

from gateway.store.schema.whole import Base


def _render(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    # A migration says what is stored, not what we make of it: it must still mean the same when our types have changed.
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    # SQLite can change a table only by making it anew, which Alembic calls a batch; a new table needs none.
    render_as_batch=context.config.attributes.get("changes_tables", True),
    render_item=_render,
)
with context.begin_transaction():
    context.run_migrations()
