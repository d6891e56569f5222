"""Exports as other products write them: their structure, with words of our own."""

import gzip
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from zipfile import ZipFile


def openmemory_zip(folder: Path, *, with_lines: bool = True) -> Path:
    """Two memories, one of them deleted, as the backup page writes them."""
    at = "2025-06-07T08:09:10+00:00"
    memories = [
        {"id": "1", "content": "Plays the cello", "state": "active", "created_at": at, "metadata": {"mood": "glad"}},
        {"id": "2", "content": "Plays the flute", "state": "deleted", "created_at": at, "metadata": None},
    ]
    whole = {
        "user": {"id": "u", "user_id": "ada"},
        "apps": [{"id": "a", "name": "cursor"}],
        "categories": [{"id": "c", "name": "music"}],
        "memories": [{**one, "app_id": "a", "category_ids": ["c"], "updated_at": at} for one in memories],
        "memory_categories": [{"memory_id": "1", "category_id": "c"}],
        "status_history": [],
        "export_meta": {"version": "1"},
    }
    lines = [{**one, "updated_at": at, "app": "cursor", "categories": ["music"]} for one in memories]
    path = folder / "memories_export_ada.zip"
    with ZipFile(path, "w") as archive:
        archive.writestr("memories.json", json.dumps(whole, indent=2))
        if with_lines:
            archive.writestr(
                "memories.jsonl.gz", gzip.compress("".join(json.dumps(one) + "\n" for one in lines).encode())
            )
    return path


def mem0(folder: Path) -> Path:
    """What get_all returns, with relations of the graph."""
    result = {
        "id": "892db2ae",
        "memory": "Likes to play cricket",
        "hash": "0ab1",
        "created_at": "2024-07-25T23:57:00.108347-07:00",
        "updated_at": None,
        "user_id": "alice",
        "agent_id": "coach",
        "metadata": {"category": "hobbies"},
    }
    relations = [{"source": "alice", "relationship": "plays_with", "target": "bob"}]
    path = folder / "mem0.json"
    path.write_text(json.dumps({"results": [result], "relations": relations}))
    return path


def mcp_memory_service_json(folder: Path) -> Path:
    """What export_memories.py writes."""
    memory = {
        "content": "The build runs nightly",
        "content_hash": "hash-1",
        "tags": ["build", "ci"],
        "created_at": 1692633600.0,
        "updated_at": 1692633700.0,
        "memory_type": "reference",
        "metadata": {"project": "core"},
        "export_source": "laptop",
    }
    path = folder / "memory_export.json"
    path.write_text(json.dumps({"export_metadata": {"total_memories": 1}, "memories": [memory]}, indent=2))
    return path


def mcp_memory_service_db(folder: Path) -> Path:
    """The database of the SQLite-vec backend, with its graph."""
    path = folder / "sqlite_vec.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            """
                CREATE TABLE memories (id INTEGER PRIMARY KEY AUTOINCREMENT, content_hash TEXT UNIQUE NOT
                NULL, content TEXT NOT NULL, tags TEXT, memory_type TEXT, metadata TEXT, created_at REAL,
                updated_at REAL, created_at_iso TEXT, updated_at_iso TEXT, deleted_at REAL DEFAULT NULL)
            """
        )
        database.execute(
            """
                CREATE TABLE memory_graph (source_hash TEXT, target_hash TEXT, similarity REAL,
                connection_types TEXT, metadata TEXT, created_at REAL, PRIMARY KEY (source_hash,
                target_hash))
            """
        )
        for number, deleted_at in ((1, None), (2, None), (3, 1.0)):
            values = (f"hash-{number}", f"Fact number {number}", "a,b", "note", '{"x": 1}', 1692633600.0 + number, None)
            database.execute(
                """
                INSERT INTO memories (content_hash, content, tags, memory_type, metadata, created_at,
                updated_at, deleted_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
                (*values, deleted_at),
            )
        database.execute(
            """
                INSERT INTO memory_graph VALUES ('hash-1', 'hash-2', 0.5, '["causal"]', NULL,
                1692633601.0)
            """
        )
    return path


