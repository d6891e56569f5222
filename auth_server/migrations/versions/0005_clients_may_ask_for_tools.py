"""Apps that registered before there were tools of other servers may ask for them too; people give them, or do not."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ADDED = "gateway:call"
CLIENTS = sa.table("clients", sa.column("client_id"), sa.column("scope"), sa.column("grant_types"))


def upgrade() -> None:
    connection = op.get_bind()
    for client_id, scope, grant_types in connection.execute(sa.select(CLIENTS)).all():
        named = scope.split()
        if ADDED not in named and "memory:" in scope and not _is_service(grant_types):
            wider = " ".join([*named, ADDED])
            connection.execute(sa.update(CLIENTS).where(CLIENTS.c.client_id == client_id).values(scope=wider))


def _is_service(grant_types: object) -> bool:
    """What an administrator entered for a program is all that it may do."""
    known = json.loads(grant_types) if isinstance(grant_types, str) else grant_types
    return isinstance(known, list) and "client_credentials" in known
