"""How a server is, in the words of a person's page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from resource_server.gateway.gateway import Gateway, SeenServer
from resource_server.gateway.health import State
from resource_server.gateway.links import Viewer
from resource_server.gateway.listing import only_reads
from resource_server.gateway.showing import shown_command, shown_url
from resource_server.gateway.upstream import NOBODY, Upstream
from shared.clock import now
from shared.mounted_servers import mounted_path

PATIENCE_SECONDS = 2.0
"""A page waits so long for servers that are slow; the rest it says as it was known."""

LONGEST_TEXT = 300


class Standing(StrEnum):
    """What a person has to know of a server at a glance."""

    WORKS = "works"
    OFF = "switched off"
    CONNECT = "connect it"
    CONNECT_AGAIN = "connect it again"
    WAITS = "waits for you"
    AWAITED = "no answer yet"
    DOWN = "does not work now"


WELL = (Standing.WORKS, Standing.OFF, Standing.AWAITED)


@dataclass(frozen=True)
class ShownTool:
    """One tool as apps see it, with how its description begins; `own_name` is its server's."""

    name: str
    own_name: str
    says: str
    only_reads: bool


@dataclass(frozen=True)
class ShownServer:
    """One server for one person. `problem` is a sentence, or empty; `down_since` and `next_try` are about that.

    `hidden` are the own names of tools that no app sees, for who keeps the server; `changed` of those that wait.
    """

    name: str
    is_own: bool
    where: str
    address: str
    standing: Standing
    problem: str
    down_since: datetime | None
    next_try: datetime | None
    tools: tuple[ShownTool, ...]
    hidden: tuple[str, ...]
    changed: tuple[str, ...]
    upstream: Upstream

    @property
    def is_well(self) -> bool:
        """Whether there is nothing to do about it."""
        return self.standing in WELL


async def servers_seen_by(gateway: Gateway, user_id: str) -> list[ShownServer]:
    """Everybody's and the person's own, by name."""
    seen = await gateway.servers_of(Viewer(user_id, ""), patience=PATIENCE_SECONDS)
    return sorted((shown(gateway, server, user_id) for server in seen), key=lambda server: server.name)


async def server_seen_by(gateway: Gateway, upstream: Upstream, user_id: str) -> ShownServer:
    """One of them; a server that is switched off is not asked."""
    if not upstream.is_enabled:
        return _switched_off(gateway, upstream)
    seen = await gateway.seen(upstream, Viewer(user_id, ""), patience=PATIENCE_SECONDS)
    return shown(gateway, seen, user_id)


def shown(gateway: Gateway, seen: SeenServer, user_id: str) -> ShownServer:
    """In words."""
    upstream, listing = seen.upstream, seen.listing
    health = gateway.links.watches.health(upstream, user_id)
    is_down = health.state is State.DOWN and bool(listing.problem)
    return ShownServer(
        name=upstream.name,
        is_own=upstream.owner != NOBODY,
        where=where(upstream),
        address=gateway.origin + mounted_path(upstream.name),
        standing=_standing(seen),
        problem="" if listing.wants_credential else (is_down and health.last_error) or listing.problem,
        down_since=health.since if is_down else None,
        next_try=health.next_try if is_down and health.next_try and health.next_try > now() else None,
        tools=tuple(_tool(seen, tool) for tool in seen.tool_names()),
        hidden=tuple(tool for tool in sorted(listing.tools) if upstream.shaping.name_of(tool) is None),
        changed=tuple(sorted(seen.changed)),
        upstream=upstream,
    )


def where(upstream: Upstream) -> str:
    """Its address or its command, without what may be a key."""
    return shown_url(upstream.url) if upstream.url else " ".join(shown_command(upstream.command))


def _switched_off(gateway: Gateway, upstream: Upstream) -> ShownServer:
    address = gateway.origin + mounted_path(upstream.name)
    is_own, at = upstream.owner != NOBODY, where(upstream)
    return ShownServer(upstream.name, is_own, at, address, Standing.OFF, "", None, None, (), (), (), upstream)


def _standing(seen: SeenServer) -> Standing:
    wanted = seen.listing.wanted
    if wanted is not None and wanted.wants.has_page:
        return Standing.CONNECT_AGAIN if wanted.again else Standing.CONNECT
    if seen.listing.is_awaited:
        return Standing.AWAITED
    if seen.listing.problem:
        return Standing.DOWN
    return Standing.WAITS if seen.changed else Standing.WORKS


def _tool(seen: SeenServer, tool: str) -> ShownTool:
    name = seen.upstream.shaping.name_of(tool) or tool
    return ShownTool(name, tool, first_words(seen.described(tool)), only_reads(seen.listing.tools[tool]))


def first_words(tool: Mapping[str, object]) -> str:
    """How its description begins, or its title."""
    found = (tool.get("description"), tool.get("title"))
    text = next((one for one in found if isinstance(one, str) and one.strip()), "")
    return text.strip().partition("\n")[0][:LONGEST_TEXT]
