"""Statements that are compiled once a process: each engine would compile every statement of a server anew.

SQLAlchemy keeps what it compiled for each engine. Nearly every test opens databases of its own, all of them SQLite with
the same options, so that one keeping serves them all. Servers in processes of their own have theirs anyway.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache
from sqlmodel import create_engine

from shared import database

MOST_STATEMENTS = 5000

_compiled: LRUCache[Any, Any] = LRUCache(MOST_STATEMENTS)


@pytest.fixture(scope="session", autouse=True)
def _shared_statements() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SQLiteDialect_pysqlite, "__eq__", _is_same_dialect)
        patch.setattr(SQLiteDialect_pysqlite, "__hash__", _hash_of_dialect)
        patch.setattr(database, "create_engine", _create_engine)
        yield


def _create_engine(url: str, **options: Any) -> Engine:
    engine = create_engine(url, **options)
    if type(engine.dialect) is SQLiteDialect_pysqlite:
        engine._compiled_cache = _compiled
    return engine


def _is_same_dialect(one: object, other: object) -> bool:
    """What stands in the key of a compiled statement; all our engines of SQLite have the same options."""
    return type(one) is type(other)


def _hash_of_dialect(dialect: object) -> int:
    return hash(type(dialect))
