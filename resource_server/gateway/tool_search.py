"""Search over tools, by words and by meaning, with a reason for each hit: for whoever cannot carry a hundred schemas.

An index is of the very tools that one caller may use, so that no other tool weighs on what they find.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock

import numpy as np

from resource_server.gateway.listing import Definition
from resource_server.gateway.pins import Pin
from resource_server.gateway.tool_words import Matches, Place, Words, words_of_tool
from resource_server.memory.embeddings import Embedder, Vectors
from resource_server.memory.ranking import UNRELATED, Ranked, fuse

INDEXES_KEPT, VECTORS_KEPT = 64, 20_000
EMBEDDED = 600
"""Characters of a description that its vector is made of."""

PATIENCE_SECONDS = 2.0
"""So long a search waits for vectors that are being made; then words decide alone, and the next search has both."""

NEAR = 0.3
"""Cosine from which on nearness is worth a word beside words that match."""


@dataclass(frozen=True)
class FindableTool:
    """A tool under the name it is called by; `server` and `pin` are empty for one of our own."""

    name: str
    server: str
    definition: Definition = field(repr=False)
    pin: Pin = ("", "")

    @property
    def own_name(self) -> str:
        """Without the server's before it."""
        return self.name.removeprefix(f"{self.server}__") if self.server else self.name

    @property
    def text(self) -> str:
        """What its vector is made of."""
        said = (self.definition.get("title"), self.definition.get("description"))
        words = " ".join(self.name.replace("_", " ").replace("-", " ").split())
        return ". ".join([words, *(one[:EMBEDDED] for one in said if isinstance(one, str) and one)])


@dataclass(frozen=True)
class ToolHit:
    """A tool that was found: score, its parts by words and by meaning, all 0 to 1, and why."""

    tool: FindableTool
    score: float
    words: float
    meaning: float
    reason: str


@dataclass(frozen=True)
class ToolIndex:
    """Tools that are searched together, in the order in which equals are shown."""

    tools: tuple[FindableTool, ...]

    @cached_property
    def words(self) -> Words:
        """Counted with the first search."""
        return Words.of([words_of_tool(one.own_name, one.server, one.definition) for one in self.tools])

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """What each tool's vector is made of."""
        return tuple(tool.text for tool in self.tools)

    def found(self, query: str, nearness: Sequence[float], limit: int, server: str | None = None) -> list[ToolHit]:
        """The best, of one server where it is named; `nearness` is each tool's cosine, or empty where none is known."""
        scores = self.words.scores(query)
        rows = [row for row, tool in enumerate(self.tools) if server in (None, tool.server)]
        # Of equal tools the first is shown first: fuse puts the larger number before the smaller.
        last = len(self.tools)
        cosine = {last - row: nearness[row] for row in rows if nearness}
        ranked = fuse({last - row: (scores[row], scores[row]) for row in rows if row in scores}, cosine)
        return [self._hit(last - one.row, one, query) for one in ranked[:limit]]

    def _hit(self, row: int, ranked: Ranked, query: str) -> ToolHit:
        reason = reason_of(self.words.matches(row, query), ranked.meaning)
        return ToolHit(self.tools[row], ranked.score, ranked.words, ranked.meaning, reason)


class ToolSearch:
    """Indexes and vectors that were made before: what a server says of its tools seldom changes.

    Thread-safe. `embedder` may be one that embeds nothing: then words decide alone.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._lock, self._making = Lock(), Lock()
        self._indexes: OrderedDict[str, ToolIndex] = OrderedDict()
        self._vectors: OrderedDict[tuple[str, str], Vectors] = OrderedDict()

    def index_of(self, owner: str, tools: Sequence[FindableTool]) -> ToolIndex:
        """The index of exactly these tools; `owner` is whose they were the last time."""
        wanted = tuple(tools)
        with self._lock:
            known = self._indexes.get(owner)
            if known is None or known.tools != wanted:
                known = next((one for one in self._indexes.values() if one.tools == wanted), ToolIndex(wanted))
            self._indexes[owner] = known
            self._indexes.move_to_end(owner)
            while len(self._indexes) > INDEXES_KEPT:
                self._indexes.popitem(last=False)
        return known

    def nearness(self, index: ToolIndex, query: str) -> list[float]:
        """The cosine of the query with each tool; empty where nothing embeds. May wait for an endpoint."""
        asked = self._embedder.embed([query]) if index.tools else None
        rows = self._rows(index.texts) if asked is not None else None
        if asked is None or rows is None or len(rows[0]) != len(asked[0]):
            return []
        near: list[float] = (np.stack(rows) @ asked[0]).tolist()
        return near

    def _rows(self, texts: Sequence[str]) -> list[Vectors] | None:
        """The vector of each text; None while some cannot be made, or are being made for somebody else."""
        if not self._making.acquire(timeout=PATIENCE_SECONDS):
            return None
        try:
            name = self._embedder.name
            missing = list(dict.fromkeys(text for text in texts if (name, text) not in self._vectors))
            made = self._embedder.embed(missing) if missing else ()
            if made is None:
                return None
            self._vectors.update(((name, text), row) for text, row in zip(missing, made, strict=True))
            rows = [self._vectors[name, text] for text in texts]
            while len(self._vectors) > VECTORS_KEPT:
                self._vectors.popitem(last=False)
            return rows
        finally:
            self._making.release()


def reason_of(matches: Matches, meaning: float) -> str:
    """In words of ours and of the query alone: nothing a server wrote becomes part of the sentence."""
    parts = [
        f"{', '.join(f'“{word}”' for word in matches[place])} in the {place}" for place in Place if place in matches
    ]
    if meaning >= (NEAR if parts else UNRELATED):
        parts.append(f"near in meaning ({meaning:.2f})")
    return "; ".join(parts)
