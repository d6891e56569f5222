"""Memories as rows of a vault, and back; instants are stored as whole microseconds since 1970."""

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from resource_server.memory.records import Author, Filters, Memory
from shared.authorization_details import NamespaceSet

FIELDS = (
    "id", "namespace", "key", "text", "tags", "importance", "metadata", "created_at", "updated_at", "expires_at",
    "deleted_at", "client_id", "client_name", "grant_id", "tool",
)  # fmt: skip
COLUMNS = ", ".join(FIELDS)
LIVE = "deleted_at IS NULL AND (expires_at IS NULL OR expires_at > :now)"
SEEN = "(:everything OR namespace IN (SELECT value FROM json_each(:names)))"
TAGGED = """(:tags = '[]' OR NOT EXISTS (
    SELECT 1 FROM json_each(:tags) WHERE value NOT IN (SELECT value FROM json_each(memories.tags))
))"""
FITTING = f"""
    (expires_at IS NULL OR expires_at > :now) AND {SEEN}
    AND (:tags = '[]' OR row IN (SELECT row FROM memories WHERE {TAGGED}))
"""  # noqa: S608 (constants)
"""Rows of memory_index that a question may see."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(instant: datetime | None) -> int | None:
    """Exact, unlike a timestamp in floating point."""
    return None if instant is None else (instant - EPOCH) // timedelta(microseconds=1)


def instant(value: int | None) -> datetime | None:
    """The aware instant in UTC."""
    return None if value is None else EPOCH + timedelta(microseconds=value)


def to_row(memory: Memory) -> dict[str, Any]:
    """Parameters by the names of the columns."""
    return {
        "id": memory.id,
        "namespace": memory.namespace,
        "key": memory.key,
        "text": memory.text,
        "tags": json.dumps(memory.tags, ensure_ascii=False),
        "importance": memory.importance,
        "metadata": json.dumps(memory.metadata, ensure_ascii=False),
        "created_at": microseconds(memory.created_at),
        "updated_at": microseconds(memory.updated_at),
        "expires_at": microseconds(memory.expires_at),
        "deleted_at": microseconds(memory.deleted_at),
        **asdict(memory.author),
    }


def from_row(row: tuple[Any, ...]) -> Memory:
    """A memory from the columns in the order of COLUMNS."""
    values = dict(zip(FIELDS, row, strict=False))
    author = Author(**{name: values.pop(name) for name in ("client_id", "client_name", "grant_id", "tool")})
    for name in ("created_at", "updated_at", "expires_at", "deleted_at"):
        values[name] = instant(values[name])
    values["tags"] = tuple(json.loads(values["tags"]))
    values["metadata"] = json.loads(values["metadata"])
    return Memory(author=author, **values)


def seen(namespaces: NamespaceSet, now: datetime) -> dict[str, Any]:
    """Parameters for SEEN and LIVE."""
    return {
        "everything": namespaces.everything,
        "names": json.dumps(sorted(namespaces.names)),
        "now": microseconds(now),
    }


def filtered(filters: Filters, now: datetime) -> dict[str, Any]:
    """Parameters for SEEN, LIVE, TAGGED and FITTING."""
    return {**seen(filters.namespaces, now), "tags": json.dumps(filters.tags, ensure_ascii=False)}
