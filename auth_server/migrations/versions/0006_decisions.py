"""When somebody last decided what a grant, a key or a service allows: here at the upgrade, for all there was before."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from shared.database import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = ("grants", "api_keys", "clients")


def upgrade() -> None:
    zone = "" if op.get_bind().dialect.name == "sqlite" else "+00"
    upgraded_at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f") + zone
    for table in TABLES:
        op.add_column(table, sa.Column("decided_at", UtcDateTime(), nullable=False, server_default=upgraded_at))


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "decided_at")
