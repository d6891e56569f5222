"""Memories as rows of a vault, and back; instants are stored as whole microseconds since 1970."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from resource_server.memory.records import Author, Filters, Memory, NamedEntity, Source
from shared.authorization_details import NamespaceSet

FIELDS = (
    "id", "namespace", "key", "text", "tags", "importance", "metadata", "created_at", "updated_at", "expires_at",
    "deleted_at", "client_id", "client_name", "grant_id", "tool", "session_id", "happened_at", "kind", "conversation",
    "source", "trust", "document_id", "position", "batch", "superseded_by", "quarantined_at", "person",
    "entities",
)  # fmt: skip
AUTHOR = ("client_id", "client_name", "grant_id", "tool", "session_id", "person")
INSTANTS = ("created_at", "updated_at", "expires_at", "deleted_at", "happened_at", "quarantined_at")
PLAIN = tuple(name for name in FIELDS if name not in (*AUTHOR, *INSTANTS, "tags", "metadata", "entities"))
COLUMNS = ", ".join(FIELDS)
LIVE = "deleted_at IS NULL AND quarantined_at IS NULL AND (expires_at IS NULL OR expires_at > :now)"
TRASHED = "quarantined_at IS NULL AND (deleted_at IS NOT NULL OR expires_at <= :now)"
SEEN = "(:everything OR namespace IN (SELECT value FROM json_each(:names)))"
TAGGED = """(:tags = '[]' OR NOT EXISTS (
    SELECT 1 FROM json_each(:tags) WHERE value NOT IN (SELECT value FROM json_each(memories.tags))
))"""
TAGGED_INDEX = TAGGED.replace("memories.tags", "memory_index.tags")
WANTED = """
    (:kinds = '[]' OR kind IN (SELECT value FROM json_each(:kinds)))
    AND (:since IS NULL OR happened_at >= :since) AND (:until IS NULL OR happened_at < :until)
    AND (:app IS NULL OR client_id = :app OR client_name = :app COLLATE NOCASE)
    AND (:conversation IS NULL OR conversation = :conversation)
"""
"""What Filters say beside namespaces and tags; its columns are in memories and in memory_index."""

FITTING = f"""
    (expires_at IS NULL OR expires_at > :now) AND {SEEN} AND {WANTED} AND {TAGGED_INDEX}
"""
"""Rows of memory_index that a question may see."""

MEMORY_ID = re.compile(r"mem_[0-9a-z]{26}")
AFTER_ALL = "mem_~"
"""Sorts behind every id, where a list that goes backwards begins."""

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
        "tags": json.dumps(memory.tags, ensure_ascii=False),
        "metadata": json.dumps(memory.metadata, ensure_ascii=False),
        "entities": json.dumps([vars(one) for one in memory.entities], ensure_ascii=False),
        **{name: microseconds(getattr(memory, name)) for name in INSTANTS},
        **{name: getattr(memory, name) for name in PLAIN},
        **vars(memory.author),
    }


def from_row(row: tuple[Any, ...]) -> Memory:
    """A memory from the columns in the order of COLUMNS."""
    return _memory(dict(zip(FIELDS, row, strict=False)))


def from_state(state: str) -> Memory:
    """A memory as an event holds it; events of earlier schemas lack what came later."""
    values = json.loads(state)
    return _memory({"session_id": "", "person": "", "happened_at": values["created_at"], "entities": "[]"} | values)


def _memory(values: dict[str, Any]) -> Memory:
    author = Author(**{name: values.pop(name) for name in AUTHOR})
    values |= {name: instant(values[name]) for name in INSTANTS if name in values}
    values["tags"] = tuple(json.loads(values["tags"]))
    values["metadata"] = json.loads(values["metadata"])
    values["entities"] = tuple(NamedEntity(**one) for one in json.loads(values["entities"]))
    if "source" in values:
        values["source"] = Source(values["source"])
    return Memory(author=author, **values)


def seen(namespaces: NamespaceSet, now: datetime) -> dict[str, Any]:
    """Parameters for SEEN and LIVE."""
    return {
        "everything": namespaces.everything,
        "names": json.dumps(sorted(namespaces.names)),
        "now": microseconds(now),
    }


def filtered(filters: Filters, now: datetime) -> dict[str, Any]:
    """Parameters for SEEN, LIVE, TAGGED, WANTED and FITTING."""
    return {
        **seen(filters.namespaces, filters.as_of or now),
        "tags": json.dumps(filters.tags, ensure_ascii=False),
        "kinds": json.dumps(filters.kinds),
        "since": microseconds(filters.since),
        "until": microseconds(filters.until),
        "app": filters.app,
        "conversation": filters.conversation,
    }
