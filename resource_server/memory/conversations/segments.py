"""Segments: pages about one topic, known by the keywords and the mean vector of what is in them (MemoryOS, §3.2)."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np

from resource_server.memory.conversations.heat import heat
from resource_server.memory.conversations.keywords import commonest, keywords
from resource_server.memory.embeddings import Vectors, packed, unit_rows, unpacked
from resource_server.memory.rows import EPOCH, instant, microseconds
from resource_server.memory.vault import Connection
from resource_server.memory.vault_access import Embedded
from shared.clock import now
from shared.ids import new_id

MOST_SEGMENTS = 2_000
"""In a namespace. One more dissolves the coldest, whose pages stay memories like any other."""

FIELDS = ("number", "id", "namespace", "keywords", "vector", "embedder", "visits", "interactions", "visited_at")
COLUMNS = ", ".join(FIELDS)
BY_NUMBER = f"SELECT {COLUMNS} FROM segments WHERE number = ?"  # noqa: S608 (constants)
WRITE = """
    UPDATE segments SET keywords = :keywords, vector = :vector, embedder = :embedder, visits = :visits,
        interactions = :interactions, visited_at = :visited_at WHERE number = :number
"""
INSERT = """
    INSERT INTO segments (id, namespace, summary, keywords, vector, embedder, visited_at, created_at)
    VALUES (:id, :namespace, '', '{}', NULL, NULL, :at, :at)
"""
HEATS = "SELECT number, visits, interactions, visited_at FROM segments WHERE namespace = ?"


@dataclass(frozen=True)
class Segment:
    """A topic within one namespace; `vector` was made by the embedder with that number in this vault."""

    number: int
    id: str
    namespace: str
    keywords: Counter[str] = field(repr=False)
    vector: Vectors | None = field(repr=False)
    embedder: int | None
    visits: int
    interactions: int
    visited_at: datetime

    @property
    def heat(self) -> float:
        """Now."""
        return heat(self.visits, self.interactions, self.visited_at, now())


def segment_at(connection: Connection, number: int) -> Segment | None:
    """The segment with this number."""
    row = connection.execute(BY_NUMBER, (number,)).fetchone()
    return segment_of(row) if row else None


def segment_of(row: Iterable[Any]) -> Segment:
    """From the columns in the order of COLUMNS."""
    values = dict(zip(FIELDS, row, strict=True))
    values["keywords"] = Counter(json.loads(values["keywords"]))
    values["vector"] = unpacked([values["vector"]])[0] if values["vector"] is not None else None
    values["visited_at"] = instant(values["visited_at"])
    return Segment(**values)


def number_of_embedder(connection: Connection, name: str) -> int:
    """The short number under which this vault knows an embedder; in a transaction that may write."""
    connection.execute("INSERT INTO embedders (name) VALUES (?) ON CONFLICT (name) DO NOTHING", (name,))
    return int(connection.execute("SELECT number FROM embedders WHERE name = ?", (name,)).fetchone()[0])


def open_segment(connection: Connection, namespace: str) -> Segment:
    """A new segment without pages; where there are too many, the coldest dissolves."""
    rows = connection.execute(HEATS, (namespace,)).fetchall()
    if len(rows) >= MOST_SEGMENTS:
        at = now()
        dissolve(connection, min(rows, key=lambda row: heat(row[1], row[2], instant(row[3]) or EPOCH, at))[0])
    segment_id = new_id("seg")
    asked = {"id": segment_id, "namespace": namespace, "at": microseconds(now())}
    number = connection.execute(INSERT, asked).lastrowid
    # Never visited, so that a segment of an old conversation, imported today, is as cold as it is old.
    return Segment(number, segment_id, namespace, Counter(), None, None, 0, 0, EPOCH)


def dissolve(connection: Connection, number: int) -> None:
    """The segment ends; no memory does."""
    connection.execute("DELETE FROM segment_pages WHERE segment = ?", (number,))
    connection.execute("DELETE FROM segments WHERE number = ?", (number,))


def join(connection: Connection, segment: Segment, page_id: str, text: str, at: datetime, embedded: Embedded) -> None:
    """The page becomes the latest of the segment, whose keywords and mean vector move towards it."""
    pages = connection.execute("SELECT count(*) FROM segment_pages WHERE segment = ?", (segment.number,)).fetchone()[0]
    connection.execute("INSERT INTO segment_pages (memory_id, segment) VALUES (?, ?)", (page_id, segment.number))
    vector, embedder = segment.vector, segment.embedder
    if embedded is not None:
        embedder = number_of_embedder(connection, embedded[0])
        sames = vector is not None and embedder == segment.embedder
        vector = _unit(vector * pages + embedded[1]) if sames and vector is not None else embedded[1]
    _write(
        connection,
        replace(
            segment,
            keywords=commonest(segment.keywords + keywords(text)),
            vector=vector,
            embedder=embedder,
            interactions=segment.interactions + 1,
            visited_at=max(segment.visited_at, min(at, now())),
        ),
    )


def _write(connection: Connection, segment: Segment) -> None:
    connection.execute(
        WRITE,
        {
            **vars(segment),
            "keywords": json.dumps(segment.keywords, ensure_ascii=False),
            "vector": None if segment.vector is None else packed(segment.vector),
            "visited_at": microseconds(segment.visited_at),
        },
    )


def _unit(vector: Vectors) -> Vectors:
    row: Vectors = unit_rows(vector[np.newaxis])[0]
    return row
