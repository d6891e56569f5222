"""A person's documents, wherever they lie: in their own vault and in those of the namespaces they share."""

from dataclasses import dataclass, replace

from resource_server.memory.documents.documents import SqliteDocuments
from resource_server.memory.documents.records import Document, DocumentDraft, Reading
from resource_server.memory.quotas import DEFAULT_QUOTAS, Quotas
from resource_server.memory.records import Signed
from resource_server.memory.sharing.merging import merged
from resource_server.memory.sharing.places import Place, Places
from shared.authorization_details import NamespaceSet


@dataclass(frozen=True)
class CombinedDocuments:
    """As SqliteDocuments, over several vaults; what is written goes where its namespace lies."""

    places: Places
    quotas: Quotas = DEFAULT_QUOTAS

    def put(self, draft: DocumentDraft, signed: Signed) -> tuple[Document, bool]:
        """The stored document, and whether anything changed. Raises ReadOnlyNamespaceError, and what one vault does."""
        place = self.places.of(draft.namespace)
        inside = replace(draft, namespace=place.stored_as(draft.namespace))
        return place.told(self._documents(place).put(inside, place.signing(signed)))

    def page(self, namespaces: NamespaceSet, cursor: str | None, limit: int) -> tuple[tuple[Document, ...], str | None]:
        """Documents, newest first: ids sort by the time they were made, so that one cursor serves every vault."""
        pages = [
            place.told(self._documents(place).page(place.inside(namespaces), cursor, limit))
            for place in self.places.reached(namespaces)
        ]
        return merged(pages, lambda document: document.id, limit)

    def read(self, document_id: str, first: int, count: int, namespaces: NamespaceSet) -> Reading | None:
        """`count` chunks from position `first`; None where there is no such document."""
        found = (
            place.told(self._documents(place).read(document_id, first, count, place.inside(namespaces)))
            for place in self.places.reached(namespaces)
        )
        return next(filter(None, found), None)

    def delete(self, document: Document, signed: Signed) -> Document | None:
        """All chunks into the trash; None where it is gone already. Raises ReadOnlyNamespaceError."""
        place = self.places.of(document.namespace)
        inside = place.inside(NamespaceSet.of(document.namespace))
        return place.told(self._documents(place).delete(document.id, inside, place.signing(signed)))

    def _documents(self, place: Place) -> SqliteDocuments:
        return SqliteDocuments(place.vault, self.quotas)
