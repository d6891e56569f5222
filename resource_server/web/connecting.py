"""What connecting a server means, in the words of a person's page."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

import anyio

from resource_server.gateway.gateway import Gateway
from resource_server.gateway.oauth.errors import OAuthProblemError
from resource_server.gateway.upstream import NOBODY, Upstream
from resource_server.web.problems import no_such_page
from shared.own_pages import SERVERS_PATH


@dataclass(frozen=True)
class ShownConnection:
    """`leads_to` is the host that the browser is sent to, and empty where nothing is asked or `problem` says why.

    `connected_at` is None for who is not connected; `missed` are scopes that a call missed.
    """

    name: str
    host: str
    is_own: bool
    connected_at: datetime | None = None
    was_refused: bool = False
    leads_to: str = ""
    issuer: str = ""
    scopes: Sequence[str] = ()
    missed: Sequence[str] = ()
    problem: str = ""


async def connection_of(gateway: Gateway, upstream: Upstream, user_id: str, *, asks_again: bool) -> ShownConnection:
    """For a person who looks; the server and its authorization server are asked only for who may want to go there."""
    held = await anyio.to_thread.run_sync(gateway.connecting.tokens.of, upstream.id, user_id)
    missed = held.wanted_scope.split() if held is not None else []
    is_connected = held is not None and not held.is_refused
    known = ShownConnection(
        upstream.name,
        urlsplit(upstream.url).netloc,
        upstream.owner != NOBODY,
        held.connected_at if held is not None and is_connected else None,
        held is not None and held.is_refused,
        missed=missed,
    )
    if is_connected and not missed and not asks_again:
        return known
    try:
        prospect = await gateway.connecting.look(upstream, user_id)
    except OAuthProblemError as problem:
        return replace(known, problem=str(problem))
    return replace(known, leads_to=prospect.server.host, issuer=prospect.server.issuer, scopes=prospect.scopes)


async def connected_server(gateway: Gateway, user_id: str, server_id: str) -> Upstream:
    """The server that a person came back from. Raises PageProblem where it is not theirs any more."""
    visible = await anyio.to_thread.run_sync(gateway.upstreams.visible_to, user_id)
    found = next((upstream for upstream in visible if upstream.id == server_id), None)
    if found is None:
        raise no_such_page()
    return found


def way_to(upstream: Upstream) -> str:
    """Its page about the connection."""
    return f"{SERVERS_PATH}/{upstream.name}/connect"
