"""Prompts and resources of other servers, for one caller: those of servers of which the grant gives everything.

A prompt has its server's name before its own; a resource keeps its address, which tools name in what they answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import anyio
from mcp import MCPError
from mcp.shared.uri_template import UriTemplate
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS

from resource_server.context.caller import Caller
from resource_server.context.connecting_first import INTERACTIVE, can_be_sent, sent
from resource_server.gateway.conversation import Front
from resource_server.gateway.gateway import Gateway
from resource_server.gateway.kinds import Kind
from resource_server.gateway.links import UnreachableError, Viewer
from resource_server.gateway.listing import Definition
from resource_server.gateway.naming import full_name, parts_of
from resource_server.gateway.upstream import Upstream
from resource_server.gateway.wanted import CredentialWantedError
from shared.scopes import Scope

SECONDS = 60.0


@dataclass(frozen=True)
class UpstreamEntry:
    """One entry of a server's list."""

    upstream: Upstream
    name: str
    definition: Definition


@dataclass(frozen=True)
class MyUpstreamEntries:
    """What servers behind the gateway offer beside tools."""

    gateway: Gateway
    caller: Caller

    async def listed(self, kind: Kind) -> list[UpstreamEntry]:
        """All there is of a kind; of two resources with one address, that of the first server by its name counts."""
        found: dict[str, list[UpstreamEntry]] = {}
        upstreams = await self._reached()

        async def ask(upstream: Upstream) -> None:
            listing = await self.gateway.listings.of(upstream, self._viewer, kind)
            found[upstream.id] = [UpstreamEntry(upstream, name, entry) for name, entry in listing.entries.items()]

        async with anyio.create_task_group() as tasks:
            for upstream in upstreams:
                tasks.start_soon(ask, upstream)
        entries = [entry for upstream in upstreams for entry in found[upstream.id]]
        return list({_shown(kind, entry): entry for entry in reversed(entries)}.values())[::-1]

    async def prompt(self, params: Mapping[str, Any], front: Front) -> dict[str, Any]:
        """prompts/get. Raises MCPError."""
        server, prompt = parts_of(params["name"]) or ("", "")
        upstream = await self._named(server, "prompt")
        return await self._request(upstream, "prompts/get", {**params, "name": prompt}, front)

    async def resource(self, params: Mapping[str, Any], front: Front) -> dict[str, Any]:
        """resources/read. Raises MCPError."""
        return await self._request(await self.holder(str(params["uri"])), "resources/read", params, front)

    async def completion(self, params: Mapping[str, Any], front: Front) -> dict[str, Any]:
        """completion/complete, of a prompt's or a template's argument. Raises MCPError."""
        reference = params["ref"]
        if reference.get("type") == "ref/prompt":
            server, prompt = parts_of(reference["name"]) or ("", "")
            upstream, reference = await self._named(server, "prompt"), {**reference, "name": prompt}
        else:
            templates = await self.listed(Kind.TEMPLATES)
            upstream = _first(entry.upstream for entry in templates if entry.name == reference["uri"])
        return await self._request(upstream, "completion/complete", {**params, "ref": reference}, front)

    @property
    def _viewer(self) -> Viewer:
        return Viewer(self.caller.user_id, self.caller.client_id, self.caller.server_session)

    async def _reached(self) -> list[Upstream]:
        if not self.caller.may(Scope.GATEWAY_CALL):
            return []
        visible = await self.gateway.visible_to(self._viewer)
        return [upstream for upstream in visible if self._gives_everything(upstream)]

    def _gives_everything(self, upstream: Upstream) -> bool:
        return any(choice.everything for choice in self.caller.servers.of(upstream))

    async def _named(self, server: str, what: str) -> Upstream:
        upstream = await self.gateway.named(self._viewer, server)
        if upstream is None or not self.caller.may(Scope.GATEWAY_CALL) or not self._gives_everything(upstream):
            raise MCPError(INVALID_PARAMS, f"Unknown {what}")
        return upstream

    async def holder(self, uri: str) -> Upstream:
        """The server that lists the resource, or a template that it fits; no other is told of the address."""
        listed = [entry.upstream for entry in await self.listed(Kind.RESOURCES) if entry.name == uri]
        return (
            listed[0]
            if listed
            else _first(entry.upstream for entry in await self.listed(Kind.TEMPLATES) if _fits(entry.name, uri))
        )

    async def _request(
        self, upstream: Upstream, method: str, params: Mapping[str, Any], front: Front
    ) -> dict[str, Any]:
        await anyio.to_thread.run_sync(self.caller.ensure_live)
        try:
            return await self.gateway.rounds.request(upstream, self._viewer, method, params, SECONDS, front)
        except CredentialWantedError as error:
            if method in INTERACTIVE and can_be_sent(error, self.gateway.origin, front, params):
                return sent(error, self.gateway.origin, front)
            raise MCPError(INTERNAL_ERROR, error.told(self.gateway.origin)) from error
        except UnreachableError as error:
            raise MCPError(INTERNAL_ERROR, f"{upstream.name} cannot be asked now: {error}") from error


def _shown(kind: Kind, entry: UpstreamEntry) -> str:
    return full_name(entry.upstream.name, entry.name) if kind is Kind.PROMPTS else entry.name


def _first(upstreams: Any) -> Upstream:
    upstream: Upstream | None = next(iter(upstreams), None)
    if upstream is None:
        raise MCPError(INVALID_PARAMS, "Resource not found")
    return upstream


def _fits(template: str, uri: str) -> bool:
    try:
        return UriTemplate.parse(template).match(uri) is not None
    except ValueError:
        return False
