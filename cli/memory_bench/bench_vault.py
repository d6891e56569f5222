"""A vault for a bench: in a folder that goes away, filled through the store, asked through the tools."""

import secrets
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from anyio.from_thread import BlockingPortal, start_blocking_portal

from cli.memory_bench.questions import Asked, Question
from cli.memory_vaults import MIGRATIONS
from resource_server.context.caller import Caller
from resource_server.memory.embedders.opening import open_embedder
from resource_server.memory.ledger import Entry
from resource_server.memory.readings import Readings
from resource_server.memory.records import Author, Draft, Memory, Signed
from resource_server.memory.sharing.membership import Memberships
from resource_server.memory.vault_access import VaultAccess
from resource_server.memory.vault_keys import KeyRing, SealedKeyRing
from resource_server.memory.vault_stores import VaultStores
from resource_server.memory.vaults import Vaults
from resource_server.settings import Settings
from resource_server.tools.registry import Registry
from resource_server.tools.topics import open_registry
from shared.authorization_details import MemoryAccess, NamespaceSet
from shared.database import open_engine
from shared.ids import new_id
from shared.master_key import KEY_BYTES, MasterKey
from shared.migrations import migrate
from shared.scopes import Scope
from shared.tool_sets import EVERY

EVERYTHING = NamespaceSet(everything=True)
BOTH = frozenset({Scope.MEMORY_READ, Scope.MEMORY_WRITE})
MOST = 20
ORIGIN = "https://bench.example"


class ToolRefusedError(RuntimeError):
    """A tool refused what a bench asked."""


class Unnoted(Readings):
    """Lets go of what was read: a question must not move the answers to those after it."""

    def note(self, vault: VaultAccess, entry: Entry) -> None:
        """Does nothing."""


@dataclass(frozen=True)
class BenchVault:
    """One person's memories, with the registry of tools over them, as one app sees them."""

    stores: VaultStores
    registry: Registry
    portal: BlockingPortal
    user_id: str
    app: str = "bench"
    reach: NamespaceSet = EVERYTHING

    @property
    def embedder(self) -> str:
        """What makes its vectors."""
        return self.stores.embedder.name

    def by(self, app: str) -> "BenchVault":
        """The same memories, for another app."""
        return replace(self, app=app)

    def within(self, *namespaces: str) -> "BenchVault":
        """The same memories, for an app that reaches no further than this."""
        return replace(self, reach=NamespaceSet.of(*namespaces))

    def of_somebody_else(self) -> "BenchVault":
        """Another person, who has no memories yet."""
        return replace(self, user_id=new_id("usr"))

    def fill(self, drafts: Iterable[Draft]) -> list[Memory]:
        """Stores each, signed by the app."""
        signed = Signed(Author(self._client_id, "grt_bench", "memory_store", self.app), lambda: None)
        store = self.stores.of(self.user_id)
        return [store.put(draft, signed)[0] for draft in drafts]

    def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """What a tool answers. Raises ToolRefusedError."""
        return self.portal.call(self._answer, tool, arguments)

    def ask(self, questions: Sequence[Question]) -> list[Asked]:
        """Every question by `memory_search`; the first one twice, for what it loads belongs to no question."""
        return self.portal.call(self._ask_all, questions)

    @property
    def _client_id(self) -> str:
        return f"cli_{self.app}"

    async def _ask_all(self, questions: Sequence[Question]) -> list[Asked]:
        for question in questions[:1]:
            await self._ask(question)
        return [await self._ask(question) for question in questions]

    async def _ask(self, question: Question) -> Asked:
        start = time.perf_counter()
        arguments = {"query": question.text, "limit": MOST, **question.arguments}
        answer = await self._answer("memory_search", arguments)
        taken = (time.perf_counter() - start) * 1000
        return Asked(question, tuple(answer["results"]), taken)

    async def _answer(self, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        access = MemoryAccess(self.reach, self.reach, EVERY)
        caller = Caller(self.user_id, self._client_id, "grt_bench", BOTH, access, lambda: None, self.app)
        result = await self.registry.call(tool, arguments, caller)
        if result.is_error:
            raise ToolRefusedError(f"{tool}: {' '.join(part.text for part in result.content if part.type == 'text')}")
        content: dict[str, Any] = result.structured_content
        return content


@contextmanager
def bench_vault(settings: Settings) -> Iterator[BenchVault]:
    """An empty vault with the embedder of `settings`; nothing of the installation is touched."""
    with tempfile.TemporaryDirectory(prefix="ostiary-bench-") as name:
        folder = Path(name)
        engine = open_engine(f"sqlite:///{folder / 'resource.db'}")
        migrate(engine, MIGRATIONS, folder)
        keys = SealedKeyRing(engine, MasterKey(secrets.token_bytes(KEY_BYTES), "a bench"))
        with opened(settings, folder, keys, Memberships(engine), new_id("usr")) as vault:
            yield vault
        engine.dispose()


@contextmanager
def opened(
    settings: Settings, folder: Path, keys: KeyRing, memberships: Memberships, user_id: str
) -> Iterator[BenchVault]:
    """One of the vaults of a folder, in which no reading leaves a trace."""
    vaults = Vaults(folder, keys, settings.open_vaults, settings.search_memory * 1024 * 1024)
    stores = VaultStores(vaults, open_embedder(settings), memberships=memberships, readings=Unnoted())
    try:
        with start_blocking_portal() as portal:
            yield BenchVault(stores, open_registry(stores, ORIGIN), portal, user_id)
    finally:
        stores.close()
