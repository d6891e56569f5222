"""The text of a PDF, read by pypdf.

`python -m resource_server.memory.documents.pdf_text` reads a PDF from standard input and writes its text.
"""

import io

import pypdf
from pypdf.errors import PyPdfError

from resource_server.memory.documents.apart import MAX_CHARACTERS, serve

MAX_PAGES = 1_000


def pages_of(content: bytes) -> str:
    """Page after page, with a heading each. Raises ValueError for what is no PDF or is locked."""
    try:
        return "\n\n".join(_pages(pypdf.PdfReader(io.BytesIO(content))))
    except (PyPdfError, RecursionError, MemoryError, KeyError, TypeError, AttributeError, IndexError):
        raise ValueError("it cannot be read as a PDF") from None


def _pages(reader: pypdf.PdfReader) -> list[str]:
    if reader.is_encrypted and not reader.decrypt(""):
        raise ValueError("it is locked with a password")
    if len(reader.pages) > MAX_PAGES:
        raise ValueError(f"it has {len(reader.pages)} pages, and at most {MAX_PAGES} are read")
    found: list[str] = []
    length = 0
    for number, page in enumerate(reader.pages, start=1):
        text = page.extract_text().strip()
        found += [f"# Page {number}\n\n{text}"] if text else []
        length += len(text)
        if length > MAX_CHARACTERS:
            raise ValueError(f"it has more than {MAX_CHARACTERS} characters")
    return found


if __name__ == "__main__":
    serve(pages_of)
