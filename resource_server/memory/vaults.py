"""The vaults that are open now: one file a person, a bounded number at once, the least used closed first."""

import re
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Condition

from sqlcipher3 import dbapi2  # type: ignore[import-untyped]  # carries no types

from resource_server.memory.records import StoreBusyError
from resource_server.memory.search_memory import HeldIndex, SearchMemory
from resource_server.memory.unembedded import Unembedded
from resource_server.memory.vault import Vault, is_busy
from resource_server.memory.vault_copies import copies_of
from resource_server.memory.vault_keys import KeyRing
from resource_server.memory.vault_restoring import restore_vault

ERASE_PATIENCE_SECONDS = 10
SEARCH_MEMORY = 256 * 1024 * 1024
USER_ID = re.compile(r"(?:usr|cli)_[0-9a-hjkmnp-tv-z]{26}")
"""A person, a service account, or a client that acts in its own name: their ids never meet (RFC 9700 §4.15)."""


VAULT_ID = re.compile(rf"{USER_ID.pattern}|grp_[0-9a-hjkmnp-tv-z]{{26}}")
"""Whose vault: somebody's, or that of a shared namespace."""


def is_vault_id(text: str) -> bool:
    """Whether a vault may be named so."""
    return VAULT_ID.fullmatch(text) is not None


def is_user_id(text: str) -> bool:
    """Whether this is the id of somebody who has a vault."""
    return USER_ID.fullmatch(text) is not None


@dataclass
class _Lease:
    vault: Vault | None = None  # None while somebody opens it
    users: int = 0


class Vaults:
    """Lends vaults to threads. A vault in use is never closed; who finds all in use waits."""

    def __init__(self, folder: Path, keys: KeyRing, limit: int, search_memory: int = SEARCH_MEMORY) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._keys = keys
        self._limit = limit
        self._search_memory = SearchMemory(search_memory)
        self.unembedded = Unembedded()
        self._leases: OrderedDict[str, _Lease] = OrderedDict()
        self._changed = Condition()

    def exists(self, user_id: str) -> bool:
        """Whether this person ever stored something."""
        return self.path_of(user_id).exists()

    def user_ids(self) -> tuple[str, ...]:
        """Whose vaults lie in the folder, in order of id."""
        return tuple(sorted(path.stem for path in self._folder.glob("*.db") if is_user_id(path.stem)))

    def share_ids(self) -> tuple[str, ...]:
        """The shared namespaces whose vaults lie in the folder, in order of id."""
        return tuple(sorted(path.stem for path in self._folder.glob("grp_*.db") if is_vault_id(path.stem)))

    def path_of(self, user_id: str) -> Path:
        """The vault's file. Raises ValueError unless `user_id` is one of ours: it becomes a file name."""
        if not is_vault_id(user_id):
            raise ValueError("no id of a vault")
        return self._folder / f"{user_id}.db"

    @contextmanager
    def lend(self, user_id: str) -> Iterator[Vault]:
        """The person's vault, opened or made if need be. Never nest: a full house would wait for itself.

        Raises StoreBusyError when another process keeps the vault locked, also out of what is done with it.
        """
        with _patience():
            vault = self._borrow(user_id)
            try:
                yield vault
            finally:
                with self._changed:
                    self._leases[user_id].users -= 1
                    self._changed.notify_all()

    def size_of(self, user_id: str) -> int:
        """The bytes of the vault's files; none is none."""
        return sum(file.stat().st_size for file in self._files_of(user_id) if file.exists())

    def erase(self, user_id: str) -> None:
        """Closes the vault as soon as nobody uses it, and removes its files; doing so twice is fine.

        Its key must be gone before, so that nobody makes it anew. Raises StoreBusyError when it stays in use.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._is_unused(user_id), ERASE_PATIENCE_SECONDS):
                raise StoreBusyError
            lease = self._leases.pop(user_id, None)
            if lease is not None and lease.vault is not None:
                lease.vault.close()
            for file in self._files_of(user_id):
                file.unlink(missing_ok=True)
            self._changed.notify_all()

    def restore(self, user_id: str, backup: Path) -> None:
        """Puts a backup in the place of a person's vault, which is kept. Raises what `restore_vault` raises."""
        path = self.path_of(user_id)
        with self._changed:
            if not self._changed.wait_for(lambda: self._is_unused(user_id), ERASE_PATIENCE_SECONDS):
                raise StoreBusyError
            lease = self._leases.pop(user_id, None)
            if lease is not None and lease.vault is not None:
                lease.vault.close()
            restore_vault(path, self._keys.key_of(user_id, may_create=False), backup)

    def close(self) -> None:
        """Closes all vaults, each when its last user is done."""
        with self._changed:
            self._changed.wait_for(lambda: all(lease.users == 0 for lease in self._leases.values()))
            while self._leases:
                self._close_least_used()

    def _borrow(self, user_id: str) -> Vault:
        path = self.path_of(user_id)
        with self._changed:
            self._changed.wait_for(lambda: self._has_room_for(user_id))
            lease = self._leases.get(user_id)
            if lease is not None and lease.vault is not None:
                lease.users += 1
                self._leases.move_to_end(user_id)
                return lease.vault
            while len(self._leases) >= self._limit:
                self._close_least_used()
            lease = self._leases[user_id] = _Lease(users=1)
        return self._open(user_id, path, lease)

    def _open(self, user_id: str, path: Path, lease: _Lease) -> Vault:
        """Opening takes milliseconds and may wait for another process: other people's vaults do not wait with it."""
        try:
            key = self._keys.key_of(user_id, may_create=not path.exists())
            lease.vault = vault = Vault(path, key, HeldIndex(self._search_memory))
        except BaseException:
            with self._changed:
                del self._leases[user_id]
                self._changed.notify_all()
            raise
        self.unembedded.add(user_id)
        with self._changed:
            self._changed.notify_all()
        return vault

    def _has_room_for(self, user_id: str) -> bool:
        if user_id in self._leases:
            return self._leases[user_id].vault is not None
        return len(self._leases) < self._limit or any(lease.users == 0 for lease in self._leases.values())

    def _is_unused(self, user_id: str) -> bool:
        lease = self._leases.get(user_id)
        return lease is None or lease.users == 0

    def _files_of(self, user_id: str) -> tuple[Path, ...]:
        path = self.path_of(user_id)
        own = (path.with_name(f"{path.name}{suffix}") for suffix in ("", "-wal", "-shm", "-journal"))
        return (*own, *copies_of(path))

    def _close_least_used(self) -> None:
        user_id = next(name for name, lease in self._leases.items() if lease.users == 0)
        vault = self._leases.pop(user_id).vault
        if vault is not None:
            vault.close()


@contextmanager
def _patience() -> Iterator[None]:
    try:
        yield
    except dbapi2.DatabaseError as cause:
        if is_busy(cause):
            raise StoreBusyError from cause
        raise
