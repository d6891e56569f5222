"""A process that writes memories and says so: what it says was acknowledged."""

import multiprocessing
import os
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from resource_server.memory.bulk_writes import BulkWrites
from resource_server.memory.embeddings import NoEmbedder
from resource_server.memory.graph.graph import Graph
from resource_server.memory.graph.records import Draft as GraphDraft
from resource_server.memory.records import Author, Draft, Filters, Memory, NamedEntity, Signed
from resource_server.memory.store import MemoryStore
from resource_server.memory.vault_keys import SealedKeyRing
from resource_server.memory.vault_stores import VaultStores
from resource_server.memory.vaults import Vaults
from shared.authorization_details import NamespaceSet
from shared.database import open_engine
from shared.master_key import MasterKey

BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)

# Processes of their own, from a server that has imported everything once: starting one takes milliseconds.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([__name__])


def start_writer(
    data: Path, user_id: str, name: str, count: int, end: Callable[[], None] | None = None
) -> tuple[BaseProcess, Connection]:
    """The process, and what it acknowledges: one word a write. `end` is how it ends, if not by closing the vault."""
    receiving, sending = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=_write, args=(sending, data, user_id, name, count, end))
    process.start()
    sending.close()
    return process, receiving


def die() -> None:
    """Ends the process on the spot: nothing is closed, nothing flushed."""
    os._exit(9)


def received(connection: Connection) -> set[str]:
    """Everything said until the process ended."""
    words = set()
    while True:
        try:
            words.add(connection.recv())
        except (EOFError, OSError):  # OSError where the kill cut a word in two
            return words


def _write(
    sending: Connection, data: Path, user_id: str, name: str, count: int, end: Callable[[], None] | None
) -> None:
    engine = open_engine(f"sqlite:///{data}/resource.db")
    keys = SealedKeyRing(engine, MasterKey(bytes(32), "a test"))
    stores = VaultStores(Vaults(data / "vaults", keys, 8), NoEmbedder())
    signed = Signed(Author("cli_1", "grt_1", "memory_store", name), lambda: None)
    for number in range(count):
        stores.of(user_id).put(Draft("work", f"{name}-{number}"), signed)
        sending.send(f"{name}-{number}")
    (end or stores.close)()


def start_busy_writer(data: Path, user_id: str, name: str) -> tuple[BaseProcess, Connection]:
    """A process that does every kind of write in turn, until it is killed; it says `kind name` after each."""
    receiving, sending = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=_write_everything, args=(sending, data, user_id, name))
    process.start()
    sending.close()
    return process, receiving


def _write_everything(sending: Connection, data: Path, user_id: str, name: str) -> None:
    engine = open_engine(f"sqlite:///{data}/resource.db")
    stores = VaultStores(
        Vaults(data / "vaults", SealedKeyRing(engine, MasterKey(bytes(32), "a test")), 8), NoEmbedder()
    )
    store, bulk, graph = stores.of(user_id), BulkWrites(stores.vault_of(user_id)), Graph(stores.vault_of(user_id))
    own, rogue = (Signed(Author(app, "grt_1", "memory_store", app), lambda: None) for app in (f"own-{name}", name))
    everything = NamespaceSet(everything=True)

    def say(kind: str, word: str) -> None:
        sending.send(f"{kind} {word}")

    for number in count():
        word = f"{name}-{number}"
        kept = store.put(Draft("work", word, word), own)[0]
        say("kept", word)
        store.put(Draft("work", word, word), own)  # the same again is merged, or replaces itself
        say("merged", word)
        graph.link(GraphDraft("work", "about"), (kept.id, NamedEntity(word)), everything, own)
        say("linked", word)
        for part in range(3):
            store.put(Draft("scratch", f"{word} part {part}", f"{word}/{part}", conversation=f"rolled-{word}"), rogue)
        bulk.roll_back(name, BEGINNING, NamespaceSet.of("scratch"), own)
        say("rolled", word)
        for part in range(3):
            store.put(Draft("heap", f"{word} part {part}", f"{word}/{part}", conversation=f"deleted-{word}"), own)
        filters = Filters(NamespaceSet.of("heap"), conversation=f"deleted-{word}")
        bulk.delete(bulk.matching(filters)[0].__contains__, filters, own)
        say("deleted", word)


def memories_in(store: MemoryStore) -> list[Memory]:
    """All live memories, page by page."""
    found: list[Memory] = []
    cursor = None
    while True:
        page = store.page(Filters(NamespaceSet(everything=True)), cursor, 50)
        found += page.memories
        cursor = page.next_cursor
        if cursor is None:
            return found
