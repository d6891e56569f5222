"""The tools of all servers that a caller may call, put together once for as long as they stay what they are."""

from collections.abc import Sequence
from dataclasses import dataclass

import mcp_types

from resource_server.gateway.link import Viewer
from resource_server.gateway.listing import Definition, only_reads
from resource_server.gateway.pins import Pin
from resource_server.gateway.seen import SeenServer
from resource_server.gateway.server_reach import ServerReach
from resource_server.gateway.upstream import Upstream
from resource_server.recent import Recent

MOST_LISTS = 200


@dataclass(frozen=True)
class UpstreamTool:
    """A tool under the name that it has here, with what its server says of it."""

    name: str
    own_name: str
    upstream: Upstream
    definition: Definition
    shown: mcp_types.Tool | None
    """As it is listed here; None where its server describes no tool."""

    @property
    def pin(self) -> Pin:
        """What it is remembered by."""
        return self.upstream.id, self.own_name


@dataclass(frozen=True)
class _Offer:
    """A list, and what it was made of."""

    servers: Sequence[SeenServer]
    tools: Sequence[UpstreamTool]

    def is_of(self, servers: Sequence[SeenServer]) -> bool:
        """Whether it would be made of the very same things."""
        return len(servers) == len(self.servers) and all(map(_is_same, servers, self.servers))


class Offered:
    """Of one process; each caller's, for pages and repeated questions."""

    def __init__(self) -> None:
        self._known: Recent[tuple[Viewer, ServerReach], _Offer] = Recent(MOST_LISTS)

    def to(self, viewer: Viewer, reach: ServerReach, servers: Sequence[SeenServer]) -> Sequence[UpstreamTool]:
        """What may be called of these servers, in the order of names."""
        known = self._known.get((viewer, reach))
        if known is None or not known.is_of(servers):
            found = [tool for server in servers for tool in offered_by(server, reach)]
            first = {tool.name: tool for tool in reversed(found)}
            known = _Offer(servers, sorted(first.values(), key=lambda tool: tool.name))
            self._known.put((viewer, reach), known)
        return known.tools


def offered_by(server: SeenServer, reach: ServerReach) -> list[UpstreamTool]:
    """What may be called of one server."""
    upstream, tools = server.upstream, server.listing.tools
    return [
        _tool_of(server, name)
        for name in server.tool_names()
        if reach.allows(upstream, name, reads_only=only_reads(tools[name]))
    ]


def _tool_of(server: SeenServer, tool: str) -> UpstreamTool:
    name, described = server.name_of(tool), server.described(tool)
    return UpstreamTool(name, tool, server.upstream, described, server.listing.shown(name, described))


def _is_same(one: SeenServer, other: SeenServer) -> bool:
    return one.upstream is other.upstream and one.listing is other.listing and one.changed == other.changed
