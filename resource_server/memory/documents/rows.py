"""Documents as rows of a vault."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

from resource_server.memory.documents.records import Document, DocumentDraft
from resource_server.memory.records import Memory
from resource_server.memory.rows import COLUMNS as MEMORY_COLUMNS
from resource_server.memory.rows import LIVE, SEEN, from_row, instant, microseconds, seen
from resource_server.memory.vault import Connection
from shared.authorization_details import NamespaceSet
from shared.clock import now
from shared.ids import new_id

COLUMNS = "id, namespace, title, media_type, origin, digest, metadata, chunks, created_at"
AFTER_ALL = "doc_~"
# The constants interpolated below are column lists and conditions; what people say is always bound.
FIND = f"SELECT {COLUMNS} FROM documents WHERE id = :id AND deleted_at IS NULL AND {SEEN}"  # noqa: S608
PAGE = f"""
    SELECT {COLUMNS} FROM documents WHERE id < :before AND deleted_at IS NULL AND {SEEN} ORDER BY id DESC LIMIT :limit
"""  # noqa: S608
SAME = f"SELECT {COLUMNS} FROM documents WHERE namespace = ? AND digest = ? AND deleted_at IS NULL"  # noqa: S608
OF_ORIGIN = f"SELECT {COLUMNS} FROM documents WHERE namespace = ? AND origin = ? AND deleted_at IS NULL"  # noqa: S608
CHUNKS = f"""
    SELECT {MEMORY_COLUMNS} FROM memories WHERE document_id = :id AND {LIVE} AND position >= :first
    ORDER BY position LIMIT :count
"""  # noqa: S608
FOLLOW = """
    UPDATE documents SET deleted_at = CASE
        WHEN NOT EXISTS (SELECT 1 FROM memories WHERE document_id = :id AND deleted_at IS NULL)
        THEN coalesce(deleted_at, :at) END
    WHERE id = :id
"""
INSERT = f"INSERT INTO documents ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608


def new_document(draft: DocumentDraft, chunks: int) -> Document:
    """The document that a draft becomes."""
    digest = hashlib.sha256(draft.text.encode(errors="surrogatepass")).hexdigest()
    given = (draft.namespace, draft.title, draft.media_type, draft.origin, digest, draft.metadata)
    return Document(new_id("doc"), *given, chunks, now())


def insert(connection: Connection, document: Document) -> None:
    """One row; its chunks are memories."""
    values: dict[str, Any] = vars(document) | {
        "metadata": json.dumps(document.metadata, ensure_ascii=False),
        "created_at": microseconds(document.created_at),
    }
    connection.execute(INSERT, tuple(values[name] for name in COLUMNS.split(", ")))


def find(connection: Connection, document_id: str, namespaces: NamespaceSet) -> Document | None:
    """The document with this id in these namespaces, unless it was deleted."""
    row = connection.execute(FIND, {**seen(namespaces, now()), "id": document_id}).fetchone()
    return _document(row) if row else None


def same_text(connection: Connection, namespace: str, digest: str) -> Document | None:
    """The document of this namespace with the very same text."""
    row = connection.execute(SAME, (namespace, digest)).fetchone()
    return _document(row) if row else None


def of_origin(connection: Connection, namespace: str, origin: str) -> list[Document]:
    """Documents of this namespace that came from there; nowhere is no origin."""
    return [_document(row) for row in connection.execute(OF_ORIGIN, (namespace, origin)).fetchall()] if origin else []


def page(connection: Connection, namespaces: NamespaceSet, cursor: str | None, limit: int) -> list[Document]:
    """Documents, newest first, from behind the cursor."""
    asked = {**seen(namespaces, now()), "before": cursor or AFTER_ALL, "limit": limit}
    return [_document(row) for row in connection.execute(PAGE, asked).fetchall()]


def chunks(connection: Connection, document_id: str, first: int, count: int) -> Iterator[Memory]:
    """The chunks that are still there, in their order."""
    asked = {**seen(NamespaceSet(), now()), "id": document_id, "first": first, "count": count}
    return map(from_row, connection.execute(CHUNKS, asked).fetchall())


def mark_deleted(connection: Connection, document_id: str) -> None:
    """It is listed no more."""
    connection.execute("UPDATE documents SET deleted_at = ? WHERE id = ?", (microseconds(now()), document_id))


def follow_chunks(connection: Connection, document_ids: Iterable[str | None]) -> None:
    """A document whose chunks are all gone is listed no more; one that has some again is."""
    for document_id in filter(None, document_ids):
        asked = {"id": document_id, "at": microseconds(now())}
        connection.execute(FOLLOW, asked)


def _document(row: tuple[Any, ...]) -> Document:
    values = dict(zip(COLUMNS.split(", "), row, strict=True))
    values["metadata"] = json.loads(values["metadata"])
    values["created_at"] = instant(values["created_at"])
    return Document(**values)
