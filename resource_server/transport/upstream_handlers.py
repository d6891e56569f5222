"""Handlers for prompts, resources and completions: all of them belong to servers behind the gateway."""

from dataclasses import dataclass
from typing import Any

import mcp_types as t
from mcp.server import Server
from pydantic import BaseModel, ValidationError

from resource_server.context.upstream_entries import MyUpstreamEntries
from resource_server.gateway.gateway import Gateway
from resource_server.gateway.kinds import Kind
from resource_server.gateway.naming import full_name
from resource_server.transport.asking import Context
from resource_server.transport.callers import caller_of
from resource_server.transport.fronts import front_of
from resource_server.transport.upstream_answers import answer_as

LIFETIME = {"ttlMs": 0, "cacheScope": "private"}


@dataclass(frozen=True)
class UpstreamHandlers:
    """Lists come together from all servers that the caller's grant gives whole; single ones go to their own."""

    gateway: Gateway

    def add_to(self, server: Server[dict[str, Any]]) -> None:
        """The server answers these methods from now on."""
        page = t.PaginatedRequestParams
        server.add_request_handler("prompts/list", page, self.prompts)
        server.add_request_handler("resources/list", page, self.resources)
        server.add_request_handler("resources/templates/list", page, self.templates)
        server.add_request_handler("prompts/get", t.GetPromptRequestParams, self.prompt)
        server.add_request_handler("resources/read", t.ReadResourceRequestParams, self.resource)
        server.add_request_handler("completion/complete", t.CompleteRequestParams, self.completion)

    async def prompts(self, context: Context, _params: t.PaginatedRequestParams | None) -> t.ListPromptsResult:
        """prompts/list."""
        found = await self._mine(context).listed(Kind.PROMPTS)
        named = [{**entry.definition, "name": full_name(entry.upstream.name, entry.name)} for entry in found]
        return t.ListPromptsResult(prompts=_valid(t.Prompt, named))

    async def resources(self, context: Context, _params: t.PaginatedRequestParams | None) -> t.ListResourcesResult:
        """resources/list."""
        found = await self._mine(context).listed(Kind.RESOURCES)
        return t.ListResourcesResult(resources=_valid(t.Resource, [dict(entry.definition) for entry in found]))

    async def templates(
        self, context: Context, _params: t.PaginatedRequestParams | None
    ) -> t.ListResourceTemplatesResult:
        """resources/templates/list."""
        found = await self._mine(context).listed(Kind.TEMPLATES)
        kept = _valid(t.ResourceTemplate, [dict(entry.definition) for entry in found])
        return t.ListResourceTemplatesResult(resource_templates=kept)

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

    def _mine(self, context: Context) -> MyUpstreamEntries:
        return MyUpstreamEntries(self.gateway, caller_of(context))


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
