"""A vault for a bench: in a folder that goes away, filled through the store, asked through the tools."""

import secrets
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio

from cli.memory_bench.questions import Asked, Question
from cli.memory_vaults import MIGRATIONS
from resource_server.context.caller import Caller
from resource_server.memory.records import Author, Draft, Memory, Signed
from resource_server.memory.store import MemoryStores, open_stores
from resource_server.settings import Settings
from resource_server.tools.registry import Registry
from resource_server.tools.topics import open_registry
from shared.authorization_details import MemoryAccess, NamespaceSet
from shared.database import open_engine
from shared.ids import new_id
from shared.master_key import KEY_BYTES, MasterKey
from shared.migrations import migrate
from shared.scopes import Scope

EVERYTHING = NamespaceSet(everything=True)
BOTH = frozenset({Scope.MEMORY_READ, Scope.MEMORY_WRITE})
MOST = 20


class ToolRefusedError(RuntimeError):
    """A tool refused what a bench asked."""


@dataclass(frozen=True)
class BenchVault:
    """One person's memories, with the registry of tools over them."""

    stores: MemoryStores
    registry: Registry
    user_id: str

    def fill(self, drafts: Iterable[Draft], app: str = "bench") -> list[Memory]:
        """Stores each, signed by `app`."""
        signed = Signed(Author(f"cli_{app}", "grt_bench", "memory_store", app), lambda: None)
        store = self.stores.of(self.user_id)
        return [store.put(draft, signed)[0] for draft in drafts]

    def call(self, tool: str, reach: NamespaceSet = EVERYTHING, **arguments: Any) -> dict[str, Any]:
        """What a tool answers to an app that reaches this far. Raises ToolRefusedError."""
        return anyio.run(self._answer, tool, reach, arguments)

    def ask(self, questions: Sequence[Question], name_in: str) -> list[Asked]:
        """Every question by `memory_search`; memories are known by this entry of their metadata."""
        return anyio.run(self._ask_all, questions, name_in)

    async def _ask_all(self, questions: Sequence[Question], name_in: str) -> list[Asked]:
        return [await self._ask(question, name_in) for question in questions]

    async def _ask(self, question: Question, name_in: str) -> Asked:
        start = time.perf_counter()
        arguments = {"query": question.text, "limit": MOST, **question.arguments}
        answer = await self._answer("memory_search", EVERYTHING, arguments)
        taken = (time.perf_counter() - start) * 1000
        return Asked(question, tuple(str(hit["metadata"].get(name_in)) for hit in answer["results"]), taken)

    async def _answer(self, tool: str, reach: NamespaceSet, arguments: dict[str, Any]) -> dict[str, Any]:
        access = MemoryAccess(reach, reach)
        caller = Caller(self.user_id, "cli_bench", "grt_bench", BOTH, access, lambda: None, "bench")
        result = await self.registry.call(tool, arguments, caller)
        if result.is_error:
            raise ToolRefusedError(f"{tool}: {result.content}")
        content: dict[str, Any] = result.structured_content
        return content


@contextmanager
def bench_vault(settings: Settings) -> Iterator[BenchVault]:
    """An empty vault with the embedder of `settings`; nothing of the installation is touched."""
    with tempfile.TemporaryDirectory(prefix="ostiary-bench-") as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'resource.db'}")
        migrate(engine, MIGRATIONS, Path(folder))
        own = settings.model_copy(update={"data_dir": Path(folder)})
        stores = open_stores(own, engine, MasterKey(secrets.token_bytes(KEY_BYTES), "a bench"))
        try:
            yield BenchVault(stores, open_registry(stores, "https://bench.example"), new_id("usr"))
        finally:
            stores.close()
            engine.dispose()
