"""Servers: shown, added from the usual `mcpServers` JSON, removed."""

import json
from typing import Annotated, Any

import anyio
from fastapi import APIRouter
from pydantic import Field, model_validator

from resource_server.context.caller import Caller
from resource_server.context.upstreams import MyUpstreams
from resource_server.gateway.gateway import SeenServer
from resource_server.gateway.upstream import NOBODY, Transport, Upstream
from resource_server.routes.gateway_api.changing import added, removed
from resource_server.routes.gateway_api.dependencies import AnyConfined, Api, Confined, GatewayApi, viewer_of
from resource_server.routes.gateway_api.wire import WireModel

router = APIRouter(tags=["servers"])


class WireServer(WireModel):
    """A server that the caller's grant reaches."""

    server_uuid: str
    server_name: str
    transport: Transport
    belongs_to: str = Field(description="`everybody`, `person`, or `session`.")
    state: str = Field(description="`ready`, `unavailable`, or `credential_wanted` where the person enters one first.")
    problem: str = Field(description="A sentence, where it is not ready.")
    tools: list[str] = Field(description="Whole names of what may be called.")
    changed_tools: list[str] = Field(description="Tools that changed and wait for the person to accept them again.")


class WireServers(WireModel):
    """All of them."""

    servers: list[WireServer]


class WireAdding(WireModel):
    """Servers to add: `{"mcpServers": {"name": {"url": …}}}`, as an object, or as a text in `config_data`."""

    config_data: str | dict[str, Any] | None = None
    mcpServers: dict[str, Any] | None = None  # noqa: N815 (the name that such files have)

    @model_validator(mode="after")
    def says_one(self) -> "WireAdding":
        """Exactly one of both."""
        if (self.config_data is None) == (self.mcpServers is None):
            raise ValueError("give config_data or mcpServers, one of both")
        return self

    def text(self) -> str:
        """As such files are written."""
        if isinstance(self.config_data, str):
            return self.config_data
        return json.dumps(self.config_data if self.config_data is not None else {"mcpServers": self.mcpServers})


class WireAddedServer(WireModel):
    """A server that was added, under the name that it got."""

    server_uuid: str
    server_name: str
    transport: Transport


class WireAdded(WireModel):
    """What was added."""

    added: list[WireAddedServer]


class WireRemoving(WireModel):
    """Which server to remove."""

    server_uuid: Annotated[str, Field(max_length=100)] = ""
    server_name: Annotated[str, Field(max_length=200)] = ""

    @model_validator(mode="after")
    def says_one(self) -> "WireRemoving":
        """Exactly one of both."""
        if bool(self.server_uuid) == bool(self.server_name):
            raise ValueError("give server_uuid or server_name, one of both")
        return self


class WireRemoved(WireModel):
    """What was removed."""

    server_uuid: str
    server_name: str


@router.get("/mcp/servers")
async def list_servers(api: Api, caller: Confined) -> WireServers:
    """Every server that the caller's grant reaches, with what may be called of it."""
    return WireServers(servers=await shown_servers(api, caller))


@router.post("/mcp/servers/add", status_code=201)
async def add_servers(body: WireAdding, api: Api, caller: AnyConfined) -> WireAdded:
    """Adds servers, all of them or none: for everybody with `gateway:manage`, or into the session of the header.

    Into a session an app brings servers by URL where its grant gives every server; a command needs `gateway:manage`.
    """
    return WireAdded(
        added=[_shown_added(one) for one in await anyio.to_thread.run_sync(added, api, caller, body.text())]
    )


@router.post("/mcp/servers/remove")
async def remove_server(body: WireRemoving, api: Api, caller: AnyConfined) -> WireRemoved:
    """Removes a server, with its processes and what people entered for it; with the header, from the session."""
    gone = await anyio.to_thread.run_sync(removed, api, caller, body.server_uuid, body.server_name)
    # What leaves a session stays with everybody else, and their conversations with it.
    api.calls.tools.gateway.links.close(gone.id, viewer_of(caller) if caller.server_session else None)
    return WireRemoved(server_uuid=gone.id, server_name=gone.name)


@router.post("/add-server", status_code=201)
async def add_servers_as_before(body: WireAdding, api: Api, caller: AnyConfined) -> WireAdded:
    """The same as `POST /mcp/servers/add`, where earlier clients ask."""
    return await add_servers(body, api, caller)


async def shown_servers(api: GatewayApi, caller: Caller) -> list[WireServer]:
    """By name."""
    mine = MyUpstreams(api.calls.tools.gateway, caller)
    return [_shown(server, [tool.name for tool in mine.tools_of(server)]) for server in await mine.servers()]


def _shown(server: SeenServer, tools: list[str]) -> WireServer:
    listing, upstream = server.listing, server.upstream
    ready = "unavailable" if listing.problem else "ready"
    return WireServer(
        server_uuid=upstream.id,
        server_name=upstream.name,
        transport=upstream.transport,
        belongs_to=_belongs_to(upstream),
        state="credential_wanted" if listing.wants_credential else ready,
        problem=listing.problem,
        tools=tools,
        changed_tools=sorted(server.changed),
    )


def _belongs_to(upstream: Upstream) -> str:
    if upstream.is_of_session:
        return "session"
    return "everybody" if upstream.owner == NOBODY else "person"


def _shown_added(upstream: Upstream) -> WireAddedServer:
    return WireAddedServer(server_uuid=upstream.id, server_name=upstream.name, transport=upstream.transport)
