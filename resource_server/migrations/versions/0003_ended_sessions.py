"""Every process asks, every second, which MCP sessions ended."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_mcp_sessions_ended_at", "mcp_sessions", ["ended_at"])


def downgrade() -> None:
    op.drop_index("ix_mcp_sessions_ended_at", "mcp_sessions")
