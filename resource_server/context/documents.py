"""The caller's documents."""

from resource_server.context.caller import Caller, ToolError
from resource_server.context.reach import Reach
from resource_server.memory.documents.media_types import UnreadableDocumentError
from resource_server.memory.documents.records import Document, DocumentDraft, Reading, TooManyChunksError
from resource_server.memory.records import Memory, TooManyNamespacesError
from resource_server.memory.sharing.documents import CombinedDocuments
from resource_server.memory.store import MemoryStores


class MyDocuments:
    """The caller's documents, as far as the grant reaches. Methods raise ToolError for what the model can mend."""

    def __init__(self, stores: MemoryStores, caller: Caller, tool: str) -> None:
        self.reach = Reach(caller, tool)
        self._memories = stores.of(caller.user_id)
        self._documents = CombinedDocuments(stores.places_of(caller.user_id), stores.quotas)

    def put(self, draft: DocumentDraft) -> tuple[Document, bool]:
        """Stores a document; True where it was not there yet."""
        self.reach.writing(draft.namespace)
        try:
            return self._documents.put(draft, self.reach.signed)
        except TooManyChunksError as refusal:
            raise ToolError(f"The document is too long: {refusal}. Store it in several parts.") from None
        except UnreadableDocumentError as refusal:
            raise ToolError(f"The document cannot be kept: {refusal}. Store it in several parts.") from None
        except TooManyNamespacesError:
            raise ToolError("There are too many namespaces already. Use one that exists.") from None

    def page(self, namespace: str | None, cursor: str | None, limit: int) -> tuple[tuple[Document, ...], str | None]:
        """Documents, newest first, and the cursor of the next page."""
        return self._documents.page(self.reach.reading(namespace), cursor, limit)

    def read(self, document_id: str, first: int, count: int) -> Reading:
        """Some chunks of one document."""
        reading = self._documents.read(document_id, first, count, self.reach.readable)
        if reading is None:
            raise ToolError("There is no document with that id.")
        return reading

    def chunk(self, memory_id: str) -> Memory:
        """The chunk with this id."""
        memory = self._memories.get(memory_id, self.reach.readable)
        if memory is None or memory.document_id is None:
            raise ToolError("That id is no part of a document.")
        return memory

    def delete(self, document_id: str) -> Document:
        """Puts all chunks of one document into the trash."""
        document = self.read(document_id, 0, 0).document
        self.reach.writing(document.namespace)
        deleted = self._documents.delete(document, self.reach.signed)
        if deleted is None:
            raise ToolError("The document was deleted meanwhile.")
        return deleted
