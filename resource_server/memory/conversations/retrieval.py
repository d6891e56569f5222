"""Retrieval from conversations: the nearest segments, their pages, and what was said before and after each."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from resource_server.memory.conversations.gathering import Near, nearest
from resource_server.memory.conversations.keywords import cosine, keywords
from resource_server.memory.conversations.summaries import summary_of
from resource_server.memory.past import now_or_then
from resource_server.memory.records import TRUST, Filters, Hit, Memory, Source
from resource_server.memory.rows import COLUMNS, LIVE, SEEN, TAGGED, WANTED, filtered, from_row, microseconds, seen
from resource_server.memory.vault import Connection
from resource_server.memory.vault_access import Embedded
from shared.clock import now

SEGMENTS = 5
NEAR_ENOUGH = 0.1
PAGES = 100
TOPIC_WEIGHT = 0.2
"""The part of a score that the page's segment has; the page itself has the rest."""

WORDS_WEIGHT = 0.5
SHOWN_KEYWORDS = 8
SUMMED_UP = 20

OF_SEGMENTS = f"""
    SELECT segment, {COLUMNS} FROM memories JOIN segment_pages ON memory_id = id
    WHERE segment IN (SELECT value FROM json_each(:segments)) AND {LIVE} AND {SEEN} AND {TAGGED} AND {WANTED}
    ORDER BY happened_at DESC, id DESC LIMIT {PAGES}
"""  # noqa: S608 (constants)
SEGMENTS_OF = """
    SELECT memory_id, segment FROM segment_pages WHERE memory_id IN (SELECT value FROM json_each(:ids))
"""
WRITTEN = "SELECT id, summary, written_by, written_from FROM segments WHERE number = ?"
NEIGHBOUR = f"""
    SELECT id FROM memories WHERE namespace = :namespace AND conversation = :conversation AND kind = 'page'
        AND (happened_at, id) {{0}} (:happened_at, :id) AND {LIVE} {{2}}
    ORDER BY happened_at {{1}}, id {{1}} LIMIT 1
"""  # noqa: S608 (constants)
BEFORE, AFTER = NEIGHBOUR.format("<", "DESC", ""), NEIGHBOUR.format(">", "ASC", "")
NEAR_THEN = "AND row IN (SELECT row FROM main.memories WHERE namespace = :namespace AND conversation = :conversation)"
BEFORE_THEN, AFTER_THEN = NEIGHBOUR.format("<", "DESC", NEAR_THEN), NEIGHBOUR.format(">", "ASC", NEAR_THEN)
"""Without reading the states of every other conversation."""


@dataclass(frozen=True)
class FoundPage:
    """A memory found, the id of the segment it is in, and its neighbours in the conversation."""

    memory: Memory
    score: float
    topic: str | None
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Topic:
    """A segment as it is told: from the pages that may be read now. `written_by` names a model, where one wrote.

    It is untrusted when a model wrote it, or when neither the person nor an app stands behind one of its pages.
    """

    id: str
    summary: str = field(repr=False)
    written_by: str | None
    keywords: tuple[str, ...] = field(repr=False)
    pages: int
    first: datetime
    last: datetime
    is_untrusted: bool


@dataclass(frozen=True)
class Retrieved:
    """Best first; `visited` are the numbers of the segments that were led to."""

    found: tuple[FoundPage, ...]
    topics: tuple[Topic, ...]
    visited: tuple[int, ...]


def retrieve(
    connection: Connection, query: str, embedded: Embedded, hits: list[Hit], filters: Filters, limit: int
) -> Retrieved:
    """The best of `hits`, which a search found, and of the pages in the segments nearest to the query."""
    words = keywords(query)
    near = nearest(connection, words, embedded, filters.namespaces, SEGMENTS)
    near = [one for one in near if one.similarity >= NEAR_ENOUGH]
    candidates = _pages_of(connection, [one.segment.number for one in near], filters)
    best = _ranked(connection, words, near, candidates, hits)[:limit]
    numbers = tuple(dict.fromkeys(number for _, _, number in best if number is not None))
    topics = {number: _topic(connection, number, filters) for number in numbers[:SEGMENTS]}
    told = {number: topic.id for number, topic in topics.items() if topic is not None}
    found = tuple(
        FoundPage(memory, score, told.get(number or 0), *neighbours(connection, memory, filters))
        for score, memory, number in best
    )
    return Retrieved(found, tuple(topic for topic in topics.values() if topic is not None), numbers)


