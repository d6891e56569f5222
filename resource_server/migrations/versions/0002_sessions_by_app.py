"""MCP sessions know their app, since limits count by it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Sessions from before belong to no app: they count for the person until they expire, within a day.
    op.add_column("mcp_sessions", sa.Column("client_id", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("mcp_sessions", "client_id")
