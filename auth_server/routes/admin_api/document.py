"""`GET /admin/api/openapi.json`: the administration API as an OpenAPI 3.1 document of exactly its routes."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.routing import BaseRoute

from auth_server.dependencies import ServicesDep
from auth_server.routes.admin_api.bounded_body import BoundedBodyRoute
from shared.openapi import openapi_document

TITLE, CREDENTIAL = "Ostiary administration API", "An access token for this API, or an API key."
DESCRIPTION = (
    "People, apps, connections, keys and rules of one Ostiary. A credential needs the scope `admin`, and its owner the "
    "rights of an administrator now; cookies open nothing."
)


def admin_document(routes: Sequence[BaseRoute], server: str) -> dict[str, Any]:
    """OpenAPI 3.1 of `routes`; `server` is the address below which their paths lie."""
    return openapi_document(TITLE, DESCRIPTION, CREDENTIAL, routes, server)


def document_router(routes: Sequence[BaseRoute]) -> APIRouter:
    """The one route that answers with the document of `routes`."""
    router = APIRouter(include_in_schema=False, route_class=BoundedBodyRoute)

    @router.get("/openapi.json")
    def openapi(_request: Request, services: ServicesDep) -> JSONResponse:
        """The document; it tells nothing of this installation but its address."""
        return JSONResponse(admin_document(routes, services.settings.issuer))

    return router
