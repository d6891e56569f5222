"""Since when a server's name means it: as long as there is the server, for those of before."""

import sqlalchemy as sa
from alembic import op

from shared.database import UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

SERVERS = sa.table("upstream_servers", sa.column("created_at"), sa.column("named_at"))


def upgrade() -> None:
    column: sa.Column[object] = sa.Column(
        "named_at", UtcDateTime(), nullable=False, server_default="1970-01-01 00:00:00.000000"
    )
    op.add_column("upstream_servers", column)
    op.execute(SERVERS.update().values(named_at=SERVERS.c.created_at))


def downgrade() -> None:
    op.drop_column("upstream_servers", "named_at")
