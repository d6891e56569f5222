"""What a document may be, and how its text is got at (RFC 2046, RFC 7763 for Markdown)."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import PurePath

from resource_server.memory.documents.apart import MAX_CHARACTERS, read_apart

READING_HTML = "resource_server.memory.documents.html_text"
READING_PDF = "resource_server.memory.documents.pdf_text"
"""Programs of their own: what they need is never imported here."""

MAX_BYTES = 8 * 1024 * 1024
"""The largest file that is read at all."""


class MediaType(StrEnum):
    """By the names of RFC 2046."""

    TEXT = "text/plain"
    MARKDOWN = "text/markdown"
    HTML = "text/html"
    PDF = "application/pdf"


class UnreadableDocumentError(ValueError):
    """The content is not what its media type says, or nothing can be read in it; the text says what is wrong."""


SUFFIXES = {
    ".txt": MediaType.TEXT,
    ".text": MediaType.TEXT,
    ".md": MediaType.MARKDOWN,
    ".markdown": MediaType.MARKDOWN,
    ".html": MediaType.HTML,
    ".htm": MediaType.HTML,
    ".pdf": MediaType.PDF,
}


def media_type_of(name: str) -> MediaType | None:
    """By the end of a file's name; None for what cannot be read here."""
    return SUFFIXES.get(PurePath(name).suffix.lower())


def text_of(content: bytes, media_type: MediaType) -> str:
    """The document as text, or as Markdown where it has headings. Raises UnreadableDocumentError."""
    if len(content) > MAX_BYTES:
        raise UnreadableDocumentError(f"it has {len(content)} bytes, and at most {MAX_BYTES} are read")
    text = READERS[media_type](content).replace("\r\n", "\n").replace("\0", "")
    if not text.strip():
        raise UnreadableDocumentError("there is no text in it")
    if len(text) > MAX_CHARACTERS:
        raise UnreadableDocumentError(f"it has {len(text)} characters, and at most {MAX_CHARACTERS} are kept")
    return text


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        raise UnreadableDocumentError("it is not UTF-8 text") from cause


def _html(content: bytes) -> str:
    return _apart(READING_HTML, _decoded(content).encode(), "HTML")


def _pdf(content: bytes) -> str:
    return _apart(READING_PDF, content, "a PDF")


def _apart(program: str, content: bytes, what: str) -> str:
    try:
        return read_apart(program, content, what)
    except ValueError as cause:
        raise UnreadableDocumentError(str(cause)) from cause


READERS: dict[MediaType, Callable[[bytes], str]] = {
    MediaType.TEXT: _decoded,
    MediaType.MARKDOWN: _decoded,
    MediaType.HTML: _html,
    MediaType.PDF: _pdf,
}
