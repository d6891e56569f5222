"""Clients known by a document, their keys and logos, and the rules of who may be a client."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("clients", sa.Column("origin", sa.String(), nullable=False, server_default="registered"))
    op.add_column("clients", sa.Column("jwks", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("clients", sa.Column("jwks_uri", sa.String(), nullable=True))
    op.add_column("clients", sa.Column("document_fetched_at", MOMENT, nullable=True))
    op.add_column("clients", sa.Column("document_expires_at", MOMENT, nullable=True))
    op.add_column("grants", sa.Column("client_snapshot", sa.JSON(none_as_null=True), nullable=True))
    op.create_table(
        "client_logos",
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("logo_uri", sa.String(), nullable=False),
        sa.Column("png", sa.LargeBinary(), nullable=False),
        sa.Column("fetched_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.client_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("client_id"),
    )
    op.create_table(
        "client_key_sets",
        sa.Column("jwks_uri", sa.String(), nullable=False),
        sa.Column("jwks", sa.JSON(), nullable=False),
        sa.Column("fetched_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("jwks_uri"),
    )
    op.create_table(
        "spent_assertions",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "trust_rules",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "host_rules",
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("host"),
    )
    op.create_table(
        "initial_access_tokens",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )


def downgrade() -> None:
    for table in (
        "initial_access_tokens",
        "host_rules",
        "trust_rules",
        "spent_assertions",
        "client_key_sets",
        "client_logos",
    ):
        op.drop_table(table)
    op.drop_column("grants", "client_snapshot")
    for column in ("document_expires_at", "document_fetched_at", "jwks_uri", "jwks", "origin"):
        op.drop_column("clients", column)
