"""Folders tags and owners of workflows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003_94a34a"
down_revision = "0002_4d0905"


def upgrade() -> None:
    op.create_table(
        "folder",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_folder")),
        sa.UniqueConstraint("name", name=op.f("uq_folder_name")),
    )
    with op.batch_alter_table("workflow", schema=None) as batch_op:
        batch_op.add_column(sa.Column("folder_id", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("tags", sa.JSON(none_as_null=True), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("owner_id", sa.String(length=32), nullable=True))
        batch_op.create_index(batch_op.f("ix_workflow_folder_id"), ["folder_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_workflow_owner_id_user"), "user", ["owner_id"], ["id"], ondelete="SET NULL"
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_workflow_folder_id_folder"), "folder", ["folder_id"], ["id"], ondelete="SET NULL"
        )
