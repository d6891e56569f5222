"""Namespaces that several people share, and their members."""

import sqlalchemy as sa
from alembic import op

from shared.database import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shared_namespaces",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
    )
    op.create_table(
        "shared_members",
        sa.Column("share_id", sa.String(), sa.ForeignKey("shared_namespaces.id"), primary_key=True),
        sa.Column("user_id", sa.String(), primary_key=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("joined_at", UtcDateTime(), nullable=False),
    )
    op.create_index("ix_shared_members_user_id", "shared_members", ["user_id", "name"], unique=True)


def downgrade() -> None:
    op.drop_table("shared_members")
    op.drop_table("shared_namespaces")
