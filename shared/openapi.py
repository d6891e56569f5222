"""An API as an OpenAPI 3.1 document of exactly its routes."""

from collections.abc import Sequence
from typing import Any

from fastapi.openapi.utils import get_openapi
from starlette.routing import BaseRoute

API_KEY = {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "An API key."}


def openapi_document(
    title: str, description: str, credential: str, routes: Sequence[BaseRoute], server: str
) -> dict[str, Any]:
    """`credential` says what goes in the Authorization header; `server` is the address below which the paths lie."""
    bearer = {"type": "http", "scheme": "bearer", "description": credential}
    schemes = {"bearer": bearer, "apiKey": API_KEY}
    described: dict[str, Any] = get_openapi(
        title=title,
        version="1",
        openapi_version="3.1.0",
        description=description,
        routes=routes,
        servers=[{"url": server}],
    )
    described.setdefault("components", {})["securitySchemes"] = schemes
    described["security"] = [{name: []} for name in schemes]
    return described
