"""The narrow index of a vault as arrays in memory, so that a search neither decrypts nor reads it row by row.

An array has a place for each row number, so that a row is found without looking. What a search takes from here are
candidates only: the database itself confirms them.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resource_server.memory.embeddings import Vectors, bits_of
from resource_server.memory.held_postings import HeldPostings
from resource_server.memory.held_vectors import HeldVectors

Connection = Any
TEXT_BYTES = 100
"""What Python takes for a text in a dictionary, beside its letters."""

BITS = 64
NEVER = np.iinfo(np.int64).max
CODED = ("kind", "client_id", "client_name", "conversation", "tags")
NUMBERS: Mapping[str, Any] = {
    "namespace": np.int16,  # its number; 0 where there is no findable memory
    "expires_at": np.int64,
    "happened_at": np.int64,
    "length": np.int32,
}
READ = ("number", "expires_at", "happened_at", "length", *CODED)
FETCH = f"""
    SELECT json_group_array(row), {", ".join(f"json_group_array({name})" for name in READ)}
    FROM memory_index JOIN namespaces USING (namespace)
"""  # noqa: S608 (constants)
FETCH_BITS = """
    SELECT json_group_array(row), group_concat(hex(bits), '') FROM memory_index
    WHERE embedder = (SELECT number FROM embedders WHERE name = :embedder)
"""
FETCH_VECTORS = """
    SELECT row, vector FROM memory_vectors JOIN memory_index USING (row)
    WHERE embedder = (SELECT number FROM embedders WHERE name = :embedder)
