"""OAuth to servers behind the gateway: what they said of it, what we are to their issuers, and people's tokens."""

import sqlalchemy as sa
from alembic import op

from shared.database import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("upstream_servers", sa.Column("oauth", sa.JSON(), nullable=True))
    op.create_table(
        "upstream_clients",
        sa.Column("server_id", sa.String(), sa.ForeignKey("upstream_servers.id"), primary_key=True),
        sa.Column("issuer", sa.String(), primary_key=True),
        sa.Column("by_hand", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("redirect_uri", sa.String(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
    )
    op.create_table(
        "upstream_attempts",
        sa.Column("state", sa.String(), primary_key=True),
        sa.Column("server_id", sa.String(), sa.ForeignKey("upstream_servers.id"), nullable=False, index=True),
        sa.Column("user_id", sa.String(), nullable=False, index=True),
        sa.Column("session", sa.String(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
    )
    op.create_table(
        "upstream_tokens",
        sa.Column("server_id", sa.String(), sa.ForeignKey("upstream_servers.id"), primary_key=True),
        sa.Column("user_id", sa.String(), primary_key=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("revision", sa.String(), nullable=False),
        sa.Column("rotation", sa.String(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("wanted_scope", sa.String(), nullable=False),
        sa.Column("is_refused", sa.Boolean(), nullable=False),
        sa.Column("claimed_until", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("upstream_tokens")
    op.drop_table("upstream_attempts")
    op.drop_table("upstream_clients")
    op.drop_column("upstream_servers", "oauth")
