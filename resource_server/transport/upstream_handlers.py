"""Handlers for prompts, resources and completions: all of them belong to servers behind the gateway."""

from dataclasses import dataclass
from typing import Any

import mcp_types as t
from mcp.server import Server
from pydantic import BaseModel, ValidationError

from resource_server.context.upstream_entries import MyUpstreamEntries, UpstreamEntry
from resource_server.gateway.gateway import Gateway
from resource_server.gateway.kinds import Kind
from resource_server.gateway.naming import full_name
from resource_server.transport.asking import Context
from resource_server.transport.callers import caller_of
from resource_server.transport.cursors import Cursors
from resource_server.transport.fronts import front_of
from resource_server.transport.upstream_answers import answer_as

LIFETIME = {"ttlMs": 0, "cacheScope": "private"}


@dataclass(frozen=True)
class UpstreamHandlers:
    """Lists come together from all servers that the caller's grant gives whole; single ones go to their own."""

    gateway: Gateway
    cursors: Cursors

    def add_to(self, server: Server[dict[str, Any]]) -> None:
        """The server answers these methods from now on."""
        page = t.PaginatedRequestParams
        server.add_request_handler("prompts/list", page, self.prompts)
        server.add_request_handler("resources/list", page, self.resources)
        server.add_request_handler("resources/templates/list", page, self.templates)
        server.add_request_handler("prompts/get", t.GetPromptRequestParams, self.prompt)
        server.add_request_handler("resources/read", t.ReadResourceRequestParams, self.resource)
        server.add_request_handler("completion/complete", t.CompleteRequestParams, self.completion)

    async def prompts(self, context: Context, params: t.PaginatedRequestParams | None) -> t.ListPromptsResult:
        """prompts/list."""
        found, next_cursor = await self._page(context, Kind.PROMPTS, params)
        named = [{**entry.definition, "name": _shown(entry)} for entry in found]
        return t.ListPromptsResult(prompts=_valid(t.Prompt, named), next_cursor=next_cursor)

    async def resources(self, context: Context, params: t.PaginatedRequestParams | None) -> t.ListResourcesResult:
        """resources/list."""
        found, next_cursor = await self._page(context, Kind.RESOURCES, params)
        kept = _valid(t.Resource, [dict(entry.definition) for entry in found])
        return t.ListResourcesResult(resources=kept, next_cursor=next_cursor)

    async def templates(
        self, context: Context, params: t.PaginatedRequestParams | None
    ) -> t.ListResourceTemplatesResult:
        """resources/templates/list."""
        found, next_cursor = await self._page(context, Kind.TEMPLATES, params)
        kept = _valid(t.ResourceTemplate, [dict(entry.definition) for entry in found])
        return t.ListResourceTemplatesResult(resource_templates=kept, next_cursor=next_cursor)

    async def prompt(
        self, context: Context, params: t.GetPromptRequestParams
    ) -> t.GetPromptResult | t.InputRequiredResult:
        """prompts/get."""
        found = await self._mine(context).prompt(_plain(params), front_of(context))
        return answer_as(t.GetPromptResult, found)

    async def resource(
        self, context: Context, params: t.ReadResourceRequestParams
    ) -> t.ReadResourceResult | t.InputRequiredResult:
        """resources/read."""
        found = await self._mine(context).resource(_plain(params), front_of(context))
        return answer_as(t.ReadResourceResult, LIFETIME | found)

    async def completion(
        self, context: Context, params: t.CompleteRequestParams
    ) -> t.CompleteResult | t.InputRequiredResult:
        """completion/complete."""
        found = await self._mine(context).completion(_plain(params), front_of(context))
        return answer_as(t.CompleteResult, found)

    async def _page(
        self, context: Context, kind: Kind, params: t.PaginatedRequestParams | None
    ) -> tuple[list[UpstreamEntry], str | None]:
        """Part of all there is, in the order of servers and names, and the cursor of the next. Raises MCPError."""
        found = sorted(await self._mine(context).listed(kind), key=_shown)
        cursor = params.cursor if params is not None else None
        return self.cursors.part(caller_of(context), kind.method, found, _shown, cursor)

    def _mine(self, context: Context) -> MyUpstreamEntries:
        return MyUpstreamEntries(self.gateway, caller_of(context))


def _shown(entry: UpstreamEntry) -> str:
    return full_name(entry.upstream.name, entry.name)


def _plain(params: BaseModel) -> dict[str, Any]:
    return params.model_dump(by_alias=True, mode="json", exclude_none=True)


def _valid(kind: type[Any], found: list[dict[str, Any]]) -> list[Any]:
    """What is one of the protocol's; a server that lists something else loses that entry alone."""
    kept = []
    for entry in found:
        try:
            kept.append(kind.model_validate(entry))
        except ValidationError:
            continue
    return kept
