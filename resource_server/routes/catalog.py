"""GET /internal/catalog: what the consent page offers a person to choose from, for the authorization server alone."""

from collections.abc import Callable, Sequence

import anyio
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from resource_server.authorization.errors import InvalidTokenError, MissingCredentialsError, UnavailableError
from resource_server.authorization.own_server import asked_for
from resource_server.authorization.signatures import SignedTokens
from resource_server.memory.records import StoreBusyError
from resource_server.settings import Settings

PATH = "/internal/catalog"
TOKEN_TYPE = "catalog+jwt"


def routes(settings: Settings, tokens: SignedTokens, namespaces_of: Callable[[str], Sequence[str]]) -> list[Route]:
    """The caller proves itself with a token of its own type and audience, signed for this one person."""
    audience = settings.mcp_origin + PATH

    async def catalog(request: Request) -> JSONResponse:
        try:
            user_id = await asked_for(request, tokens, TOKEN_TYPE, audience)
            namespaces = await anyio.to_thread.run_sync(namespaces_of, user_id)
        except (InvalidTokenError, MissingCredentialsError):
            return JSONResponse({"error": "invalid_token"}, 401, {"WWW-Authenticate": "Bearer"})
        except (UnavailableError, StoreBusyError):
            return JSONResponse({"error": "temporarily_unavailable"}, 503, {"Retry-After": "5"})
        return JSONResponse({"namespaces": list(namespaces)}, headers={"Cache-Control": "no-store"})

    return [Route(PATH, catalog)]
