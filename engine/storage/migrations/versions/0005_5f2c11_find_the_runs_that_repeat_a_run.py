"""Find the runs that repeat a run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005_5f2c11"
down_revision = "0004_8a513f"


def upgrade() -> None:
    repeats = sa.text("replay_of IS NOT NULL")
    op.create_index("ix_run_replay_of", "run", ["replay_of"], sqlite_where=repeats, postgresql_where=repeats)
