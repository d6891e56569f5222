"""`GET /admin/api/openapi.json`: the administration API as an OpenAPI 3.1 document of exactly its routes."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from starlette.routing import BaseRoute

from auth_server.dependencies import ServicesDep
from auth_server.routes.admin_api.bounded_body import BoundedBodyRoute

SECURITY_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An access token for this API, or an API key."},
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "An API key."},
}
DESCRIPTION = (
    "People, apps, connections, keys and rules of one Ostiary. A credential needs the scope `admin`, and its owner the "
    "rights of an administrator now; cookies open nothing."
)


def openapi_document(routes: Sequence[BaseRoute], server: str) -> dict[str, Any]:
    """OpenAPI 3.1 of `routes`; `server` is the address below which their paths lie."""
    described: dict[str, Any] = get_openapi(
        title="Ostiary administration API",
        version="1",
        openapi_version="3.1.0",
        description=DESCRIPTION,
        routes=routes,
        servers=[{"url": server}],
    )
    described.setdefault("components", {})["securitySchemes"] = SECURITY_SCHEMES
    described["security"] = [{name: []} for name in SECURITY_SCHEMES]
    return described


def document_router(routes: Sequence[BaseRoute]) -> APIRouter:
    """The one route that answers with the document of `routes`."""
    router = APIRouter(include_in_schema=False, route_class=BoundedBodyRoute)

    @router.get("/openapi.json")
    def openapi(_request: Request, services: ServicesDep) -> JSONResponse:
        """The document; it tells nothing of this installation but its address."""
        return JSONResponse(openapi_document(routes, services.settings.issuer))

    return router
