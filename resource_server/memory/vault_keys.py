"""Each person's own vault key: random, and stored only sealed by the installation's master key."""

import hashlib
import os
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy import Engine

from resource_server.memory.records import StoreBusyError
from resource_server.models import ErasedVault, VaultKey
from shared.clock import now
from shared.database import unit_of_work
from shared.master_key import MasterKey
from shared.sealing import SealBrokenError, seal, unseal

RAW_KEY_BYTES = 32
SALT_BYTES = 16

Facts = dict[str, str | int]
"""What is said of a vault that was destroyed."""


class VaultLockedError(RuntimeError):
    """A vault's key cannot be had: it is missing, or another master key sealed it."""


class KeyRing(Protocol):
    """Where vaults get their keys."""

    def key_of(self, user_id: str, *, may_create: bool) -> bytes:
        """Key and salt of the person's vault: 48 bytes. Raises VaultLockedError."""
        ...


@dataclass(frozen=True)
class SealedKeyRing:
    """Keys in the table vault_keys, sealed for their owner: one person's row does not open another's vault."""

    engine: Engine = field(repr=False)
    master_key: MasterKey

    def key_of(self, user_id: str, *, may_create: bool) -> bytes:
        """The stored key; a new one only where there is none and no vault that would need the old one."""
        with unit_of_work(self.engine, read_only=True) as session:
            row = session.get(VaultKey, user_id)
        if row is None and not may_create:
            raise VaultLockedError("the vault's key is missing from the resource server's database")
        return self._open(row) if row is not None else self._create(user_id)

    def _create(self, user_id: str) -> bytes:
        with unit_of_work(self.engine) as session:
            # Another process may have been first since we looked; the write lock makes this answer final.
            row = session.get(VaultKey, user_id)
            if session.get(ErasedVault, user_id) is not None:
                raise VaultLockedError("the vault was destroyed with its person's account")
            if row is None:
                row = VaultKey(user_id=user_id, wrapped_key=self._sealed(user_id), key_id=self.master_key.id)
                session.add(row)
        return self._open(row)

    def _sealed(self, user_id: str) -> bytes:
        return seal(self.master_key.derive("vault keys"), os.urandom(RAW_KEY_BYTES + SALT_BYTES), _purpose(user_id))

    def _open(self, row: VaultKey) -> bytes:
        try:
            return unseal(self.master_key.derive("vault keys"), row.wrapped_key, _purpose(row.user_id))
        except SealBrokenError as cause:
            raise VaultLockedError(
                f"a vault key was sealed by master key {row.key_id}, and this is {self.master_key.id}"
            ) from cause


def destroy_key(engine: Engine, user_id: str, facts: Facts) -> Facts:
    """Deletes the stored key and leaves a tombstone; gives what was destroyed when it was done first.

    On SQLite the engine must be one that overwrites what it deletes.

    A key that came back with an older database is destroyed as well. Raises StoreBusyError while somebody still reads
    the pages of the log that hold it.
    """
    with unit_of_work(engine) as session:
        row, gone = session.get(VaultKey, user_id), session.get(ErasedVault, user_id)
        if gone is None:
            gone = ErasedVault(user_id=user_id, facts=facts | _facts_of(row) | {"destroyed_at": now().isoformat()})
            session.add(gone)
        if row is not None:
            session.delete(row)
    _forget_log(engine)
    return dict(gone.facts)


def _facts_of(row: VaultKey | None) -> Facts:
    """By the digest of the sealed key whoever kept a copy of it can tell that it is the one."""
    if row is None:
        return {"vault": "there was none"}
    return {
        "vault": "destroyed",
        "vault_key_sha256": hashlib.sha256(row.wrapped_key).hexdigest(),
        "vault_key_made_at": row.created_at.isoformat(),
        "master_key_id": row.key_id,
    }


def _forget_log(engine: Engine) -> None:
    """SQLite's write-ahead log still has the page with the key: it goes into the file, and the log is emptied."""
    if engine.dialect.name != "sqlite":
        return
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        is_busy = (cursor.fetchone() or (1,))[0]
    finally:
        connection.close()
    if is_busy:
        raise StoreBusyError


def _purpose(user_id: str) -> str:
    return f"vault key of {user_id}"