def _ranked(
    connection: Connection,
    words: Counter[str],
    near: list[Near],
    candidates: Mapping[str, tuple[Memory, int]],
    hits: list[Hit],
) -> list[tuple[float, Memory, int | None]]:
    nearness = {one.segment.number: min(1.0, one.similarity) for one in near}
    ids = json.dumps([hit.memory.id for hit in hits])
    places: dict[str, int] = dict(connection.execute(SEGMENTS_OF, {"ids": ids}).fetchall())
    scores = {hit.memory.id: (hit.score, hit.memory, places.get(hit.memory.id)) for hit in hits}
    for memory, number in candidates.values():
        if memory.id not in scores:
            scores[memory.id] = (WORDS_WEIGHT * cosine(words, keywords(memory.text)), memory, number)
    mixed = [
        ((1 - TOPIC_WEIGHT) * score + TOPIC_WEIGHT * nearness.get(number or 0, 0.0), memory, number)
        for score, memory, number in scores.values()
        if score > 0
    ]
    return sorted(mixed, key=lambda one: (-one[0], one[1].id))


def _pages_of(connection: Connection, segments: list[int], filters: Filters) -> dict[str, tuple[Memory, int]]:
    asked = {**filtered(filters, now()), "segments": json.dumps(segments)}
    rows = connection.execute(*now_or_then(OF_SEGMENTS, asked, filters.as_of)).fetchall()
    return {memory.id: (memory, number) for number, *columns in rows for memory in [from_row(tuple(columns))]}


def _topic(connection: Connection, number: int, filters: Filters) -> Topic | None:
    everything = Filters(filters.namespaces, as_of=filters.as_of)
    pages = [memory for memory, _ in _pages_of(connection, [number], everything).values()]
    row = connection.execute(WRITTEN, (number,)).fetchone()
    if row is None or not pages:
        return None
    texts = [page.text for page in reversed(pages[:SUMMED_UP])]
    counts: Counter[str] = sum(map(keywords, texts), Counter())
    summary, written_by = _written(row, pages) or (summary_of(texts), None)
    telling = tuple(word for word, _ in counts.most_common(SHOWN_KEYWORDS))
    is_untrusted = written_by is not None or any(page.trust < TRUST[Source.WRITTEN] for page in pages)
    first, last = pages[-1].happened_at, pages[0].happened_at
    return Topic(row[0], summary, written_by, telling, len(pages), first, last, is_untrusted)


def _written(row: tuple[Any, ...], pages: list[Memory]) -> tuple[str, str] | None:
    """A model's summary, as long as every page it was written from is there and unchanged."""
    _, summary, written_by, written_from = row
    if not summary or not written_by or not written_from:
        return None
    states = {page.id: microseconds(page.updated_at) for page in pages}
    current = all(states.get(page_id) == at for page_id, at in json.loads(written_from).items())
    return (summary, written_by) if current else None


def neighbours(connection: Connection, memory: Memory, filters: Filters) -> tuple[str | None, str | None]:
    """The ids of what was said before and after a memory in its conversation, as far as it may be seen."""
    if memory.conversation is None:
        return None, None
    asked = {
        **seen(filters.namespaces, now()),
        "namespace": memory.namespace,
        "conversation": memory.conversation,
        "happened_at": microseconds(memory.happened_at),
        "id": memory.id,
    }
    statements = (BEFORE, AFTER) if filters.as_of is None else (BEFORE_THEN, AFTER_THEN)
    before, after = (
        connection.execute(*now_or_then(statement, asked, filters.as_of)).fetchone() for statement in statements
    )
    return (before[0] if before else None), (after[0] if after else None)
