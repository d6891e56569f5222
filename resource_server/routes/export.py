"""GET /internal/export: a person's memories as JSON lines, for the authorization server that hands them out."""

import json
from collections.abc import Iterator

import anyio
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from resource_server.authorization.errors import InvalidTokenError, MissingCredentialsError, UnavailableError
from resource_server.authorization.own_server import asked_for
from resource_server.authorization.signatures import SignedTokens
from resource_server.memory.record_lines import PARTS, record_lines
from resource_server.memory.records import Filters, Memory, StoreBusyError
from resource_server.memory.store import MemoryStore, MemoryStores
from resource_server.settings import Settings
from shared.authorization_details import NamespaceSet

PATH = "/internal/export"
TOKEN_TYPE = "export+jwt"
MEDIA_TYPE = "application/x-ndjson"
PAGE = 100
ALL = Filters(NamespaceSet(everything=True))


def routes(settings: Settings, tokens: SignedTokens, stores: MemoryStores) -> list[Route]:
    """Memories, or with `part` their history or the ledger; never what the person shares with others.

    One page of memories is held at a time; the last line counts them, so that a broken stream is noticed, and names the
    shared namespaces that are left out.
    """
    audience = settings.mcp_origin + PATH

    async def export(request: Request) -> Response:
        try:
            user_id = await asked_for(request, tokens, TOKEN_TYPE, audience)
            if request.query_params.get("only") == "count":
                return JSONResponse({"memories": await anyio.to_thread.run_sync(_count, stores.own_of(user_id))})
            lines = _chosen(stores, user_id, request.query_params.get("part", ""))
            # The first page is read before anything is answered: a vault that cannot be read is an error, no file.
            first = await anyio.to_thread.run_sync(next, lines)
        except (InvalidTokenError, MissingCredentialsError):
            return JSONResponse({"error": "invalid_token"}, 401, {"WWW-Authenticate": "Bearer"})
        except (UnavailableError, StoreBusyError):
            return JSONResponse({"error": "temporarily_unavailable"}, 503, {"Retry-After": "5"})
        return StreamingResponse(_after(first, lines), headers={"Cache-Control": "no-store"}, media_type=MEDIA_TYPE)

    return [Route(PATH, export)]


def memory_line(memory: Memory) -> dict[str, object]:
    """One memory with everything that is kept of it."""
    return {
        "id": memory.id,
        "namespace": memory.namespace,
        "key": memory.key,
        "text": memory.text,
        "tags": list(memory.tags),
        "importance": memory.importance,
        "metadata": memory.metadata,
        "created_at": memory.created_at.isoformat(),
        "updated_at": memory.updated_at.isoformat(),
        "expires_at": memory.expires_at.isoformat() if memory.expires_at else None,
        "saved_by": {
            "app": memory.author.client_name,
            "client_id": memory.author.client_id,
            "tool": memory.author.tool,
        },
    }


def _chosen(stores: MemoryStores, user_id: str, part: str) -> Iterator[bytes]:
    vault = stores.vault_of(user_id)
    return record_lines(vault, part) if part in PARTS else _lines(stores.own_of(user_id), sorted(vault.elsewhere))


def _lines(store: MemoryStore, left_out: list[str]) -> Iterator[bytes]:
    """A page of lines at a time, then the count, and what is not in it."""
    count, cursor = 0, None
    is_last = not store.namespaces()  # which makes no vault, unlike reading a page of one that is not there
    while not is_last:
        page = store.page(ALL, cursor, PAGE)
        yield b"".join(_encoded(memory_line(memory)) for memory in page.memories)
        count, cursor = count + len(page.memories), page.next_cursor
        is_last = cursor is None
    yield _encoded({"memories": count} | ({"left_out": left_out} if left_out else {}))


def _count(store: MemoryStore) -> int:
    """Live memories and those in the trash; where nothing was ever remembered, no vault is made to find that out."""
    if not store.namespaces():
        return 0
    stats = store.stats(ALL.namespaces)
    return sum(stats.by_namespace.values()) + stats.trashed


def _after(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _encoded(line: dict[str, object]) -> bytes:
    return json.dumps(line, ensure_ascii=False).encode() + b"\n"