"""
ONLY = "row IN (SELECT value FROM json_each(:rows))"

Mask = NDArray[np.bool_]
Rows = NDArray[np.int64]
Sizes = tuple[NDArray[np.int64], NDArray[np.float64]]


@dataclass
class Columns:
    """The arrays, filled up to what `embedder` made; other embedders' rows are found by words alone.

    `sequence` is the last change that is in them. `codes` gives the number by which an array holds a text. `counts` is
    how many memories of a namespace hold a word, and how many there were when that was counted. `vectors` is None
    where there is no room for them.
    """

    embedder: str
    room: int
    sequence: int = 0
    numbers: dict[str, NDArray[Any]] = field(default_factory=dict)
    codes: dict[str, dict[str | None, int]] = field(default_factory=lambda: {name: {} for name in CODED})
    bits: NDArray[np.uint64] = field(default_factory=lambda: np.zeros((0, 0), np.uint64))
    has_bits: Mask = field(default_factory=lambda: np.zeros(0, np.bool_))
    counts: dict[tuple[int, str], tuple[int, int]] = field(default_factory=dict)
    postings: HeldPostings = field(default_factory=HeldPostings)
    vectors: HeldVectors | None = None
    text_size: int = 0
    _sizes: Sizes | None = None

    def __post_init__(self) -> None:
        """Empty places for `room` rows."""
        self.numbers = {name: np.zeros(self.room, kind) for name, kind in NUMBERS.items()}
        self.numbers |= {name: np.zeros(self.room, np.int32) for name in CODED}
        self.bits, self.has_bits = np.zeros((0, self.room), np.uint64), np.zeros(self.room, np.bool_)

    @property
    def size(self) -> int:
        """Bytes taken."""
        arrays = sum(array.nbytes for array in (*self.numbers.values(), self.bits, self.has_bits))
        return self.text_size + arrays + self.postings.size + (self.vectors.size if self.vectors else 0)

    @property
    def too_far(self) -> int:
        """A distance that no two vectors have."""
        return BITS * len(self.bits) + 1

    def sizes(self) -> Sizes:
        """How many memories each namespace holds, and how many words, by its number."""
        if self._sizes is None:
            self._sizes = self._counted(slice(None), 0)
        return self._sizes

    def fill(self, connection: Connection, rows: Iterable[int] | None = None) -> None:
        """Takes these rows, or all, as the snapshot of `connection` has them; what is gone from there is emptied."""
        parameters = {"embedder": self.embedder}
        wanted = None if rows is None else list(rows)
        before = self._sizes and self._counted(wanted, len(self._sizes[0]))
        if wanted is not None:
            self.numbers["namespace"][wanted], self.has_bits[wanted] = 0, False
            parameters["rows"] = json.dumps(wanted)
        where, also = ("", "") if wanted is None else (f" WHERE {ONLY}", f" AND {ONLY}")
        self._take(connection.execute(FETCH + where, parameters).fetchone())
        self._recount(wanted, before)
        self._take_bits(*connection.execute(FETCH_BITS + also, parameters).fetchone())
        if self.vectors is not None:
            self.vectors.take(connection.execute(FETCH_VECTORS + also, parameters))

    def hold_vectors(self, connection: Connection, room: int) -> None:
        """Takes the vectors themselves, if these arrays with them fit into so many bytes."""
        if self.size + HeldVectors.size_of(self.room, BITS * len(self.bits)) <= room:
            self.vectors = HeldVectors(self.room)
            self.vectors.take(connection.execute(FETCH_VECTORS, {"embedder": self.embedder}))

    def distances(self, vector: Vectors) -> NDArray[np.uint16]:
        """In how many signs each row differs from `vector`; in `too_far` where there is nothing to compare."""
        asked, bits = _padded(bits_of(vector), 1)[:, 0], self.bits
        far = np.zeros(self.room, np.uint16)
        if len(asked) != len(bits):
            return far + np.uint16(self.too_far)
        for dimension, signs in zip(bits, asked, strict=True):
            far += np.bitwise_count(dimension ^ signs)
        far[~self.has_bits] = self.too_far
        return far

    def _counted(self, rows: Any, least: int) -> Sizes:
        namespace, length = self.numbers["namespace"][rows], self.numbers["length"][rows]
        words = np.bincount(namespace, weights=length, minlength=least)
        return np.bincount(namespace, minlength=least).astype(np.int64), words.astype(np.float64)

    def _recount(self, rows: list[int] | None, before: Sizes | None) -> None:
        """Sizes follow the rows that changed: to count all of them takes longer than the rest of a search."""
        if self._sizes is None or rows is None or before is None:
            self._sizes = None
            return
        after = self._counted(rows, len(before[0]))
        more = len(after[0]) - len(before[0])
        memories, words = (np.pad(old - gone, (0, more)) for old, gone in zip(self._sizes, before, strict=True))
        self._sizes = memories + after[0], words + after[1]

    def _take(self, found: tuple[str, ...]) -> None:
        rows, numbers, expiries, instants, lengths, *texts = (json.loads(column) for column in found)
        values: dict[str, list[int]] = {
            "namespace": numbers,
            "expires_at": [NEVER if one is None else one for one in expiries],
            "happened_at": instants,
            "length": lengths,
        }
        values |= {name: self._coded(name, column) for name, column in zip(CODED, texts, strict=True)}
        for name, column in values.items():
            self.numbers[name][rows] = column

    def _coded(self, name: str, texts: list[str | None]) -> list[int]:
        codes = self.codes[name]
        for text in dict.fromkeys(text for text in texts if text not in codes):
            codes[text] = len(codes)
            self.text_size += len(text or "") + TEXT_BYTES
        return [codes[text] for text in texts]

    def _take_bits(self, found: str, signs: str | None) -> None:
        rows = json.loads(found)
        if not rows or not signs:
            return
        taken = _padded(bytes.fromhex(signs), len(rows))
        if len(self.bits) == 0:
            self.bits = np.zeros((len(taken), self.room), np.uint64)
        self.bits[:, rows] = taken
        self.has_bits[rows] = True


def _padded(signs: bytes, count: int) -> NDArray[np.uint64]:
    """`count` vectors' signs, as columns of whole 64-bit words."""
    each = np.frombuffer(signs, np.uint8).reshape(count, -1)
    width = -(-each.shape[1] // 8) * 8
    whole = np.zeros((count, width), np.uint8)
    whole[:, : each.shape[1]] = each
    return np.ascontiguousarray(whole.view(np.uint64).T)
