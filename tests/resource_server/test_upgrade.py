"""A database of the first schema goes on with this release: sessions run on, vaults stay open to their key."""

from datetime import timedelta
from pathlib import Path

from resource_server.models import McpSession, VaultKey
from resource_server.parts import MIGRATIONS
from shared.clock import now
from shared.database import unit_of_work
from shared.migrations import migrate
from tests.schema_history import database_at, fill


def test_sessions_and_vault_keys_of_the_first_schema_are_kept(tmp_path: Path) -> None:
    then = now() - timedelta(hours=1)
    engine = database_at("0001", MIGRATIONS, tmp_path / "resource.db")
    fill(
        engine,
        mcp_sessions={"id": "ses_1", "user_id": "usr_ada", "created_at": then, "expires_at": then + timedelta(days=1)},
        vault_keys={"user_id": "usr_ada", "wrapped_key": b"\x00wrapped", "key_id": "key_1", "created_at": then},
    )
    migrate(engine, MIGRATIONS, tmp_path)
    with unit_of_work(engine, read_only=True) as session:
        kept, key = session.get_one(McpSession, "ses_1"), session.get_one(VaultKey, "usr_ada")
    assert (kept.user_id, kept.created_at, kept.ended_at) == ("usr_ada", then, None)
    assert (key.wrapped_key, key.key_id, key.created_at) == (b"\x00wrapped", "key_1", then)
    engine.dispose()
