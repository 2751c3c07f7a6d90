"""Remember which run a run repeats."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002_4d0905"
down_revision = "0001_e5da73"


def upgrade() -> None:
    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.add_column(sa.Column("replay_of", sa.String(length=32), nullable=True))
