"""Find due runs by their time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009_b3e7a0"
down_revision = "0008_c1f27b"


def upgrade() -> None:
    op.drop_index("ix_run_due", table_name="run")
    asleep = sa.text("wake_at IS NOT NULL")
    op.create_index("ix_run_wake_at", "run", ["wake_at"], sqlite_where=asleep, postgresql_where=asleep)
