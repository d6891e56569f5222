"""Latency of storing and searching in one encrypted vault: `python -m bench.memory [--sizes 1000 10000]`.

Everything goes through the store the server uses: SQLCipher, full sync, events, FTS5, vectors of the default embedder.
"""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sqlmodel import SQLModel

from resource_server.memory.records import Author, Draft, Filters, Signed
from resource_server.memory.store import MemoryStore, open_stores
from resource_server.settings import Settings
from shared.authorization_details import NamespaceSet
from shared.database import open_engine
from shared.ids import new_id
from shared.master_key import MasterKey

EVERYTHING = NamespaceSet(everything=True)
SIGNED = Signed(Author("cli_bench", "grt_bench", "memory_store", "bench"), lambda: None)
SEARCHES = 200
MEASURED_STORES = 500
SYLLABLES = ("ka", "lo", "mi", "ren", "tus", "var", "so", "pel", "din", "gor", "ha", "qui", "nes", "bor", "ta", "wel")
EVERYDAY = ("meeting", "coffee", "project", "train", "doctor", "garden", "music", "deadline", "sister", "holiday")


def main() -> None:
    """Prints one line a size and kind of call."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--embedder", choices=("wordllama", "none"), default="wordllama")
    chosen = parser.parse_args()
    print(f"{'memories':>9} {'call':<22} {'p50 ms':>8} {'p95 ms':>8} {'max ms':>8}")
    for size in chosen.sizes:
        with tempfile.TemporaryDirectory() as folder:
            measure(Path(folder), size, chosen.embedder)


def measure(folder: Path, size: int, embedder: str) -> None:
    """Fills one vault to `size` memories and times the last stores, then searches of three kinds."""
    engine = open_engine(f"sqlite:///{folder / 'resource.db'}")
    SQLModel.metadata.create_all(engine, tables=[SQLModel.metadata.tables["vault_keys"]])
    stores = open_stores(Settings(data_dir=folder, embedder=embedder), engine, MasterKey(bytes(32), "bench"))
    store, words = stores.of(new_id("usr")), Words(random.Random(7))
    for _ in range(size - MEASURED_STORES):
        store.put(draft(words), SIGNED)
    report(size, "store", MEASURED_STORES, lambda: store.put(draft(words), SIGNED))
    report(size, "search, rare words", SEARCHES, lambda: search(store, words.sentence(3, everyday=0)))
    report(size, "search, common words", SEARCHES, lambda: search(store, words.sentence(6, everyday=6)))
    report(size, "list", SEARCHES, lambda: store.page(Filters(EVERYTHING), None, 20))
    print(f"{'':>9} {sum(path.stat().st_size for path in folder.rglob('*') if path.is_file()) / 1e6:.1f} MB on disk")
    stores.close()
    engine.dispose()


def search(store: MemoryStore, query: str) -> None:
    """One search over everything."""
    store.search(query, Filters(EVERYTHING), 10)


def draft(words: "Words") -> Draft:
    """A memory of about two sentences."""
    return Draft("personal", words.sentence(24, everyday=8), tags=(words.word(),))


def report(size: int, call: str, times: int, work: Callable[[], object]) -> None:
    """One line: median, 95th percentile and worst of `times` calls, after a first one that is not counted."""
    work()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append((time.perf_counter() - start) * 1000)
    p95 = statistics.quantiles(taken, n=20)[18]
    print(f"{size:>9} {call:<22} {statistics.median(taken):>8.2f} {p95:>8.2f} {max(taken):>8.2f}")


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
