"""For whom an administrator did something to a server, where it was not for everybody."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("server_acts", sa.Column("person", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("server_acts", "person")
