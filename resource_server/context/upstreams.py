"""What a caller may use of other servers: the tools that the grant names, in the person's own conversations."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from resource_server.context.approvals import Approvals, Approved
from resource_server.context.caller import Caller
from resource_server.context.connecting_first import can_be_sent, reply_to, sent, until_connected
from resource_server.context.upstream_refusals import (
    Refusal,
    UpstreamRefusedError,
    added_later,
    changed,
    no_such_server,
    no_such_tool,
    not_granted,
)
from resource_server.gateway.conversation import Front
from resource_server.gateway.gateway import Gateway, SeenServer
from resource_server.gateway.links import UnreachableError, Viewer
from resource_server.gateway.listing import Definition, Listing, is_repeatable, only_reads
from resource_server.gateway.naming import parts_of
from resource_server.gateway.offered import UpstreamTool, offered_by
from resource_server.gateway.repeated_arguments import with_repeated
from resource_server.gateway.upstream import Upstream
from resource_server.gateway.wanted import CredentialWantedError
from resource_server.usage.counting import UsedTool
from resource_server.usage.measuring import measured
from shared.scopes import Scope


@dataclass(frozen=True)
class MyUpstreams:
    """The servers behind the gateway, for one caller."""

    gateway: Gateway
    caller: Caller
    note: Callable[[], None] = lambda: None
    """Told before a call leaves the house."""
    approvals: Approvals = field(default_factory=Approvals)

    async def tools(self) -> Sequence[UpstreamTool]:
        """What may be called, in the order of names; servers that are down or slow are left out for now."""
        return self.gateway.offered.to(self._viewer, self.caller.servers, await self.servers())

    async def servers(self) -> list[SeenServer]:
        """The servers that are reached, by name, each as the person sees it now."""
        if not self.caller.may(Scope.GATEWAY_CALL):
            return []
        return await self.gateway.servers_of(self._viewer, self._is_reached)

    def tools_of(self, server: SeenServer) -> list[UpstreamTool]:
        """What may be called of one of them."""
        return offered_by(server, self.caller.servers)

    async def call(
        self, name: str, params: Mapping[str, Any], front: Front, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """What the server answers. `params` are those of tools/call, `headers` the app's, where they repeat arguments.

        Where the person has to connect the server first, an app that opens addresses is asked to open that page.
        Raises UpstreamRefusedError, GrantEndedError, and MCPError as the server's.
        """
        try:
            return await self._call(name, params, front, headers)
        except CredentialWantedError as error:
            if can_be_sent(error, self.gateway.origin, front, params):
                return sent(error, self.gateway.origin, front)
            raise UpstreamRefusedError(Refusal.CREDENTIAL_WANTED, error.told(self.gateway.origin)) from error

    async def _call(
        self, name: str, params: Mapping[str, Any], front: Front, headers: Mapping[str, str] | None
    ) -> dict[str, Any]:
        known = self.approvals.of(self.gateway, self.caller, name) if reply_to(params) is None else None
        approved, listing = known or await self._approved(name, params)
        front = with_repeated(front, listing, approved.tool, params, headers)
        # The last look before anything leaves the house: a grant may have ended while the list was on its way.
        self.caller.ensure_live()
        self.note()
        try:
            arguments, call = params.get("arguments"), partial(self._sent, approved, params, front)
            return dict(await measured(self.gateway.uses, approved.used, arguments, call))
        except UnreachableError as error:
            raise UpstreamRefusedError(Refusal.UNANSWERED, str(error)) from error

    async def _sent(self, approved: Approved, params: Mapping[str, Any], front: Front) -> dict[str, Any]:
        own, seconds = {**params, "name": approved.tool}, self.gateway.ways.limits.call_seconds
        return await self.gateway.rounds.request(
            approved.upstream,
            approved.viewer,
            "tools/call",
            own,
            seconds,
            front,
            is_repeatable=approved.is_repeatable,
        )

    async def _approved(self, name: str, params: Mapping[str, Any]) -> tuple[Approved, Listing]:
        """The call, if it may be made. Raises UpstreamRefusedError and CredentialWantedError."""
        generation = self.gateway.changes.generation()
        server_name, called = parts_of(name) or ("", "")
        upstream = await self.gateway.named(self._viewer, server_name)
        if upstream is None or not self._is_reached(upstream):
            raise self._unreached(upstream)
        if reply_to(params) == "accept" and await until_connected(self.gateway, upstream, self._viewer):
            upstream = await self.gateway.named(self._viewer, server_name) or upstream
        tool = upstream.shaping.tool_named(called)
        if tool is None:
            raise no_such_tool(upstream.name)
        listing = await self._checked(upstream, tool)
        is_safe, caller = is_repeatable(listing.tools[tool]), self.caller
        used = UsedTool(caller.user_id, caller.client_id, caller.client_name, upstream.name, tool)
        approved = Approved(caller, self._viewer, upstream, tool, is_safe, used)
        self.approvals.remember(name, approved, listing, generation)
        return approved, listing

    @property
    def _viewer(self) -> Viewer:
        return Viewer(self.caller.user_id, self.caller.client_id, self.caller.server_session)

    async def _checked(self, upstream: Upstream, tool: str) -> Listing:
        seen = await self.gateway.seen(upstream, self._viewer)
        if seen.listing.wanted is not None:
            raise seen.listing.wanted
        if tool in seen.changed:
            raise changed(upstream.name, "" if self.caller.server_session else self.gateway.origin)
        definition = seen.listing.tools.get(tool)
        if definition is None:
            if seen.listing.problem:
                raise UpstreamRefusedError(Refusal.UNAVAILABLE, seen.listing.problem)
            raise no_such_tool(upstream.name)
        if not self._may_call(upstream, tool, definition):
            raise added_later(upstream.name) if self.caller.servers.missed(upstream) else not_granted()
        return seen.listing

    def _unreached(self, upstream: Upstream | None) -> UpstreamRefusedError:
        if upstream is not None and self.caller.servers.missed(upstream):
            return added_later(upstream.name)
        return no_such_server(in_session=bool(self.caller.server_session))

    def _is_reached(self, upstream: Upstream) -> bool:
        return bool(self.caller.servers.of(upstream))

    def _may_call(self, upstream: Upstream, tool: str, definition: Definition) -> bool:
        return self.caller.servers.allows(upstream, tool, reads_only=only_reads(definition))
