"""One person's conversations: pages are kept and gathered in segments, and found again through them.

What lies in a shared namespace is kept and found like the rest, and gathered nowhere: topics and the profile are made
of one person's words, not of a group's.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from resource_server.memory.conversations.chat.background import Background
from resource_server.memory.conversations.chat.writer import Job
from resource_server.memory.conversations.gathering import gather
from resource_server.memory.conversations.pages import PAGE, Turn, page_draft
from resource_server.memory.conversations.promotion import Promotion, pages_to_promote
from resource_server.memory.conversations.retrieval import FoundPage, Retrieved, neighbours, retrieve
from resource_server.memory.conversations.segments import segment_at
from resource_server.memory.conversations.traits import TRAIT
from resource_server.memory.conversations.visits import Visits
from resource_server.memory.conversations.withdrawal import told_with_living_sources
from resource_server.memory.quarantine import holds_back
from resource_server.memory.records import Filters, Memory, Signed
from resource_server.memory.rows import COLUMNS, LIVE, from_row, microseconds
from resource_server.memory.sharing.places import Places
from resource_server.memory.store import MemoryStore
from resource_server.memory.vault import Connection
from resource_server.memory.vault_access import Embedded, VaultAccess
from shared.authorization_details import NamespaceSet
from shared.clock import now

STRAYS = 50
"""How many pages of a conversation that are in no segment yet, imported ones for example, one write takes along."""

UNGATHERED = f"""
    SELECT {COLUMNS} FROM memories
    WHERE namespace = :namespace AND conversation = :conversation AND kind = '{PAGE}' AND {LIVE}
        AND NOT EXISTS (SELECT 1 FROM segment_pages WHERE memory_id = memories.id)
    ORDER BY happened_at, id LIMIT {STRAYS}
"""  # noqa: S608 (constants)
MOST_HITS = 50


@dataclass(frozen=True)
class Added:
    """A page, whether it is new, and the segment it is in: None while it waits in quarantine, or where it is shared."""

    page: Memory
    is_new: bool
    segment: str | None
    number: int | None


@dataclass(frozen=True)
class Conversations:
    """Pages and segments in one person's vault, and pages in those of the namespaces they share.

    `own` and `everywhere` are the stores without what is shared, and with it.
    """

    places: Places
    own: MemoryStore
    everywhere: MemoryStore
    visits: Visits
    background: Background

    @property
    def vault(self) -> VaultAccess:
        """The person's own, where segments lie."""
        return self.places.own.vault

    def add(self, namespace: str, turn: Turn, signed: Signed) -> Added:
        """Keeps a page, gathers it, and promotes what a segment that became hot says of the person."""
        page, is_new = self.everywhere.put(page_draft(namespace, turn), signed)
        if page.quarantined_at is not None or namespace in self.vault.elsewhere:
            return Added(page, is_new, None, None)
        texts: dict[str, Embedded] = {page.id: self.vault.embedded(None, page.text)}

        def work(connection: Connection) -> tuple[int, str | None, list[Memory]]:
            self.visits.write(connection, self.vault.user_id)
            for stray in _ungathered(connection, page):
                gather(connection, stray, texts.get(stray.id) or self.vault.embedded(None, stray.text))
            number = gather(connection, page, texts[page.id])
            segment = segment_at(connection, number)
            return number, segment.id if segment else None, pages_to_promote(connection, namespace)

        number, segment, hot = self.vault.written(signed, work)
        Promotion(self.vault, self.own).promote(hot, signed)
        if hot:
            self.background.offer(Job(self.vault.user_id, number, signed.confirm))
        return Added(page, is_new, segment, number)

    def facts(self, query: str, namespaces: NamespaceSet, limit: int, as_of: datetime | None = None) -> list[Memory]:
        """The traits that go with a question."""
        hits = self.own.search(query, Filters(namespaces, kinds=(TRAIT,), as_of=as_of), limit)
        traits = [hit.memory for hit in hits]
        return self.vault.read(lambda connection: told_with_living_sources(connection, traits, as_of))

    def retrieve(self, query: str, filters: Filters, limit: int, client_id: str = "") -> Retrieved:
        """The best pages and other memories; the segments they are in count one visit more.

        Unless it asks the past, or for an app that the person has not accepted.
        """
        hits = self.everywhere.search(query, filters, min(MOST_HITS, limit * 3))
        embedded = self.vault.embedded(None, query)
        found, waits = self.vault.read(
            lambda connection: (
                retrieve(connection, query, embedded, hits, filters, limit),
                holds_back(connection, client_id),
            )
        )
        if filters.as_of is None and not waits:
            self.visits.note(self.vault.user_id, found.visited)
        return replace(found, found=tuple(self._with_neighbours(one, filters) for one in found.found))

    def _with_neighbours(self, found: FoundPage, filters: Filters) -> FoundPage:
        """What was said before and after, where the page lies in a shared namespace."""
        namespace = found.memory.namespace
        place = self.places.of(namespace)
        if place is self.places.own:
            return found
        memory = replace(found.memory, namespace=place.stored_as(namespace))
        inside = replace(filters, namespaces=place.inside(filters.namespaces))
        before, after = place.vault.read(lambda connection: neighbours(connection, memory, inside))
        return replace(found, before=before, after=after)


def _ungathered(connection: Connection, page: Memory) -> list[Memory]:
    asked = {"namespace": page.namespace, "conversation": page.conversation, "now": microseconds(now())}
    return [from_row(row) for row in connection.execute(UNGATHERED, asked)]
