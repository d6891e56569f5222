"""RFC 9728: protected resource metadata, at the root and with the resource's path inserted."""

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from resource_server.authorization.metadata_urls import WELL_KNOWN, metadata_path
from resource_server.settings import Settings
from shared.scopes import RESOURCE_SCOPES

HEADERS = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=3600"}


def routes(settings: Settings) -> list[Route]:
    """Both places, one document; pages of any origin may read it, as browser clients must."""
    document = {
        "resource": settings.mcp_url,
        "resource_name": "Ostiary",
        "authorization_servers": [settings.issuer],
        "scopes_supported": [scope.value for scope in RESOURCE_SCOPES],
        "bearer_methods_supported": ["header"],
    }

    async def protected_resource(_request: Request) -> JSONResponse:
        return JSONResponse(document, headers=HEADERS)

    return [Route(path, protected_resource) for path in {WELL_KNOWN, metadata_path(settings)}]
