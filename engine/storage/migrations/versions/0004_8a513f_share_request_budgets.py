"""Share request budgets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004_8a513f"
down_revision = "0003_94a34a"


def upgrade() -> None:
    op.create_table(
        "budget",
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("state", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_budget")),
    )
