"""GET /internal/catalog: what the consent page offers a person to choose from, for the authorization server alone."""

import anyio
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from resource_server.authorization.errors import InvalidTokenError, MissingCredentialsError, UnavailableError
from resource_server.authorization.own_server import asked_for
from resource_server.authorization.signatures import SignedTokens
from resource_server.gateway.gateway import Gateway
from resource_server.gateway.offering import offered_servers
from resource_server.memory.records import StoreBusyError
from resource_server.memory.store import MemoryStores
from resource_server.settings import Settings

PATH = "/internal/catalog"
TOKEN_TYPE = "catalog+jwt"


def routes(settings: Settings, tokens: SignedTokens, stores: MemoryStores, gateway: Gateway) -> list[Route]:
    """The caller proves itself with a token of its own type and audience, signed for this one person.

    With `servers=yes` it is told of theirs too: that asks those servers, and most pages do not offer them.
    """
    audience = settings.mcp_origin + PATH

    async def catalog(request: Request) -> JSONResponse:
        try:
            user_id = await asked_for(request, tokens, TOKEN_TYPE, audience)
            servers = await offered_servers(gateway, user_id) if request.query_params.get("servers") == "yes" else []
            offered = await anyio.to_thread.run_sync(catalog_of, stores, user_id)
        except (InvalidTokenError, MissingCredentialsError):
            return JSONResponse({"error": "invalid_token"}, 401, {"WWW-Authenticate": "Bearer"})
        except (UnavailableError, StoreBusyError):
            return JSONResponse({"error": "temporarily_unavailable"}, 503, {"Retry-After": "5"})
        return JSONResponse(offered | {"servers": servers}, headers={"Cache-Control": "no-store"})

    return [Route(PATH, catalog)]


def catalog_of(stores: MemoryStores, user_id: str) -> dict[str, object]:
    """The namespaces in use; of those that are shared, with how many people, and whether this one may write."""
    shared = {
        place.name: {"members": len(place.membership.labels), "may_write": place.may_write}
        for place in stores.places_of(user_id).shared
    }
    return {"namespaces": list(stores.of(user_id).namespaces()), "shared": shared}
