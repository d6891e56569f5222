"""The end of a person's vault: its key first, then everything that is open, then its files, then word of it."""

from collections.abc import Callable
from dataclasses import dataclass, field

import anyio
import structlog
from sqlalchemy import Engine

from resource_server.authorization.auth_client import AuthClient, Erasure
from resource_server.authorization.errors import UnavailableError
from resource_server.memory.records import StoreBusyError
from resource_server.memory.sharing.managing import Sharing
from resource_server.memory.store import MemoryStores
from resource_server.memory.vault_keys import Facts, destroy_key
from resource_server.sessions import Sessions

PAUSE = 2.0
"""Seconds before what did not succeed is tried again."""

log = structlog.get_logger(__name__)


@dataclass
class Eraser:
    """Does what the change feed asks, one person after another, until the authorization server has heard of it.

    `forget` are those that keep something of people beside memories.

    Every step may be done again: after a crash, in another process that has the vault open, on a database that was
    taken back. The tombstone in the database keeps what was destroyed, and lets nobody make the vault anew.
    """

    engine: Engine = field(repr=False)
    stores: MemoryStores
    sessions: Sessions
    client: AuthClient
    forget: tuple[Callable[[str], None], ...] = ()
    _wanted: dict[str, Erasure] = field(default_factory=dict)
    _news: anyio.Event = field(default_factory=anyio.Event)

    def want(self, erasures: tuple[Erasure, ...]) -> None:
        """What is to be erased; called on the event loop, and it does not wait."""
        self._wanted.update((erasure.id, erasure) for erasure in erasures)
        if erasures:
            self._news.set()

    async def run(self) -> None:
        """Works for ever."""
        while True:
            await self._news.wait()
            self._news = anyio.Event()
            for erasure in tuple(self._wanted.values()):
                if await self._succeeds(erasure):
                    self._wanted.pop(erasure.id, None)
            if self._wanted:
                self._news.set()
                await anyio.sleep(PAUSE)

    async def _succeeds(self, erasure: Erasure) -> bool:
        try:
            facts = await anyio.to_thread.run_sync(self.erase, erasure.user_id)
            await self.client.acknowledge(erasure.id, facts)
        except (UnavailableError, StoreBusyError) as cause:
            log.warning("erasure waits", erasure=erasure.id, cause=type(cause).__name__)
            return False
        except Exception as cause:
            # Whatever went wrong with one person, the others' turn must come, and this one's again.
            log.error("erasure failed", erasure=erasure.id, cause=type(cause).__name__)
            return False
        log.info("erased", erasure=erasure.id)
        return True

    def erase(self, user_id: str) -> Facts:
        """Destroys the vault, and leaves what was shared to the others; the facts are those of the first time.

        Raises StoreBusyError while a vault is in use.
        """
        ended = self.sessions.end_all_of(user_id)
        for forget in self.forget:
            forget(user_id)
        size = self.stores.size_of(user_id)
        Sharing(self.engine, self.stores).leave_all(user_id)
        facts = destroy_key(self.engine, user_id, {"sessions_ended": ended, "bytes_destroyed": size})
        self.stores.erase(user_id)
        return facts
