"""Servers behind the gateway, what people entered for them, and their tools as they were accepted."""

import sqlalchemy as sa
from alembic import op

from shared.database import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "upstream_servers",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("transport", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("command", sa.JSON(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("asks", sa.JSON(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("revision", sa.String(), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
    )
    op.create_index("ix_upstream_servers_name", "upstream_servers", ["owner", "name"], unique=True)
    op.create_table(
        "upstream_credentials",
        sa.Column("server_id", sa.String(), sa.ForeignKey("upstream_servers.id"), primary_key=True),
        sa.Column("user_id", sa.String(), primary_key=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("revision", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
    )
    op.create_table(
        "accepted_tools",
        sa.Column("server_id", sa.String(), sa.ForeignKey("upstream_servers.id"), primary_key=True),
        sa.Column("viewer", sa.String(), primary_key=True),
        sa.Column("tool", sa.String(), primary_key=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("accepted_at", UtcDateTime(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("accepted_tools")
    op.drop_table("upstream_credentials")
    op.drop_table("upstream_servers")
