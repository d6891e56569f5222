"""Which segment a page belongs to: the most similar one, the topic at hand before others (MemoryOS, §3.2)."""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp
from typing import Any

import numpy as np

from resource_server.memory.conversations.keywords import cosine, jaccard, keywords
from resource_server.memory.conversations.segments import COLUMNS, Segment, join, open_segment, segment_at, segment_of
from resource_server.memory.embeddings import Vectors, unpacked
from resource_server.memory.records import Memory
from resource_server.memory.rows import EPOCH, LIVE, SEEN, instant, microseconds, seen
from resource_server.memory.vault import Connection
from resource_server.memory.vault_access import Embedded
from shared.authorization_details import NamespaceSet
from shared.clock import now

JOINS = 0.6
"""The similarity from which a page joins a segment; one that is like none opens a new one."""

FLOOR = 0.2
"""The cosine of texts that have nothing to do with each other."""

CONTINUITY = 0.5
PAUSE = timedelta(minutes=30)
"""The topic of the page before is favoured; after a pause so long by 1/e of that alone."""

LOOKED_AT = 20
VECTORS = f"""
    SELECT number, vector FROM segments
    WHERE vector IS NOT NULL AND embedder = (SELECT number FROM embedders WHERE name = :embedder) AND {SEEN}
"""  # noqa: S608 (constants)
SOME = f"SELECT {COLUMNS} FROM segments WHERE number IN (SELECT value FROM json_each(:numbers))"  # noqa: S608 (constants)
OTHERS = f"SELECT {COLUMNS} FROM segments WHERE NOT number IN (SELECT value FROM json_each(:numbers)) AND {SEEN}"  # noqa: S608 (constants)
BEFORE = f"""
    SELECT segment, happened_at FROM memories JOIN segment_pages ON memory_id = id
    WHERE namespace = :namespace AND conversation = :conversation AND happened_at <= :happened_at AND id != :id
        AND {LIVE}
    ORDER BY happened_at DESC, id DESC LIMIT 1
"""  # noqa: S608 (constants)


@dataclass(frozen=True)
class Near:
    """A segment and how similar it is to what was asked: cosine (0 to 1) and shared keywords (0 to 1), added."""

    segment: Segment
    similarity: float


def gather(connection: Connection, page: Memory, embedded: Embedded) -> int:
    """The number of the segment the page is in, from now on at the latest."""
    known = connection.execute("SELECT segment FROM segment_pages WHERE memory_id = ?", (page.id,)).fetchone()
    if known is not None:
        return int(known[0])
    segment = _best(connection, page, embedded) or open_segment(connection, page.namespace)
    join(connection, segment, page.id, page.text, page.happened_at, embedded)
    return segment.number


def nearest(
    connection: Connection, words: Counter[str], embedded: Embedded, namespaces: NamespaceSet, limit: int
) -> list[Near]:
    """The segments of these namespaces that are most similar, best first."""
    asked = seen(namespaces, now())
    measured = {} if embedded is None else _measured(connection, embedded, asked)
    best = sorted(measured, key=lambda number: -measured[number])[:LOOKED_AT]
    rows = connection.execute(SOME, {"numbers": json.dumps(best)}).fetchall()
    rows += connection.execute(OTHERS, {**asked, "numbers": json.dumps(list(measured))}).fetchall()
    near = [_near(segment_of(row), words, measured) for row in rows]
    return sorted(near, key=lambda one: (-one.similarity, -one.segment.number))[:limit]


def _measured(connection: Connection, embedded: tuple[str, Vectors], asked: dict[str, Any]) -> dict[int, float]:
    """Cosines by number of segment, as far as the same embedder made their vectors."""
    name, vector = embedded
    rows = connection.execute(VECTORS, {**asked, "embedder": name}).fetchall()
    if not rows:
        return {}
    cosines = np.clip((unpacked(blob for _, blob in rows) @ vector - FLOOR) / (1 - FLOOR), 0, 1)
    return dict(zip((number for number, _ in rows), cosines.tolist(), strict=True))


def _near(segment: Segment, words: Counter[str], measured: dict[int, float]) -> Near:
    meaning = measured[segment.number] if segment.number in measured else cosine(words, segment.keywords)
    return Near(segment, meaning + jaccard(words, segment.keywords))


def _best(connection: Connection, page: Memory, embedded: Embedded) -> Segment | None:
    here = NamespaceSet(frozenset({page.namespace}))
    near = nearest(connection, keywords(page.text), embedded, here, LOOKED_AT)
    topic, favour = _topic_at_hand(connection, page)
    if topic is not None and all(one.segment.number != topic for one in near):
        found = segment_at(connection, topic)
        near += [_near(found, keywords(page.text), {})] if found is not None else []
    scores = [(one.similarity + (favour if one.segment.number == topic else 0.0), one.segment) for one in near]
    score, segment = max(scores, key=lambda pair: pair[0], default=(0.0, None))
    return segment if score >= JOINS else None


def _topic_at_hand(connection: Connection, page: Memory) -> tuple[int | None, float]:
    """The segment of the page before in this conversation, and how far it is favoured."""
    asked = {**vars(page), "happened_at": microseconds(page.happened_at), "now": microseconds(now())}
    names = ("namespace", "conversation", "happened_at", "id", "now")
    found = connection.execute(BEFORE, {name: asked[name] for name in names}).fetchone()
    if found is None:
        return None, 0.0
    gap = page.happened_at - _instant(found[1])
    return int(found[0]), CONTINUITY * exp(-(gap / PAUSE))


def _instant(value: int) -> datetime:
    return instant(value) or EPOCH
