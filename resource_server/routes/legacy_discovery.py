"""MCP 2025-03-26, authorization §2.3: clients that look for the authorization server at the MCP server's own origin.

Behind a setting, since the metadata names another issuer than the address it lies at, which current clients must
refuse (RFC 8414 §3.3). A browser may be redirected; a token request never is, for its secrets would travel twice.
"""

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from resource_server.authorization.auth_client import AuthClient
from resource_server.authorization.errors import UnavailableError
from resource_server.settings import Settings

METADATA_PATH = "/.well-known/oauth-authorization-server"
HEADERS = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=60"}


def routes(settings: Settings, client: AuthClient) -> list[Route]:
    """Nothing unless it is switched on, and nothing where one port serves both: there the real thing answers."""
    if not settings.legacy_discovery or settings.issuer_origin == settings.mcp_origin:
        return []

    async def metadata(_request: Request) -> Response:
        try:
            return JSONResponse(await client.metadata(), headers=HEADERS)
        except UnavailableError:
            return JSONResponse({"error": "temporarily_unavailable"}, 503, {"Retry-After": "5"})

    async def authorize(request: Request) -> Response:
        query = request.scope["query_string"].decode("latin-1")
        return RedirectResponse(f"{settings.issuer}/authorize?{query}", 302, {"Cache-Control": "no-store"})

    return [Route(METADATA_PATH, metadata), Route("/authorize", authorize)]
