"""Promotion: what hot segments say about the person becomes traits of the profile (MemoryOS, §3.3)."""

import json
from dataclasses import dataclass

from resource_server.memory.conversations.heat import HOT, RECENCY_WEIGHT, heat
from resource_server.memory.conversations.pages import own_words
from resource_server.memory.conversations.statements.reading import statements_in
from resource_server.memory.conversations.traits import TRAIT, Trait, draft_of, trait_of
from resource_server.memory.records import Memory, NoRoomError, Signed
from resource_server.memory.rows import COLUMNS, EPOCH, LIVE, from_row, instant, microseconds
from resource_server.memory.store import MemoryStore
from resource_server.memory.vault import Connection
from resource_server.memory.vault_access import VaultAccess
from shared.authorization_details import NamespaceSet
from shared.clock import now

AT_ONCE = 50
WARM = """
    SELECT number, visits, interactions, visited_at FROM segments
    WHERE namespace = ? AND interactions > 0 AND visits + interactions + ? >= ?
"""
PAGES = f"""
    SELECT {COLUMNS} FROM memories JOIN segment_pages ON memory_id = id
    WHERE promoted_at IS NULL AND segment IN (SELECT value FROM json_each(:segments)) AND {LIVE}
    ORDER BY happened_at, id LIMIT {AT_ONCE}
"""  # noqa: S608 (constants)
PROMOTED = "UPDATE segment_pages SET promoted_at = :at WHERE memory_id IN (SELECT value FROM json_each(:pages))"
COOLED = """
    UPDATE segments SET interactions = 0 WHERE number IN (
        SELECT segment FROM segment_pages WHERE memory_id IN (SELECT value FROM json_each(:pages)))
"""
TAKEN_BACK = "SELECT max(deleted_at) FROM memories WHERE namespace = ? AND key = ? AND deleted_at IS NOT NULL"


def pages_to_promote(connection: Connection, namespace: str) -> list[Memory]:
    """The pages of this namespace's hot segments that were not looked at yet, oldest first."""
    at = now()
    warm = connection.execute(WARM, (namespace, RECENCY_WEIGHT, HOT)).fetchall()
    hot = [row[0] for row in warm if heat(row[1], row[2], instant(row[3]) or EPOCH, at) >= HOT]
    if not hot:
        return []
    asked = {"segments": json.dumps(hot), "now": microseconds(at)}
    return [from_row(row) for row in connection.execute(PAGES, asked)]


@dataclass(frozen=True)
class Promotion:
    """Writes traits, each in the name of the app that wrote the page it was read from."""

    vault: VaultAccess
    store: MemoryStore

    def promote(self, pages: list[Memory], signed: Signed) -> None:
        """What the pages say becomes traits; each page is read once. `signed` confirms, the pages' authors sign.

        Where there is no room for more, the pages wait: they themselves are kept already.
        """
        if not pages:
            return
        try:
            for page in pages:
                for statement in statements_in(own_words(page)):
                    self.keep(trait_of(statement, page), page, signed)
        except NoRoomError:
            return
        self.vault.written(signed, lambda connection: _mark(connection, pages))

    def keep(self, trait: Trait, page: Memory, signed: Signed) -> Memory | None:
        """The trait as it is remembered from now on; None where something newer is, or the person took it back."""
        here = NamespaceSet(frozenset({page.namespace}))
        before = next(iter(self.store.by_key(trait.key, here)), None)
        if before is not None and before.kind != TRAIT:
            return None
        draft = draft_of(trait, page.namespace, before)
        if draft is None or (before is None and self._was_taken_back(trait, page.namespace)):
            return None
        return self.store.put(draft, Signed(page.author, signed.confirm))[0]

    def _was_taken_back(self, trait: Trait, namespace: str) -> bool:
        """Whether a trait of that key was deleted after this was said."""
        (deleted_at,) = self.vault.read(
            lambda connection: connection.execute(TAKEN_BACK, (namespace, trait.key)).fetchone()
        )
        return deleted_at is not None and deleted_at >= (microseconds(trait.said_at) or 0)


def _mark(connection: Connection, pages: list[Memory]) -> None:
    marked = {"pages": json.dumps([page.id for page in pages]), "at": microseconds(now())}
    connection.execute(PROMOTED, marked)
    connection.execute(COOLED, {"pages": marked["pages"]})
