"""Databases as earlier releases left them: made by the first migrations alone, filled without today's models."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, MetaData

from shared.database import open_engine


def database_at(revision: str, scripts: Path, file: Path) -> Engine:
    """An empty database in `file`, at that revision of the migrations in `scripts`."""
    file.parent.mkdir(parents=True, exist_ok=True)
    engine = open_engine(f"sqlite:///{file}")
    config = Config()
    config.set_main_option("script_location", str(scripts))
    config.set_main_option("path_separator", "os")
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    return engine


def fill(engine: Engine, **rows: dict[str, Any]) -> None:
    """One row into each table named, in that order; the tables are as the database has them."""
    tables = MetaData()
    tables.reflect(engine)
    with engine.begin() as connection:
        for table, row in rows.items():
            connection.execute(tables.tables[table].insert().values(**row))
