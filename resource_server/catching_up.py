"""What vaults lack is made in the background.

Vectors, after the embedder was changed or while it did not answer; and what old memories say, after an upgrade.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import anyio
import structlog

from resource_server.memory.records import StoreBusyError
from resource_server.memory.reembedding import EmbedderSilentError, reembed, waiting
from resource_server.memory.restating import note_old
from resource_server.memory.store import MemoryStores

PAUSE = 5.0
"""Seconds between looks at the vaults that were opened or written without vectors."""

TOLD_EACH = 2000
"""After how many memories the log says how far it is."""

log = structlog.get_logger(__name__)


@dataclass
class CatchingUp:
    """One vault after another, a batch at a time in a thread, so that a server that ends waits for one batch at most.

    What is broken off goes on at the next look, or when the vault is opened again.
    """

    stores: MemoryStores

    async def run(self) -> None:
        """Works for ever."""
        while True:
            for user_id in self.stores.unembedded.taken():
                await self.catch_up(user_id)
            await anyio.sleep(PAUSE)

    async def catch_up(self, user_id: str) -> None:
        """Makes what one vault lacks; what fails is looked at again."""
        batches = self._batches(user_id)
        try:
            while await anyio.to_thread.run_sync(next, batches, None):
                pass
        except (EmbedderSilentError, StoreBusyError) as cause:
            self.stores.unembedded.add(user_id)
            log.info("vectors wait", user_id=user_id, cause=type(cause).__name__)
        except Exception as cause:
            log.warning("vectors failed", user_id=user_id, cause=type(cause).__name__)

    def _batches(self, user_id: str) -> Iterator[int]:
        vault = self.stores.any_vault(user_id)
        if not vault.exists:
            return
        yield from note_old(vault)
        total = vault.read(lambda connection: waiting(connection, vault.embedder.name))
        done = told = 0
        for count in reembed(vault):
            done += count
            if done - told >= TOLD_EACH or done >= total:
                told = done
                log.info("embedding", user_id=user_id, done=done, total=total, embedder=vault.embedder.name)
            yield count
