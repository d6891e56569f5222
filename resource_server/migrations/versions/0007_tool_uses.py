"""Calls of tools, added up by the hour."""

import sqlalchemy as sa
from alembic import op

from shared.database import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tool_uses",
        sa.Column("hour", UtcDateTime(), primary_key=True),
        *(sa.Column(name, sa.String(), primary_key=True) for name in ("user_id", "client_id", "server", "tool")),
        sa.Column("outcome", sa.String(), primary_key=True),
        sa.Column("latency", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("client_name", sa.String(), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("calls", "milliseconds", "size_in", "size_out")
        ),
    )


def downgrade() -> None:
    op.drop_table("tool_uses")
