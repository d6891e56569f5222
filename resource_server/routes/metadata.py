"""RFC 9728: protected resource metadata, at the root and with the resource's path inserted.

Single servers have theirs at their own paths. It is there for every name that could be one: who may know of a server is
known only when somebody has signed in.
"""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from resource_server.authorization.metadata_urls import WELL_KNOWN, metadata_path
from resource_server.authorization.protected_resources import ProtectedResource, mcp_endpoint, resource_at
from resource_server.settings import Settings
from shared.mounted_servers import mounted_path

MOUNTED = mounted_path("{server}")
HEADERS = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=3600"}


def routes(settings: Settings) -> list[Route]:
    """Pages of any origin may read it, as browser clients must."""
    endpoint = mcp_endpoint(settings)

    async def protected_resource(request: Request) -> JSONResponse:
        path = request.url.path.removeprefix(WELL_KNOWN)
        resource = resource_at(path, settings) if path else endpoint
        if resource is None:
            raise HTTPException(404)
        return JSONResponse(_document(resource, settings), headers=HEADERS)

    return [Route(path, protected_resource) for path in {WELL_KNOWN, metadata_path(settings), WELL_KNOWN + MOUNTED}]


def _document(resource: ProtectedResource, settings: Settings) -> dict[str, object]:
    return {
        "resource": resource.identifier,
        "resource_name": resource.name,
        "authorization_servers": [settings.issuer],
        "scopes_supported": [scope.value for scope in resource.scopes],
        "bearer_methods_supported": ["header"],
    }
