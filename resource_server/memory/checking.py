"""Whether a vault is sound: the file, and the indexes against the memories they were made from."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlcipher3 import dbapi2  # type: ignore[import-untyped]  # carries no types

from resource_server.memory.vault import Connection, is_busy
from resource_server.memory.words import table_of

REINDEX = "ostiary memory reindex {whose}"
RESTORE = "restore this vault from a backup"


@dataclass(frozen=True)
class Fault:
    """What is wrong, and what mends it; `{whose}` in `remedy` stands for the options that name the vault."""

    what: str
    remedy: str


FINDABLE = "SELECT row FROM memories WHERE deleted_at IS NULL AND quarantined_at IS NULL"
COUNTED = (
    ("{} cannot be found: the index lacks them", f"{FINDABLE} EXCEPT SELECT row FROM memory_index"),  # noqa: S608 (constants)
    ("{} of the index belong to no memory that may be found", f"SELECT row FROM memory_index EXCEPT {FINDABLE}"),  # noqa: S608 (constants)
    ("{} of the index lack their vector", "SELECT row FROM memory_index WHERE embedder IS NOT NULL "
     "AND row NOT IN (SELECT row FROM memory_vectors)"),
    ("{} vectors belong to nothing", "SELECT row FROM memory_vectors EXCEPT SELECT row FROM memory_index"),
)  # fmt: skip


def faults_of(connection: Connection) -> list[Fault]:
    """What is wrong inside; reading everything takes about a second for each 100 MB."""
    try:
        damaged = list(_damage(connection))
        return [Fault(one, RESTORE) for one in damaged] or [Fault(one, REINDEX) for one in _differences(connection)]
    except dbapi2.DatabaseError as cause:
        if is_busy(cause):
            raise
        return [Fault(f"the file is damaged: {cause}", RESTORE)]


def _damage(connection: Connection) -> Iterator[str]:
    """Pages whose authentication code is wrong, and structures that SQLite cannot follow."""
    for (message,) in connection.execute("PRAGMA cipher_integrity_check"):
        yield f"a page is damaged or was changed: {message}"
    for (message,) in connection.execute("PRAGMA quick_check(5)"):
        if message != "ok":
            yield f"the file is damaged: {message}"


def _differences(connection: Connection) -> Iterator[str]:
    for sentence, rows in COUNTED:
        count = connection.execute(f"SELECT count(*) FROM ({rows})").fetchone()[0]  # noqa: S608 (constants)
        if count:
            yield sentence.format(count)
    for number, namespace in connection.execute("SELECT number, namespace FROM namespaces").fetchall():
        held = f"SELECT id FROM {table_of(number)}_docsize"  # noqa: S608 (a number of ours)
        indexed = "SELECT row FROM memory_index WHERE namespace = :namespace"
        count = connection.execute(
            f"SELECT count(*) FROM (SELECT * FROM ({held} EXCEPT {indexed}) "  # noqa: S608 (constants)
            f"UNION SELECT * FROM ({indexed} EXCEPT {held}))",
            {"namespace": namespace},
        ).fetchone()[0]
        if count:
            yield f"the words of {count} memories in one namespace are not those of the index"
