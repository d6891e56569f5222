"""Which rows hold the common words of a vault, in memory: reading such a word from disk takes longer than all else.

A list is brought up to date when its word is asked for, by the rows that changed since it was read.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Lock

import numpy as np
from numpy.typing import NDArray

MOST = 2_000_000
"""How many occurrences are held for one vault, at eight bytes."""

MOST_CHANGED = 40
"""After so many changes a list is read anew."""

Rows = NDArray[np.int32]
Weights = NDArray[np.float32]
Word = tuple[int, str]
"""The number of a namespace, and a word."""

Read = Callable[[Sequence[int] | None], tuple[Rows, Weights]]
"""What the database says of a word, for some rows or all: ascending rows, and the weights of the fields it is in."""

Changed = Callable[[int], list[int] | None]
"""The rows that changed since a change, if that is still known."""


@dataclass(frozen=True)
class Held:
    """One word's occurrences, as they were after the change with this number."""

    sequence: int
    rows: Rows
    weights: Weights


@dataclass
class HeldPostings:
    """The words asked for last, as many as MOST has room for."""

    _held: OrderedDict[Word, Held] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)
    _count: int = 0

    @property
    def size(self) -> int:
        """Bytes taken."""
        return 8 * self._count

    def of(self, word: Word, sequence: int, changed: Changed, read: Read) -> tuple[Rows, Weights]:
        """The occurrences of a word after the change with this number, or a later one."""
        with self._lock:
            held = self._held.get(word)
        if held is None or held.sequence < sequence:
            held = Held(sequence, *_brought_up(held, changed, read))
            self._keep(word, held)
        return held.rows, held.weights

    def _keep(self, word: Word, held: Held) -> None:
        with self._lock:
            before = self._held.pop(word, None)
            self._held[word] = held
            self._count += len(held.rows) - (len(before.rows) if before else 0)
            while self._count > MOST:
                self._count -= len(self._held.popitem(last=False)[1].rows)


def _brought_up(held: Held | None, changed: Changed, read: Read) -> tuple[Rows, Weights]:
    rows = changed(held.sequence) if held else None
    if held is None or rows is None or len(rows) > MOST_CHANGED:
        return read(None)
    stays = ~np.isin(held.rows, rows)
    new_rows, new_weights = read(rows)
    together = np.concatenate([held.rows[stays], new_rows])
    order = np.argsort(together, kind="stable")
    return together[order], np.concatenate([held.weights[stays], new_weights])[order]
