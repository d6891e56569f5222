"""Documents in one person's vault: stored whole or not at all, replaced by their origin, read by their chunks."""

from dataclasses import dataclass, replace

from resource_server.memory.documents import rows
from resource_server.memory.documents.chunking import MAX_CHUNKS, Chunk, chunks_of
from resource_server.memory.documents.media_types import UnreadableDocumentError
from resource_server.memory.documents.records import Document, DocumentDraft, Reading, TooManyChunksError
from resource_server.memory.embeddings import Vectors
from resource_server.memory.quotas import DEFAULT_QUOTAS, Quotas
from resource_server.memory.records import TRUST, Memory, Signed, Source
from resource_server.memory.vault import Connection
from resource_server.memory.vault_access import Embedded, VaultAccess
from resource_server.memory.writing import EventKind, change, insert
from shared.authorization_details import NamespaceSet
from shared.clock import now
from shared.ids import new_id

KIND = "chunk"


@dataclass(frozen=True)
class SqliteDocuments:
    """The documents of the person whose vault this is."""

    vault: VaultAccess
    quotas: Quotas = DEFAULT_QUOTAS

    def put(self, draft: DocumentDraft, signed: Signed) -> tuple[Document, bool]:
        """The stored document, and whether anything changed: the same text in the same namespace is there already.

        A document of the same origin there is an earlier version, and goes to the trash. Raises TooManyChunksError,
        UnreadableDocumentError, QuotaReachedError and TooManyNamespacesError.
        """
        chunks = _chunks(draft)
        if self.vault.exists:
            # Before the parts are embedded, which takes its time; and again when they are written.
            self.vault.read(lambda connection: self._ensure_room(connection, draft, chunks))
        vectors = self.vault.embedder.embed([_meant(draft, chunk) for chunk in chunks])
        document = rows.new_document(draft, len(chunks))

        def work(connection: Connection) -> tuple[Document, bool]:
            same = rows.same_text(connection, draft.namespace, document.digest)
            if same is not None:
                return same, False
            self._ensure_room(connection, draft, chunks)
            for earlier in rows.of_origin(connection, draft.namespace, draft.origin):
                _to_trash(connection, earlier, signed)
            rows.insert(connection, document)
            for position, chunk in enumerate(chunks):
                memory = _memory(draft, document, chunk, position, signed)
                insert(connection, memory, self._embedded(vectors, position))
            return document, True

        return self.vault.written(signed, work)

    def page(self, namespaces: NamespaceSet, cursor: str | None, limit: int) -> tuple[list[Document], str | None]:
        """Documents, newest first; the cursor is the id of the last one of the page before."""
        found = self.vault.read(lambda connection: rows.page(connection, namespaces, cursor, limit + 1))
        return found[:limit], found[limit - 1].id if len(found) > limit else None

    def read(self, document_id: str, first: int, count: int, namespaces: NamespaceSet) -> Reading | None:
        """`count` chunks from position `first`; None where there is no such document."""

        def work(connection: Connection) -> Reading | None:
            document = rows.find(connection, document_id, namespaces)
            if document is None:
                return None
            chunks = tuple(rows.chunks(connection, document_id, first, count))
            return Reading(document, chunks, max(0, document.chunks - first - len(chunks)))

        return self.vault.read(work)

    def delete(self, document_id: str, namespaces: NamespaceSet, signed: Signed) -> Document | None:
        """All chunks into the trash, from which each can be restored. None where there is no such document."""

        def work(connection: Connection) -> Document | None:
            document = rows.find(connection, document_id, namespaces)
            if document is not None:
                _to_trash(connection, document, signed)
            return document

        return self.vault.written(signed, work)

    def _ensure_room(self, connection: Connection, draft: DocumentDraft, chunks: list[Chunk]) -> None:
        """For all parts, less those of the version they take the place of. Raises QuotaReachedError."""
        earlier = rows.of_origin(connection, draft.namespace, draft.origin)
        gone = sum(1 for one in earlier for _ in rows.chunks(connection, one.id, 0, MAX_CHUNKS))
        size = sum(len(chunk.text.encode(errors="replace")) for chunk in chunks)
        self.quotas.check(connection, adds=max(0, len(chunks) - gone), size=size)

    def _embedded(self, vectors: Vectors | None, position: int) -> Embedded:
        return None if vectors is None else (self.vault.embedder.name, vectors[position])


def _chunks(draft: DocumentDraft) -> list[Chunk]:
    try:
        return chunks_of(draft.text, is_markdown=draft.media_type != "text/plain")
    except TooManyChunksError:
        raise
    except ValueError as cause:
        raise UnreadableDocumentError(str(cause)) from cause


def _to_trash(connection: Connection, document: Document, signed: Signed) -> None:
    rows.mark_deleted(connection, document.id)
    for memory in rows.chunks(connection, document.id, 0, MAX_CHUNKS):
        change(connection, replace(memory, deleted_at=now()), None, EventKind.DELETED, signed.author)


def _memory(draft: DocumentDraft, document: Document, chunk: Chunk, position: int, signed: Signed) -> Memory:
    """Found like any memory: what a document says was written by others, and is trusted like an import."""
    return Memory(
        id=new_id("mem"),
        namespace=draft.namespace,
        key=None,
        text=chunk.text,
        tags=draft.tags,
        importance=0.5,
        metadata={"document": document.title, **({"headings": list(chunk.headings)} if chunk.headings else {})},
        created_at=document.created_at,
        updated_at=document.created_at,
        expires_at=None,
        author=signed.author,
        happened_at=document.created_at,
        kind=KIND,
        source=Source.IMPORTED,
        trust=TRUST[Source.IMPORTED],
        document_id=document.id,
        position=position,
        batch=draft.batch,
    )


def _meant(draft: DocumentDraft, chunk: Chunk) -> str:
    """The title and headings are part of what a chunk means."""
    return f"{' · '.join((draft.title, *chunk.headings))}: {chunk.text}"
