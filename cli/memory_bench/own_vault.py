"""A person's own memory for a bench: asked in a copy, so that no question leaves a trace in what they keep."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cli.auth_database import auth_database
from cli.failures import load, stop
from cli.memory_bench.bench_vault import BenchVault, opened
from cli.memory_person import account_ids
from cli.memory_vaults import opened_stores
from cli.options import DataDir
from resource_server.memory.records import StoreBusyError
from resource_server.memory.sharing.membership import Memberships
from resource_server.memory.store import MemoryStores
from resource_server.memory.vault_copies import NoRoomError
from resource_server.memory.vault_keys import RAW_KEY_BYTES, SALT_BYTES, KeyRing, SealedKeyRing
from resource_server.settings import Settings


@dataclass(frozen=True)
class KeysOfCopies:
    """The keys of the vaults that were copied; one that was never made gets none in the installation either."""

    keys: KeyRing

    def key_of(self, user_id: str, *, may_create: bool) -> bytes:
        """As the installation has it, or one for the moment. Raises VaultLockedError."""
        return os.urandom(RAW_KEY_BYTES + SALT_BYTES) if may_create else self.keys.key_of(user_id, may_create=False)


@contextmanager
def copied_vault(user: str, data_dir: DataDir) -> Iterator[BenchVault]:
    """A snapshot of what one person has and shares, encrypted as it is; it goes away. Ends the command without one."""
    [user_id] = account_ids([user], data_dir)
    with auth_database(data_dir) as database:
        master_key = database.master_key
    with (
        tempfile.TemporaryDirectory(prefix="ostiary-bench-") as folder,
        opened_stores(master_key) as (engine, stores),
    ):
        _copy(stores, user, user_id, Path(folder))
        keys = KeysOfCopies(SealedKeyRing(engine, master_key))
        with opened(load(Settings), Path(folder), keys, Memberships(engine), user_id) as copies:
            yield copies


def _copy(stores: MemoryStores, user: str, user_id: str, folder: Path) -> None:
    places = stores.places_of(user_id)
    vaults = [place.vault for place in (places.own, *places.shared) if place.vault.exists]
    if not vaults:
        stop(f"{user} has no vault here yet: nothing was ever stored")
    try:
        for vault in vaults:
            with vault.vaults.lend(vault.user_id) as lent:
                lent.copy_to(folder / f"{vault.user_id}.db")
    except (NoRoomError, StoreBusyError) as wrong:
        stop(str(wrong) or "another process keeps the vault locked; try again")
