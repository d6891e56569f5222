"""One server at its own address, for one caller: everything under its own names, as far as the grant goes."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import anyio
from mcp import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS

from resource_server.context.caller import Caller
from resource_server.context.connecting_first import INTERACTIVE, can_be_sent, sent
from resource_server.gateway.conversation import Front, Params
from resource_server.gateway.gateway import Gateway
from resource_server.gateway.kinds import Kind
from resource_server.gateway.links import UnreachableError, Viewer
from resource_server.gateway.listing import Listing, only_reads
from resource_server.gateway.naming import is_sendable
from resource_server.gateway.upstream import Upstream
from resource_server.gateway.wanted import CredentialWantedError

Answered = TypeVar("Answered")

SECONDS = 60.0
WHAT_IS_KNOWN = {Kind.TOOLS.capability, Kind.PROMPTS.capability, Kind.RESOURCES.capability, "completions", "logging"}
FOR_SOME_TOOLS = {Kind.TOOLS.capability, "logging"}


@dataclass(frozen=True)
class MountedServer:
    """The server that `caller.server` names. Every method raises MCPError: the server's, or that there is no answer."""

    gateway: Gateway
    caller: Caller

    async def hello(self, front: Front) -> Params:
        """What it says of itself when it is greeted; its capabilities are those that the grant reaches."""
        upstream = await self._upstream()
        hello = await self._answer(upstream, lambda: self.gateway.links.hello(upstream, self._viewer, front))
        reached = WHAT_IS_KNOWN if self._is_whole(upstream) else FOR_SOME_TOOLS
        offered = hello.get("capabilities") or {}
        return {**hello, "capabilities": {name: said for name, said in offered.items() if name in reached}}

    async def tools(self, params: Params, front: Front) -> dict[str, Any]:
        """One page of tools/list, without what the grant does not reach, and what waits to be accepted (AS-105)."""
        upstream = await self._upstream()
        page = await self._request(upstream, Kind.TOOLS.method, params, front)
        listed = {tool["name"]: tool for tool in page.get("tools", ()) if self._may_show(upstream, tool)}
        changed = await self.gateway.known.changed(upstream.id, self.caller.user_id, Listing(listed))
        names = {tool: upstream.shaping.name_of(tool) for tool in listed if tool not in changed}
        shown = [
            {**upstream.shaping.shown(tool, listed[tool]), "name": name}
            for tool, name in names.items()
            if name is not None
        ]
        return {**page, "tools": shown}

    async def entries(self, kind: Kind, params: Params, front: Front) -> dict[str, Any]:
        """One page of prompts, resources or templates: the server's, or none."""
        upstream = await self._upstream()
        is_whole = self._is_whole(upstream)
        return await self._request(upstream, kind.method, params, front) if is_whole else {kind.field: []}

    async def request(self, method: str, params: Params, front: Front) -> dict[str, Any]:
        """Anything that is not about tools, for a grant that gives the whole server."""
        return await self._request(await self.whole(), method, params, front)

    async def whole(self) -> Upstream:
        """The server, for a grant that gives all of it."""
        upstream = await self._upstream()
        if not self._is_whole(upstream):
            raise MCPError(INVALID_PARAMS, "This connection's grant reaches some tools of this server alone.")
        return upstream

    def _is_whole(self, upstream: Upstream) -> bool:
        """Whether the grant gives more than single tools."""
        return any(choice.everything for choice in self.caller.servers.of(upstream))

    @property
    def _viewer(self) -> Viewer:
        return Viewer(self.caller.user_id, self.caller.client_id)

    async def _upstream(self) -> Upstream:
        upstream = await self.gateway.named(self._viewer, self.caller.server)
        if upstream is None or not self.caller.servers.of(upstream):
            raise MCPError(INTERNAL_ERROR, "There is no server of this name any more.")
        return upstream

    def _may_show(self, upstream: Upstream, tool: object) -> bool:
        if not isinstance(tool, Mapping) or not isinstance(tool.get("name"), str):
            return False
        name, reach = tool["name"], self.caller.servers
        return is_sendable(upstream.name, name) and reach.allows(upstream, name, reads_only=only_reads(tool))

    async def _request(self, upstream: Upstream, method: str, params: Params, front: Front) -> dict[str, Any]:
        await anyio.to_thread.run_sync(self.caller.ensure_live)

        async def ask() -> dict[str, Any]:
            try:
                return await self.gateway.rounds.request(upstream, self._viewer, method, params, SECONDS, front)
            except CredentialWantedError as error:
                if method not in INTERACTIVE or not can_be_sent(error, self.gateway.origin, front, params):
                    raise
                return sent(error, self.gateway.origin, front)

        return await self._answer(upstream, ask)

    async def _answer(self, upstream: Upstream, ask: Callable[[], Awaitable[Answered]]) -> Answered:
        try:
            return await ask()
        except CredentialWantedError as error:
            raise MCPError(INTERNAL_ERROR, error.told(self.gateway.origin)) from error
        except UnreachableError as error:
            raise MCPError(INTERNAL_ERROR, f"{upstream.name} cannot be asked now: {error}") from error
