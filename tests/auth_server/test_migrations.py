"""The schema: the migrations say what the models say."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlmodel import SQLModel

from auth_server import models
from auth_server.app import MIGRATIONS, open_services
from resource_server.parts import MIGRATIONS as RESOURCE_MIGRATIONS
from shared.migrations import migrate, newest
from tests.auth_harness import AuthHarness

OWN_TABLES = {
    table.__tablename__
    for table in vars(models).values()
    if isinstance(table, type) and issubclass(table, SQLModel) and hasattr(table, "__tablename__")
}


def test_migrations_and_models_agree(auth: AuthHarness) -> None:
    """A column added to one and forgotten in the other shows here."""

    def is_own(_thing: object, name: str | None, kind: str, *_: object) -> bool:
        return name in OWN_TABLES if kind == "table" else True

    with auth.services.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": is_own, "compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


@pytest.mark.parametrize("scripts", [MIGRATIONS, RESOURCE_MIGRATIONS], ids=["auth", "resource"])
def test_the_last_script_is_the_newest_revision(scripts: Path) -> None:
    """A start compares its number with the database's, without Alembic."""
    assert ScriptDirectory(scripts).get_heads() == [newest(scripts)]


def test_migrating_twice_changes_nothing(auth: AuthHarness) -> None:
    """Every start migrates."""
    before = auth.http.get("/.well-known/jwks.json").json()
    migrate(auth.services.engine, MIGRATIONS, auth.settings.data_dir)
    open_services(auth.settings).engine.dispose()
    assert auth.http.get("/.well-known/jwks.json").json() == before


def test_foreign_keys_are_enforced(auth: AuthHarness) -> None:
    """A deleted person takes sessions and grants along."""
    with auth.services.engine.connect() as connection:
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
