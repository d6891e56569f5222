"""Tools of other servers that a grant's app always sees."""

import sqlalchemy as sa
from alembic import op

from shared.database import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pinned_tools",
        sa.Column("grant_id", sa.String(), primary_key=True),
        sa.Column("user_id", sa.String(), primary_key=True),
        sa.Column("server_id", sa.String(), sa.ForeignKey("upstream_servers.id"), primary_key=True),
        sa.Column("tool", sa.String(), primary_key=True),
        sa.Column("pinned_at", UtcDateTime(), nullable=False),
    )
    op.create_index("ix_pinned_tools_user_id", "pinned_tools", ["user_id"])


def downgrade() -> None:
    op.drop_table("pinned_tools")
