"""Embeds a vault anew and is killed within the second batch: `python -m tests.stores.killed_reembedder FOLDER ID`."""

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from resource_server.memory.embeddings import Vectors
from resource_server.memory.reembedding import reembed
from resource_server.memory.vault_keys import SealedKeyRing
from resource_server.memory.vault_stores import VaultStores
from resource_server.memory.vaults import Vaults
from shared.database import open_engine
from tests.stores.conftest import MASTER_KEY
from tests.stores.meanings import MeaningEmbedder


class Deadly(MeaningEmbedder):
    """The second time it is asked, the process dies."""

    asked = 0

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors, once."""
        self.asked += 1
        if self.asked == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().embed(texts)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    engine = open_engine(f"sqlite:///{folder / 'resource.db'}")
    vaults = Vaults(folder / "vaults", SealedKeyRing(engine, MASTER_KEY), 1)
    list(reembed(VaultStores(vaults, Deadly()).vault_of(sys.argv[2])))