BASIC_NOTE = """---
title: Coffee Brewing
type: note
tags: [coffee, brewing]
permalink: coffee-brewing
created: 2025-01-02 03:04:05
---

# Coffee Brewing

## Observations
- [method] Pour over is clearer than a French press #taste
- [ ] a task is no observation

## Relations
- requires [[Proper Grinding]]
- see also [[Tea]] for comparison
"""


def basic_memory(folder: Path) -> Path:
    """Two notes that link, and one with broken front matter."""
    notes = folder / "notes"
    (notes / "coffee").mkdir(parents=True)
    (notes / "coffee" / "Coffee Brewing.md").write_text(BASIC_NOTE)
    (notes / "Proper Grinding.md").write_text("---\ntitle: Proper Grinding\npermalink: grinding\n---\nGrind late.\n")
    (notes / "broken.md").write_text("---\ntitle: [\n---\nLost?\n")
    return notes


def markdown_notes(folder: Path) -> Path:
    """Two notes without a mark of any product, in folders, that link in both ways of writing it."""
    notes = folder / "vault"
    (notes / "animals").mkdir(parents=True)
    garden = "The garden is behind the house; see [the bees](animals/Bees%20wild.md#where). #spring\n"
    (notes / "Garden.md").write_text(f"---\ntags: [outside]\n---\n{garden}")
    links = "[[Garden#south|garden]] and in [[Nobody wrote this]]; [more](https://a.example/x.md)"
    bees = f"Bees live by the fence of the {links}.\n"
    (notes / "animals" / "Bees wild.md").write_text(bees)
    return notes


def reference_server(folder: Path) -> Path:
    """memory.jsonl, with a line that is broken."""
    lines = [
        {"type": "entity", "name": "Ada", "entityType": "person", "observations": ["Speaks French", "Lives in Ghent"]},
        {"type": "entity", "name": "Roastery", "entityType": "company", "observations": []},
        {"type": "relation", "from": "Ada", "to": "Roastery", "relationType": "works at"},
    ]
    path = folder / "memory.jsonl"
    path.write_text("\n".join([json.dumps(lines[0]), '{"type": "entity", "na', *map(json.dumps, lines[1:])]))
    return path


def neo4j_dump(folder: Path) -> Path:
    """What `CALL apoc.export.json.all` writes, relationships between nodes and one node without a word."""
    ada = {"name": "Ada", "created_at": "2025-10-01T10:00:00Z", "embedding": [0.5] * 384, "age": 36}
    lines = [
        {"type": "node", "id": "0", "labels": ["Person"], "properties": ada},
        {
            "id": "7",
            "type": "relationship",
            "label": "WORKS_AT",
            "properties": {"since": 2024},
            "start": {"id": "0", "labels": ["Person"]},
            "end": {"id": "1", "labels": ["Company"]},
        },
        {"type": "node", "id": "1", "labels": ["Company"], "properties": {"name": "Roastery"}},
        {"type": "node", "id": "2", "labels": [], "properties": {}},
    ]
    path = folder / "all.json"
    path.write_text("\n".join(map(json.dumps, lines)))
    return path


def kagura_export(folder: Path) -> Path:
    """The folder that `kagura memory export` writes."""
    out = folder / "kagura"
    out.mkdir()
    memories = [
        {
            "type": "memory",
            "scope": "persistent",
            "key": "favourite_colour",
            "value": "blue",
            "user_id": "default_user",
            "agent_name": "global",
            "created_at": "2025-10-01 10:00:00",
            "updated_at": "2025-10-02 10:00:00",
            "metadata": {"tags": ["taste"], "importance": 0.9, "note": "asked twice"},
            "exported_at": "2025-11-01T00:00:00",
        },
        {"type": "memory", "scope": "working", "key": "draft", "value": {"step": 2}, "user_id": "default_user"},
    ]
    graph = [
        {"type": "node", "id": "favourite_colour", "node_type": "memory", "data": {}},
        {
            "type": "edge",
            "src": "favourite_colour",
            "dst": "draft",
            "rel_type": "related_to",
            "weight": 1.0,
            "data": {},
        },
    ]
    (out / "memories.jsonl").write_text("".join(json.dumps(one) + "\n" for one in memories))
    (out / "graph.jsonl").write_text("".join(json.dumps(one) + "\n" for one in graph))
    (out / "metadata.json").write_text(json.dumps({"format_version": "1.0"}))
    return out


