"""How a server is, in the words of a person's page."""

from dataclasses import dataclass
from enum import StrEnum

from resource_server.gateway.gateway import Gateway, SeenServer
from resource_server.gateway.links import Viewer
from resource_server.gateway.upstream import NOBODY, Upstream

PATIENCE_SECONDS = 2.0
"""A page waits so long for servers that are slow; the rest it says as it was known."""


class Standing(StrEnum):
    """What a person has to know of a server at a glance."""

    WORKS = "works"
    WANTS_CREDENTIAL = "connect it"
    WAITS = "tools wait for you"
    DOWN = "does not work now"


@dataclass(frozen=True)
class ShownServer:
    """One server for one person; `problem` is a sentence, or empty."""

    name: str
    is_own: bool
    standing: Standing
    problem: str
    tools: int
    changed: tuple[str, ...]
    upstream: Upstream


async def servers_seen_by(gateway: Gateway, user_id: str) -> list[ShownServer]:
    """Everybody's and the person's own, by name."""
    seen = await gateway.servers_of(Viewer(user_id, ""), patience=PATIENCE_SECONDS)
    return sorted((shown(server) for server in seen), key=lambda server: server.name)


def shown(seen: SeenServer) -> ShownServer:
    """In words."""
    return ShownServer(
        name=seen.upstream.name,
        is_own=seen.upstream.owner != NOBODY,
        standing=_standing(seen),
        problem="" if seen.listing.wants_credential else seen.listing.problem,
        tools=len(seen.listing.tools),
        changed=tuple(sorted(seen.changed)),
        upstream=seen.upstream,
    )


def _standing(seen: SeenServer) -> Standing:
    if seen.listing.wants_credential:
        return Standing.WANTS_CREDENTIAL
    if seen.listing.problem:
        return Standing.DOWN
    return Standing.WAITS if seen.changed else Standing.WORKS
