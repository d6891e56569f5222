"""Latency of storing and searching in one encrypted vault: `python -m bench.memory [--sizes 1000 10000 100000]`.

Everything goes through the store the server uses: SQLCipher, full sync, events, FTS5, vectors of the default embedder.
Only the filling takes a thousand memories a transaction; what is measured commits one by one.
"""

import argparse
import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

from bench.growth_picture import write_picture
from cli.memory_bench.bench_vault import EVERYTHING, BenchVault, bench_vault
from resource_server.memory.quotas import DEFAULT_QUOTAS
from resource_server.memory.records import Author, Draft, Filters, Signed
from resource_server.memory.store import MemoryStore
from resource_server.memory.storing import Storing
from resource_server.memory.vault import Connection
from resource_server.memory.vault_access import Embedded
from resource_server.settings import Settings

SIGNED = Signed(Author("cli_bench", "grt_bench", "memory_store", "bench"), lambda: None)
SEARCHES = 200
STORES = 500
AT_ONCE = 1_000
SYLLABLES = ("ka", "lo", "mi", "ren", "tus", "var", "so", "pel", "din", "gor", "ha", "qui", "nes", "bor", "ta", "wel")
EVERYDAY = ("meeting", "coffee", "project", "train", "doctor", "garden", "music", "deadline", "sister", "holiday")


@dataclass(frozen=True)
class Latency:
    """Of one kind of call in a vault of `memories`: median, 95th percentile and worst, in milliseconds."""

    memories: int
    call: str
    p50: float
    p95: float
    most: float


def main() -> None:
    """Prints one line a size and kind of call."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--embedder", choices=("wordllama", "none"), default="wordllama")
    parser.add_argument("--picture", type=Path, help="an SVG file of how latencies grow")
    chosen = parser.parse_args()
    print(f"{'memories':>9} {'call':<22} {'p50 ms':>8} {'p95 ms':>8} {'max ms':>8}")
    measured = []
    for size in chosen.sizes:
        with bench_vault(Settings(embedder=chosen.embedder)) as vault:
            for one in latencies(vault, size):
                print(f"{one.memories:>9} {one.call:<22} {one.p50:>8.2f} {one.p95:>8.2f} {one.most:>8.2f}", flush=True)
                measured.append(one)
    if chosen.picture:
        write_picture(chosen.picture, [(one.call, one.memories, one.p95) for one in measured])


def latencies(bench: BenchVault, size: int) -> Iterator[Latency]:
    """Fills one vault to `size` memories and times stores, searches of three kinds, and lists."""
    store, words = bench.stores.of(bench.user_id), Words(random.Random(7))
    fill(bench, size - STORES, words)
    yield timed(size, "store", STORES, lambda: store.put(draft(words), SIGNED))
    yield timed(size, "first search", 0, lambda: search(store, words.sentence(3, everyday=0)))
    yield timed(size, "search, rare words", SEARCHES, lambda: search(store, words.sentence(3, everyday=0)))
    yield timed(size, "search, common words", SEARCHES, lambda: search(store, words.sentence(6, everyday=6)))
    yield timed(size, "search, both", SEARCHES, lambda: search(store, words.sentence(8, everyday=4)))
    yield timed(size, "store, then search", SEARCHES, lambda: stored_and_searched(store, words))
    yield timed(size, "list", SEARCHES, lambda: store.page(Filters(EVERYTHING), None, 20))


def fill(bench: BenchVault, count: int, words: "Words") -> None:
    """Stores so many, a thousand a transaction."""
    vault = bench.stores.vault_of(bench.user_id)
    drafts = (draft(words) for _ in range(count))
    while some := list(islice(drafts, AT_ONCE)):
        vault.written(SIGNED, partial(_store_all, some, vault.embedded_all([(one.key, one.text) for one in some])))


def _store_all(drafts: Sequence[Draft], embedded: Sequence[Embedded], connection: Connection) -> None:
    for one, vector in zip(drafts, embedded, strict=True):
        Storing(connection, one, vector, SIGNED.author, DEFAULT_QUOTAS).store()


def stored_and_searched(store: MemoryStore, words: "Words") -> None:
    """What is held in memory has to be brought up to date first."""
    store.put(draft(words), SIGNED)
    search(store, words.sentence(8, everyday=4))


def search(store: MemoryStore, query: str) -> None:
    """One search over everything."""
    store.search(query, Filters(EVERYTHING), 10)


def draft(words: "Words") -> Draft:
    """A memory of about two sentences."""
    return Draft("personal", words.sentence(24, everyday=8), tags=(words.word(),))


def timed(size: int, call: str, times: int, work: Callable[[], object]) -> Latency:
    """So many calls, after a first one that is not counted; that one itself where `times` is 0."""
    taken = [_milliseconds(work)]
    if times:
        taken = [_milliseconds(work) for _ in range(times)]
    p95 = statistics.quantiles(taken, n=20)[18] if times else taken[0]
    return Latency(size, call, statistics.median(taken), p95, max(taken))


def _milliseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


class Words:
    """Sentences with few very common words and many rare ones, the same in every run."""

    def __init__(self, source: random.Random) -> None:
        self._source = source

    def word(self) -> str:
        """One of about 65,000."""
        return "".join(self._source.choices(SYLLABLES, k=4))

    def sentence(self, length: int, everyday: int) -> str:
        """`length` words, `everyday` of them common."""
        chosen = self._source.choices(EVERYDAY, k=everyday) + [self.word() for _ in range(length - everyday)]
        self._source.shuffle(chosen)
        return " ".join(chosen)


if __name__ == "__main__":
    main()
