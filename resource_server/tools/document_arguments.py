"""The arguments of document tools."""

from typing import Annotated

from pydantic import Field

from resource_server.memory.documents.media_types import MediaType
from resource_server.tools.memory_arguments import Plain, Words

MAX_TITLE = 300
MAX_CONTENT = 900_000

DocumentId = Annotated[Plain, Field(max_length=64, description="The document's id, doc_…, as other tools give it.")]
MaybeDocumentId = Annotated[
    Plain | None, Field(max_length=64, description="The document's id, doc_…; give this or memory_id.")
]
ChunkId = Annotated[
    Plain | None,
    Field(max_length=64, description="The id, mem_…, of a part that a search found: read on around it."),
]
Title = Annotated[Words, Field(max_length=MAX_TITLE, description="What the document is called.")]
Content = Annotated[
    Words,
    Field(
        max_length=MAX_CONTENT, description="The whole text; for application/pdf the file's bytes in base64 (RFC 4648)."
    ),
]
Type = Annotated[
    MediaType, Field(description="text/markdown where there are headings, text/plain, text/html or application/pdf.")
]
Origin = Annotated[
    Plain,
    Field(
        max_length=2_000,
        description="Where it comes from: a file's name or an address. A later one of the same origin replaces it.",
    ),
]
First = Annotated[int, Field(ge=0, le=100_000, description="The position of the first part to read, from 0.")]
Count = Annotated[int, Field(ge=1, le=50, description="How many parts at most, 1 to 50.")]
Around = Annotated[int, Field(ge=0, le=20, description="How many parts before and after memory_id.")]
