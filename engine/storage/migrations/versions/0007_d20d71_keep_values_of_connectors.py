"""Keep values of connectors."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007_d20d71"
down_revision = "0006_dd89c0"


def upgrade() -> None:
    op.create_table(
        "kept_entry",
        sa.Column("connector", sa.String(length=64), nullable=False),
        sa.Column("workflow", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("member", sa.String(length=200), nullable=False),
        sa.Column("value", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("connector", "workflow", "key", "member", name=op.f("pk_kept_entry")),
    )
    with op.batch_alter_table("kept_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_kept_entry_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "kept_result",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("result", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_kept_result")),
    )
    with op.batch_alter_table("kept_result", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_kept_result_created_at"), ["created_at"], unique=False)
