"""RFC 8414 §3 and RFC 7517 §5: the metadata wherever clients look for it, and the public keys."""

from collections.abc import Sequence
from functools import cache
from urllib.parse import urlsplit

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from auth_server.dependencies import ServicesDep, SessionDep
from auth_server.oauth.metadata import server_metadata
from auth_server.oauth.openid_configuration import openid_configuration
from auth_server.settings import Settings
from auth_server.signing_keys import CACHE_SECONDS, published_keys
from shared.mounted_servers import mounted_path

OPENID = "openid-configuration"
KEPT = {"Cache-Control": f"public, max-age={CACHE_SECONDS}"}
KEPT_BRIEFLY = {"Cache-Control": "public, max-age=60"}


def discovery_routes(settings: Settings) -> Sequence[BaseRoute]:
    """Routes at the root of the issuer's origin, whatever the issuer's path."""
    return _routes(tuple(metadata_paths(settings)), f"{settings.base_path}/.well-known/jwks.json")


@cache
def _routes(documents: tuple[str, ...], keys: str) -> Sequence[BaseRoute]:
    """FastAPI reads them once a process: they hold no state."""
    router = APIRouter()
    for path in documents:
        answer = openid_metadata if OPENID in path else metadata
        router.add_api_route(path, answer, methods=["GET", "HEAD"])
    router.add_api_route(keys, jwks, methods=["GET", "HEAD"])
    return tuple(router.routes)


def metadata_paths(settings: Settings) -> list[str]:
    """§3.1 and §5: both document names at the root, with the issuer's or the resource's path inserted, and appended.

    Some clients insert the path of the MCP endpoint, or of one server beside it, instead of the issuer's.
    """
    inserted = {"", settings.base_path, urlsplit(settings.mcp_url).path.rstrip("/"), mounted_path("{server}")}
    names = ("oauth-authorization-server", OPENID)
    paths = {f"/.well-known/{name}{path}" for name in names for path in inserted}
    return sorted(paths | {f"{settings.base_path}/.well-known/{name}" for name in names})


def metadata(session: SessionDep, services: ServicesDep) -> Response:
    """The same at every place of its name, kept for less long than keys: a switch should soon be seen."""
    return JSONResponse(server_metadata(session, services.settings), headers=KEPT_BRIEFLY)


def openid_metadata(session: SessionDep, services: ServicesDep) -> Response:
    """The same with what OpenID Connect adds; its scopes are more, for who reads it asks for few of them."""
    return JSONResponse(openid_configuration(session, services.settings), headers=KEPT_BRIEFLY)


def jwks(session: SessionDep) -> Response:
    """The public keys that sign, will sign, or signed what may still be in use."""
    return JSONResponse({"keys": published_keys(session)}, headers=KEPT)
