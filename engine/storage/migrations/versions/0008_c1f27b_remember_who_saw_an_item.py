"""Remember who saw an item of a trigger last, and when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008_c1f27b"
down_revision = "0007_d20d71"


def upgrade() -> None:
    with op.batch_alter_table("poll_item", schema=None) as batch_op:
        batch_op.add_column(sa.Column("source", sa.String(length=8), nullable=False, server_default="look"))
        batch_op.add_column(sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
