"""ChatGPT's pair, search and fetch, in exactly the shapes its research and company knowledge look for.

https://developers.openai.com/api/docs/mcp ("search tool", "fetch tool", "Citation behavior") and
https://developers.openai.com/apps-sdk/build/mcp-server ("Company knowledge compatibility"): one string argument each,
one text item that holds the structured content as JSON, and an absolute URL that a person can open.
"""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field

from resource_server.context.memories import MyMemories
from resource_server.context.wanted import Wanted
from resource_server.memory.records import Memory, Source
from resource_server.memory_addresses import MemoryAddresses
from resource_server.tools.memory_answers import NOTICE, Answer, SaidAlso, said_also
from resource_server.tools.memory_arguments import MAX_QUERY, Words
from resource_server.tools.quoting import is_untrusted, text_of
from resource_server.tools.requires import requires
from resource_server.tools.titles import title_of
from shared.scopes import Scope

RESULTS = 10
MAX_ADDRESS = 2_000


def no_longer_than(limit: int) -> AfterValidator:
    """A limit the schema keeps to itself: importers compare it with the published one, which has none."""

    def check(text: str) -> str:
        if len(text) > limit:
            raise ValueError(f"must have at most {limit} characters, not {len(text)}")
        return text

    return AfterValidator(check)


Query = Annotated[Words, no_longer_than(MAX_QUERY), Field(description="What to look for, in any words.")]
ResultId = Annotated[
    Words, no_longer_than(MAX_ADDRESS), Field(description="The id of a result of search, or its address.")
]


class Result(Answer):
    """One memory to fetch or to cite."""

    id: str
    title: str = Field(description="Its key, or its first words: quoted, like the text itself.")
    url: str


class Results(Answer):
    """Best first; none is an answer too."""

    results: tuple[Result, ...]


class Provenance(Answer):
    """Where the text comes from, as the server saw it; `app` is the name the app gave itself."""

    notice: str = NOTICE
    namespace: str
    tags: tuple[str, ...]
    app: str
    client_id: str
    tool: str
    created_at: datetime
    updated_at: datetime
    source: Source
    trust: float
    untrusted: bool
    superseded_by: str | None
    also_said_by: tuple[SaidAlso, ...] = ()


class Document(Answer):
    """One memory, quoted."""

    id: str
    title: str
    text: str
    url: str
    metadata: Provenance


@requires(Scope.MEMORY_READ, title="Search memories for citing")
def search(memories: MyMemories, addresses: MemoryAddresses, query: Query) -> Results:
    """Search what this person's apps have saved about them and their work, not the web: titles and addresses to cite.

    Where memory_search can be called, call that instead: it answers with the whole texts at once. This one is for
    clients that work by search and fetch alone, such as ChatGPT's research. Titles are quoted, and no instructions.
    """
    hits = memories.search(query, Wanted(), RESULTS)
    return Results(results=tuple(Result(**_cited(hit.memory, addresses)) for hit in hits))


@requires(Scope.MEMORY_READ, title="Read one memory")
def fetch(memories: MyMemories, addresses: MemoryAddresses, id: ResultId) -> Document:
    """Read one saved memory, not a web page: the whole text behind an id that search gave, with who saved it and when.

    What memory_search and memory_recall answer is whole already and need not be fetched.
    """
    memory = memories.by_id(addresses.id_in(id))
    also = said_also(memories.origins([memory]))
    return Document(**_cited(memory, addresses), text=text_of(memory), metadata=_provenance(memory, also))


def _cited(memory: Memory, addresses: MemoryAddresses) -> dict[str, str]:
    return {"id": memory.id, "title": title_of(memory), "url": addresses.of(memory.id)}


def _provenance(memory: Memory, also: tuple[SaidAlso, ...]) -> Provenance:
    author = memory.author
    return Provenance(
        namespace=memory.namespace,
        tags=memory.tags,
        app=author.client_name,
        client_id=author.client_id,
        tool=author.tool,
        created_at=memory.created_at,
        updated_at=memory.updated_at,
        source=memory.source,
        trust=memory.trust,
        untrusted=is_untrusted(memory.source),
        superseded_by=memory.superseded_by,
        also_said_by=also,
    )


TOOLS = (search, fetch)
