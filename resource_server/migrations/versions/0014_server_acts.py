"""What administrators did to servers, until the authorization server's audit log has it."""

import sqlalchemy as sa
from alembic import op

from shared.database import UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "server_acts",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("server_id", sa.String(), nullable=False),
        sa.Column("server", sa.String(), nullable=False),
        sa.Column("transport", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
    )
    op.create_index("ix_server_acts_created_at", "server_acts", ["created_at"])


def downgrade() -> None:
    op.drop_table("server_acts")
