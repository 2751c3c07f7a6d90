"""Remember what a hook refused."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010_7c41e9"
down_revision = "0009_b3e7a0"


def upgrade() -> None:
    op.add_column("hook", sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("hook", sa.Column("refused_reason", sa.Text(), server_default="", nullable=False))
