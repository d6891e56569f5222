"""Passkeys, codes, upstream providers, invitations, API keys, devices, a chained audit log, and what they need."""

import sqlalchemy as sa
from alembic import op

from auth_server.audit_log.audit_chain import chain_existing

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
EMPTY_LIST = sa.text("'[]'")


def upgrade() -> None:
    _add_columns()
    _let_clients_hold_grants()
    _chain_audit()
    _create_tables_of_people()
    _create_api_keys()
    _create_device_codes()
    _create_activity_counts()


def _add_columns() -> None:
    op.add_column("users", sa.Column("kind", sa.String(), nullable=False, server_default="person"))
    op.add_column("users", sa.Column("name", sa.String(), nullable=False, server_default=""))
    op.add_column("users", sa.Column("email_verified_at", MOMENT, nullable=True))
    op.add_column("users", sa.Column("last_signed_in_at", MOMENT, nullable=True))
    op.add_column("users", sa.Column("sealed_totp_secret", sa.LargeBinary(), nullable=True))
    op.add_column("users", sa.Column("totp_confirmed_at", MOMENT, nullable=True))
    op.add_column("users", sa.Column("totp_last_step", sa.Integer(), nullable=True))

    op.add_column(
        "clients", sa.Column("post_logout_redirect_uris", sa.JSON(), nullable=False, server_default=EMPTY_LIST)
    )
    op.add_column("clients", sa.Column("details", sa.JSON(), nullable=False, server_default=EMPTY_LIST))
    op.add_column("clients", sa.Column("previous_secret_digest", sa.String(), nullable=True))
    op.add_column("clients", sa.Column("previous_secret_expires_at", MOMENT, nullable=True))
    op.add_column("clients", sa.Column("registered_from", sa.String(), nullable=False, server_default=""))
    op.add_column("clients", sa.Column("approved_at", MOMENT, nullable=True))
    op.add_column("clients", sa.Column("blocked_at", MOMENT, nullable=True))

    op.add_column("authorization_codes", sa.Column("nonce", sa.String(), nullable=True))
    op.add_column("authorization_codes", sa.Column("authenticated_at", MOMENT, nullable=True))
    op.add_column("authorization_codes", sa.Column("methods", sa.String(), nullable=False, server_default=""))

    # Browsers that were signed in before have no id and no time of authentication: they sign in once more.
    op.execute("DELETE FROM browser_sessions")
    with op.batch_alter_table("browser_sessions") as sessions:
        sessions.add_column(sa.Column("id", sa.String(), nullable=False))
        sessions.add_column(sa.Column("authenticated_at", MOMENT, nullable=False))
        sessions.add_column(sa.Column("methods", sa.String(), nullable=False, server_default="pwd"))
        sessions.add_column(sa.Column("user_agent", sa.String(), nullable=False, server_default=""))
        sessions.add_column(sa.Column("address", sa.String(), nullable=False, server_default=""))
        sessions.create_index("ix_browser_sessions_id", ["id"], unique=True)

    with op.batch_alter_table("one_time_tokens") as tokens:
        tokens.add_column(sa.Column("user_id", sa.String(), nullable=True))
        tokens.add_column(sa.Column("email", sa.String(), nullable=False, server_default=""))
        tokens.create_foreign_key("fk_one_time_tokens_user_id", "users", ["user_id"], ["id"], ondelete="CASCADE")
        tokens.create_index("ix_one_time_tokens_user_id", ["user_id"])


def _let_clients_hold_grants() -> None:
    with op.batch_alter_table("grants") as grants:
        grants.alter_column("user_id", existing_type=sa.String(), nullable=True)


def _chain_audit() -> None:
    """The log gets an order and its hashes; who is named no longer depends on the account being there."""
    op.rename_table("audit_events", "earlier_audit_events")
    op.drop_index("ix_audit_events_at", "earlier_audit_events")
    op.create_table(
        "audit_events",
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=True),
        sa.Column("by", sa.String(), nullable=True),
        sa.Column("client_id", sa.String(), nullable=True),
        sa.Column("grant_id", sa.String(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("sequence"),
        sa.UniqueConstraint("id"),
    )
    for column in ("at", "kind", "user_id", "client_id"):
        op.create_index(f"ix_audit_events_{column}", "audit_events", [column])
    op.execute(
        "INSERT INTO audit_events (id, at, kind, user_id, client_id, grant_id, facts, hash) "
        "SELECT id, at, kind, user_id, client_id, grant_id, facts, '' FROM earlier_audit_events ORDER BY at, id"
    )
    op.drop_table("earlier_audit_events")
    chain_existing(op.get_bind())


def _create_tables_of_people() -> None:
    op.create_table(
        "passkeys",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.Integer(), nullable=False),
        sa.Column("transports", sa.JSON(), nullable=False),
        sa.Column("is_backed_up", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_passkeys_user_id", "passkeys", ["user_id"])
    op.create_table(
        "recovery_codes",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("ix_recovery_codes_user_id", "recovery_codes", ["user_id"])
    op.create_table(
        "linked_identities",
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("provider", "subject"),
    )
    op.create_index("ix_linked_identities_user_id", "linked_identities", ["user_id"])
    op.create_table(
        "upstream_sign_ins",
        sa.Column("state_digest", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("browser_digest", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=True),
        sa.Column("then", sa.String(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("state_digest"),
    )
    op.create_table(
        "invitations",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("is_admin", sa.Boolean(), nullable=False),
        sa.Column("invited_by", sa.String(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("accepted_at", MOMENT, nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.Column("user_id", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["invited_by"], ["users.id"], ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
    )
    op.create_table(
        "erasures",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("acknowledged_at", MOMENT, nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
    )
    op.create_index("ix_erasures_user_id", "erasures", ["user_id"])


def _create_api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("hint", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=True),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.Column("last_used_at", MOMENT, nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.Column("replaced_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
    )
    op.create_index("ix_api_keys_user_id", "api_keys", ["user_id"])


def _create_device_codes() -> None:
    op.create_table(
        "device_codes",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("user_code_digest", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("resource", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("details", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("interval", sa.Integer(), nullable=False),
        sa.Column("last_polled_at", MOMENT, nullable=True),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("grant_id", sa.String(), nullable=True),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["clients.client_id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["grant_id"], ["grants.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("digest"),
        sa.UniqueConstraint("user_code_digest"),
    )
    op.create_index("ix_device_codes_client_id", "device_codes", ["client_id"])


def _create_activity_counts() -> None:
    op.create_table(
        "activity_counts",
        sa.Column("hour", MOMENT, nullable=False),
        sa.Column("server", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("hour", "server", "kind", "reason"),
    )
