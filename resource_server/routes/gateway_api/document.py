"""`GET /mcp/openapi.json`: the API as an OpenAPI 3.1 document of exactly its routes, for everybody to read."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from shared.openapi import openapi_document

TITLE, CREDENTIAL = "Ostiary gateway API", "An access token for the MCP endpoint, or a key."
DESCRIPTION = (
    "Tools of the servers behind this one, and Ostiary's own, for programs that do not speak MCP. It takes the tokens "
    "and keys of the MCP endpoint, and a call may do what it may do there. What needs a person's answer on the way "
    "needs MCP."
)
HEADERS = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=3600"}


def gateway_document(routes: Sequence[BaseRoute], server: str) -> dict[str, Any]:
    """OpenAPI 3.1 of `routes`; `server` is the address below which their paths lie."""
    return openapi_document(TITLE, DESCRIPTION, CREDENTIAL, routes, server)


def document_route(path: str, described: Callable[[], Sequence[BaseRoute]], server: str) -> Route:
    """Answers with the document of the `described` routes; it tells nothing of this installation but its address.

    It is made when it is first asked for: a start would wait for it longer than for most else.
    """
    document = cache(lambda: gateway_document(described(), server))

    def openapi(_request: Request) -> JSONResponse:
        return JSONResponse(document(), headers=HEADERS)

    return Route(path, openapi)
