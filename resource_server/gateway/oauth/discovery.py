"""MCP, authorization: from a server that refuses to the authorization server that a person is sent to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import httpx2
from mcp.shared.auth_utils import resource_url_from_server_url
from mcp_types.version import LATEST_HANDSHAKE_VERSION

from resource_server.gateway.oauth.authorization_server import AuthorizationServer, authorization_server
from resource_server.gateway.oauth.challenges import Challenge, bearer_challenge
from resource_server.gateway.oauth.errors import NotAnsweringError, NotProtectedError
from resource_server.gateway.oauth.fetching import Fetching
from resource_server.gateway.oauth.protected_resource import ProtectedResource, protected_resource
from resource_server.gateway.upstream import Transport, Upstream
from shared.urls import origin_of

OFFLINE = "offline_access"
MOST_SCOPES = 50


@dataclass(frozen=True)
class Prospect:
    """What connecting a server means: tokens for `resource`, from `server`, with `scopes`, if any."""

    resource: str
    server: AuthorizationServer
    scopes: tuple[str, ...] = ()


async def discover(
    fetching: Fetching, upstream: Upstream, challenge: Challenge | None = None, issuer: str = ""
) -> Prospect:
    """Where a person would be sent, from the challenge that the server gave. Of several servers, `issuer` if it is one.

    Raises NotProtectedError, UnusableServerError and NotAnsweringError.
    """
    challenge = challenge or Challenge()
    resource = await protected_resource(fetching, upstream.url, challenge.resource_metadata)
    server = await _server_of(fetching, upstream, resource, issuer)
    if server is None:
        raise NotProtectedError(f"{upstream.name} does not say how people connect it.")
    named = challenge.scope.split() or (resource.scopes if resource is not None else ())
    return Prospect(
        resource.resource if resource is not None else resource_url_from_server_url(upstream.url),
        server,
        with_offline(named, server),
    )


def with_offline(scopes: Iterable[str], server: AuthorizationServer) -> tuple[str, ...]:
    """Each once; with the right to come back without the person, where the server knows it as a scope."""
    found = list(dict.fromkeys(scopes))[:MOST_SCOPES]
    if OFFLINE in server.scopes and OFFLINE not in found and found:
        found.append(OFFLINE)
    return tuple(found)


async def knock(fetching: Fetching, upstream: Upstream, headers: Mapping[str, str]) -> tuple[bool, Challenge | None]:
    """Whether the server refuses who has no token, and what it says then; None where it says nothing of the kind."""
    sent = {name: value for name, value in headers.items() if name.lower() != "authorization"}
    try:
        answer = await fetching.send(_greeting(upstream, sent), reads_body=False)
    except NotAnsweringError:
        return False, None
    if answer.status != 401:
        return False, None
    return True, bearer_challenge(answer.headers.get("www-authenticate", ""))


def _greeting(upstream: Upstream, headers: Mapping[str, str]) -> httpx2.Request:
    if upstream.transport is Transport.SSE:
        return httpx2.Request("GET", upstream.url, headers={**headers, "Accept": "text/event-stream"})
    message = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": LATEST_HANDSHAKE_VERSION,
            "capabilities": {},
            "clientInfo": {"name": "ostiary", "version": "1"},
        },
    }
    both = {"Accept": "application/json, text/event-stream"}
    return httpx2.Request("POST", upstream.url, json=message, headers={**headers, **both})


async def _server_of(
    fetching: Fetching, upstream: Upstream, resource: ProtectedResource | None, issuer: str
) -> AuthorizationServer | None:
    """Without metadata of its own, a server of before 2025-06-18 issues its tokens itself (MCP 2025-03-26)."""
    if resource is None:
        origin = origin_of(upstream.url)
        return await authorization_server(fetching, origin, also=f"{origin}/")
    return await authorization_server(fetching, issuer if issuer in resource.issuers else resource.issuers[0])