def kagura_data(folder: Path) -> Path:
    """The data folder, with the memories of two users."""
    out = folder / "share" / "kagura"
    out.mkdir(parents=True)
    with closing(sqlite3.connect(out / "memory.db")) as database, database:
        database.execute(
            """
                CREATE TABLE memories (id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, value TEXT
                NOT NULL, user_id TEXT NOT NULL DEFAULT 'default_user', agent_name TEXT, created_at
                TIMESTAMP, updated_at TIMESTAMP, metadata TEXT, access_count INTEGER DEFAULT 0,
                last_accessed_at TIMESTAMP)
            """
        )
        for user in ("ada", "bob"):
            database.execute(
                """
                INSERT INTO memories (key, value, user_id, created_at) VALUES ('name', ?, ?, '2025-10-01
                10:00:00')
            """,
                (json.dumps(f"{user} is my name"), user),
            )
    return out


ENGRAMA_NODES = (
    ("Person", "name", "Ada", {"name": "Ada", "description": "Roasts coffee", "tags": ["friend"], "confidence": 0.8}),
    ("Project", "name", "Roastery", {"name": "Roastery", "status": "open"}),
)


def engrama_export(folder: Path) -> Path:
    """What `engrama export` writes."""
    lines: list[dict[str, Any]] = [{"engrama_export": 1, "version": "0.13.0", "source_backend": "sqlite"}]
    for label, key_field, value, properties in ENGRAMA_NODES:
        dated = {**properties, "created_at": "2026-01-02T03:04:05+00:00"}
        node = {"type": "node", "label": label, "key_field": key_field, "key_value": value, "properties": dated}
        lines.append(node)
    ends = {"from_label": "Person", "from_key": "name", "from_value": "Ada", "to_label": "Project", "to_key": "name"}
    lines.append({"type": "relation", **ends, "to_value": "Roastery", "rel_type": "WORKS_ON"})
    lines.append({"type": "vector", "label": "Person", "key_field": "name", "key_value": "Ada", "vector": [0.1, 0.2]})
    path = folder / "engrama.ndjson"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def engrama_db(folder: Path) -> Path:
    """The SQLite backend's file."""
    path = folder / "engrama.db"
    at = "2026-01-02T03:04:05+00:00"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            """
                CREATE TABLE nodes (id INTEGER PRIMARY KEY AUTOINCREMENT, label TEXT NOT NULL, key_field
                TEXT NOT NULL, key_value TEXT NOT NULL, props TEXT NOT NULL DEFAULT '{}', created_at TEXT
                NOT NULL, updated_at TEXT NOT NULL)
            """
        )
        database.execute(
            """
                CREATE TABLE edges (id INTEGER PRIMARY KEY AUTOINCREMENT, from_id INTEGER NOT NULL,
                rel_type TEXT NOT NULL, to_id INTEGER NOT NULL, created_at TEXT NOT NULL, org_id TEXT,
                user_id TEXT)
            """
        )
        for label, key_field, value, properties in ENGRAMA_NODES:
            row = (label, key_field, value, json.dumps(properties), at, at)
            database.execute(
                """
                INSERT INTO nodes (label, key_field, key_value, props, created_at, updated_at) VALUES (?,
                ?, ?, ?, ?, ?)
            """,
                row,
            )
        database.execute("INSERT INTO edges (from_id, rel_type, to_id, created_at) VALUES (1, 'WORKS_ON', 2, ?)", (at,))
    return path
