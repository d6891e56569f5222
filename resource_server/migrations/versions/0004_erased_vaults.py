"""Vaults that were destroyed for good."""

import sqlalchemy as sa
from alembic import op

from shared.database import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erased_vaults",
        sa.Column("user_id", sa.String(), primary_key=True),
        sa.Column("erased_at", UtcDateTime(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("erased_vaults")
