"""Called by Alembic to run or compare revisions on the connection it was given."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from engine.storage.kept import Base  # it imports the other tables, so that all are known
from engine.storage.tables import UtcDateTime


def _render(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    # Revisions stand on their own: they must not change when the classes of today do.
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    render_item=_render,
)
with context.begin_transaction():
    context.run_migrations()
