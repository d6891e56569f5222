"""The profile: traits with their sources, and what was said lately but is not settled yet."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from resource_server.memory.conversations.pages import PAGE, own_words
from resource_server.memory.conversations.statements.reading import Statement, statements_in
from resource_server.memory.conversations.traits import TRAIT, Trait, trait_of
from resource_server.memory.conversations.withdrawal import told_with_living_sources
from resource_server.memory.past import now_or_then
from resource_server.memory.records import Filters, Memory
from resource_server.memory.rows import SEEN, microseconds, seen
from resource_server.memory.store import MemoryStore
from resource_server.memory.vault import Connection
from resource_server.memory.vault_access import VaultAccess
from shared.clock import now

MOST_TRAITS = 500
LATELY = 50
"""How many of the newest pages are read for what is not settled yet."""

AT_ONCE = 50
PROMOTED = """
    SELECT memory_id FROM segment_pages
    WHERE memory_id IN (SELECT value FROM json_each(:ids)) AND promoted_at <= :at
"""
TAKEN_BACK = f"""
    SELECT namespace, key, max(deleted_at) FROM memories
    WHERE deleted_at IS NOT NULL AND kind = '{TRAIT}' AND key IS NOT NULL AND {SEEN} GROUP BY namespace, key
"""  # noqa: S608 (constants)


@dataclass(frozen=True)
class Unsettled:
    """Something said once, in a page whose segment is not hot yet."""

    statement: Statement = field(repr=False)
    page: Memory = field(repr=False)


@dataclass(frozen=True)
class Profile:
    """Traits, newest first; `unsettled` are statements that no trait holds."""

    traits: tuple[Memory, ...]
    unsettled: tuple[Unsettled, ...]
    as_of: datetime | None


def read_profile(vault: VaultAccess, store: MemoryStore, filters: Filters) -> Profile:
    """What is known of the person within `filters`, of which namespaces and `as_of` count."""
    asked = Filters(filters.namespaces, as_of=filters.as_of)
    traits = _all(store, replace(asked, kinds=(TRAIT,)), MOST_TRAITS)
    pages = _all(store, replace(asked, kinds=(PAGE,)), LATELY)
    at = filters.as_of or now()
    told, settled, taken_back = vault.read(
        lambda connection: (
            told_with_living_sources(connection, traits, filters.as_of),
            _settled(connection, pages, at),
            _taken_back(connection, filters),
        )
    )
    said = _said([page for page in pages if page.id not in settled], taken_back)
    return Profile(tuple(told), tuple(_unsettled(traits, said)), filters.as_of)


def _settled(connection: Connection, pages: list[Memory], at: datetime) -> set[str]:
    """Pages that became traits, also where the person deleted those."""
    asked = {"ids": json.dumps([page.id for page in pages]), "at": microseconds(at)}
    return {page_id for (page_id,) in connection.execute(PROMOTED, asked)}


def _taken_back(connection: Connection, filters: Filters) -> dict[tuple[str, str], int]:
    asked = seen(filters.namespaces, now())
    found = connection.execute(*now_or_then(TAKEN_BACK, asked, filters.as_of))
    return {(namespace, key): at for namespace, key, at in found}


def _said(pages: list[Memory], taken_back: dict[tuple[str, str], int]) -> Iterator[tuple[Memory, Trait, Statement]]:
    for page in pages:
        for statement in statements_in(own_words(page)):
            trait = trait_of(statement, page)
            if taken_back.get((page.namespace, trait.key), -1) < (microseconds(page.happened_at) or 0):
                yield page, trait, statement


def _all(store: MemoryStore, filters: Filters, most: int) -> list[Memory]:
    found: list[Memory] = []
    cursor = None
    while len(found) < most:
        page = store.page(filters, cursor, AT_ONCE)
        found += page.memories
        cursor = page.next_cursor
        if cursor is None:
            break
    return found[:most]


def _unsettled(traits: list[Memory], said: Iterable[tuple[Memory, Trait, Statement]]) -> list[Unsettled]:
    """The newest statement about each thing, unless a trait is newer."""
    since = {(trait.namespace, trait.key): trait.happened_at for trait in traits}
    found: dict[tuple[str, str], Unsettled] = {}
    for page, trait, statement in said:
        key = (page.namespace, trait.key)
        if key not in since or since[key] < page.happened_at:
            found.setdefault(key, Unsettled(statement, page))
    return list(found.values())
