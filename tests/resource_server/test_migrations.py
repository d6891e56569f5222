"""The migrated schema of resource.db is the one the models describe."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import inspect
from sqlmodel import SQLModel

from resource_server.gateway.tables import GatewaySession, NotedAct
from resource_server.models import McpSession, SharedMember, SharedNamespace, VaultKey
from resource_server.parts import MIGRATIONS
from shared.database import open_engine
from shared.migrations import migrate


@pytest.mark.parametrize(
    "model",
    [McpSession, VaultKey, SharedNamespace, SharedMember, GatewaySession, NotedAct],
    ids=lambda model: model.__name__,
)
def test_a_table_has_the_columns_and_indexes_of_its_model(tmp_path: Path, model: type[SQLModel]) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'resource.db'}")
    migrate(engine, MIGRATIONS, tmp_path)
    table, found = SQLModel.metadata.tables[str(model.__tablename__)], inspect(engine)
    columns = {column["name"]: column["nullable"] for column in found.get_columns(table.name)}
    assert columns == {column.name: column.nullable for column in table.columns}
    assert {index["name"] for index in found.get_indexes(table.name)} == {index.name for index in table.indexes}
    engine.dispose()


def test_processes_that_start_at_once_migrate_in_turn(tmp_path: Path) -> None:
    """None sees a half-made schema, and none makes it twice."""

    def start(_number: int) -> set[str]:
        engine = open_engine(f"sqlite:///{tmp_path / 'resource.db'}")
        migrate(engine, MIGRATIONS, tmp_path)
        tables = set(inspect(engine).get_table_names())
        engine.dispose()
        return tables

    with ThreadPoolExecutor(4) as pool:
        for tables in pool.map(start, range(4)):
            assert {"mcp_sessions", "vault_keys"} <= tables
