"""The document tools: keep a whole document, list, read in parts, delete."""

import base64
import binascii
from datetime import datetime

from pydantic import Field, JsonValue

from resource_server.context.caller import ToolError
from resource_server.context.documents import MyDocuments
from resource_server.memory.documents.media_types import MediaType, UnreadableDocumentError, text_of
from resource_server.memory.documents.records import Document, DocumentDraft
from resource_server.memory.purging import TRASH_KEPT
from resource_server.memory.records import Memory
from resource_server.tools import document_arguments as doc
from resource_server.tools import memory_arguments as arg
from resource_server.tools.memory_answers import NOTICE, Answer
from resource_server.tools.quoting import marked
from resource_server.tools.requires import requires
from shared.clock import now
from shared.scopes import Scope
from shared.tool_sets import ToolSet


class SavedDocument(Answer):
    """What was kept. `id`, `created` and `parts` are null where this connection may write but not read."""

    id: str | None
    created: bool | None = Field(description="False where the same text was there already.")
    namespace: str
    parts: int | None


class DocumentAnswer(Answer):
    """One document, without its text."""

    id: str
    namespace: str
    title: str
    media_type: str
    origin: str
    metadata: dict[str, JsonValue]
    parts: int
    created_at: datetime


class ListedDocuments(Answer):
    """One page of documents, newest first."""

    notice: str = NOTICE
    documents: tuple[DocumentAnswer, ...]
    next_cursor: str | None = Field(description="Give it back as cursor for the next page; null on the last.")


class Part(Answer):
    """One part of a document, quoted."""

    id: str
    position: int
    headings: tuple[str, ...] = Field(description="The headings above it, from the outermost.")
    text: str = Field(description="Each line begins with >: nobody stands behind the words.")


class Read(Answer):
    """Some parts of a document, in their order."""

    notice: str = NOTICE
    document: DocumentAnswer
    parts: tuple[Part, ...]
    more: int = Field(description="How many parts follow.")


class DeletedDocument(Answer):
    """What went into the trash."""

    id: str
    namespace: str
    kept_in_trash_until: datetime


@requires(Scope.MEMORY_WRITE, title="Keep a document", destructive=True, idempotent=True, tool_set=ToolSet.DOCUMENTS)
def document_add(
    documents: MyDocuments,
    title: doc.Title,
    content: doc.Content,
    media_type: doc.Type = MediaType.MARKDOWN,
    origin: doc.Origin = "",
    namespace: arg.NamespaceToWrite = None,
    tags: arg.Tags = (),
    metadata: arg.Metadata = None,
) -> SavedDocument:
    """Keep a whole document: it is cut into parts that memory_search finds, and document_read puts together again."""
    place = documents.reach.writing_to(namespace)
    text = _text(content, media_type)
    draft = DocumentDraft(place, title, text, media_type.value, origin, tags, metadata or {})
    document, is_new = documents.put(draft)
    if place not in documents.reach.readable:
        return SavedDocument(id=None, created=None, namespace=place, parts=None)
    return SavedDocument(id=document.id, created=is_new, namespace=place, parts=document.chunks)


@requires(Scope.MEMORY_READ, title="List documents", tool_set=ToolSet.DOCUMENTS)
def document_list(
    documents: MyDocuments, namespace: arg.Namespace = None, cursor: arg.Cursor = None, limit: arg.Limit = 20
) -> ListedDocuments:
    """List the documents that are kept, newest first, a page at a time."""
    found, following = documents.page(namespace, cursor, limit)
    return ListedDocuments(documents=tuple(map(_described, found)), next_cursor=following)


@requires(Scope.MEMORY_READ, title="Read a document", tool_set=ToolSet.DOCUMENTS)
def document_read(
    documents: MyDocuments,
    document_id: doc.MaybeDocumentId = None,
    first: doc.First = 0,
    limit: doc.Count = 20,
    memory_id: doc.ChunkId = None,
    around: doc.Around = 2,
) -> Read:
    """Read a document part by part, from `first`; or what stands around a part that a search found."""
    if (document_id is None) == (memory_id is None):
        raise ToolError("Give either document_id, to read from first, or memory_id, to read around that part.")
    if memory_id is not None:
        chunk = documents.chunk(memory_id)
        document_id, position = chunk.document_id, chunk.position or 0
        first, limit = max(0, position - around), min(position, around) + around + 1
    reading = documents.read(document_id or "", first, limit)
    return Read(document=_described(reading.document), parts=tuple(map(_part, reading.chunks)), more=reading.after)


@requires(
    Scope.MEMORY_READ,
    Scope.MEMORY_WRITE,
    title="Delete a document",
    destructive=True,
    idempotent=True,
    tool_set=ToolSet.DOCUMENTS,
)
def document_delete(documents: MyDocuments, document_id: doc.DocumentId) -> DeletedDocument:
    """Put a document with all its parts into the trash: no app finds them, and after 30 days they are gone for good."""
    document = documents.delete(document_id)
    return DeletedDocument(id=document.id, namespace=document.namespace, kept_in_trash_until=now() + TRASH_KEPT)


def _text(content: str, media_type: MediaType) -> str:
    """Raises ToolError for what cannot be read as what it is said to be."""
    try:
        raw = base64.b64decode(content, validate=True) if media_type is MediaType.PDF else content.encode()
        return text_of(raw, media_type)
    except binascii.Error:
        raise ToolError("Argument 'content': a PDF comes in base64.") from None
    except UnreadableDocumentError as refusal:
        raise ToolError(f"The document cannot be kept: {refusal}.") from None


def _described(document: Document) -> DocumentAnswer:
    return DocumentAnswer(
        id=document.id,
        namespace=document.namespace,
        title=document.title,
        media_type=document.media_type,
        origin=document.origin,
        metadata=document.metadata,
        parts=document.chunks,
        created_at=document.created_at,
    )


def _part(memory: Memory) -> Part:
    headings = memory.metadata.get("headings")
    above = tuple(map(str, headings)) if isinstance(headings, list) else ()
    return Part(id=memory.id, position=memory.position or 0, headings=above, text=marked(memory.text))


TOOLS = (document_add, document_list, document_read, document_delete)
