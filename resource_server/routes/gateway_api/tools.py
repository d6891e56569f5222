"""Tools: listed, and called by their whole names or, where one server has them, by their own."""

from functools import partial
from typing import Annotated, Any

import mcp_types
from fastapi import APIRouter
from pydantic import Field

from resource_server.context.caller import Caller, ToolError
from resource_server.context.upstream_refusals import Refusal, UpstreamRefusedError
from resource_server.gateway.naming import parts_of
from resource_server.gateway.tool_search import ToolHit
from resource_server.routes.gateway_api.dependencies import Api, Confined, GatewayApi
from resource_server.routes.gateway_api.wire import ApiProblemError, WireModel
from resource_server.tools.gateway_answers import found
from resource_server.transport.plain_calls import (
    AmbiguousToolError,
    InputWantedError,
    ServerRefusedError,
    UnknownToolError,
)
from resource_server.transport.session_calls import SessionEndedError

OWN = "ostiary"
"""Named as the server of our own tools."""
STATUSES = {
    Refusal.NOT_FOUND: 404,
    Refusal.NOT_GRANTED: 403,
    Refusal.CHANGED: 409,
    Refusal.CREDENTIAL_WANTED: 409,
    Refusal.UNAVAILABLE: 503,
    Refusal.UNANSWERED: 502,
}
UNKNOWN = "This connection reaches no tool of that name now; the list of tools says which there are."
INPUT_WANTED = (
    "The tool asks for something on the way, which cannot be answered here: call it from an app that uses MCP."
)

SESSION_ENDED = "The session was deleted while the tool ran; what it had done by then is not known."

ToolName = Annotated[str, Field(min_length=1, max_length=200)]

router = APIRouter(tags=["tools"])


class WireTool(WireModel):
    """A tool as its server describes it, under the name by which it is called here."""

    name: str
    server: str = Field(description="The name of its server; `ostiary` for Ostiary's own tools.")
    title: str | None
    description: str | None
    input_schema: dict[str, Any] = Field(description="JSON Schema of the arguments.")
    annotations: dict[str, Any] | None = Field(description="What the tool says of itself, such as `readOnlyHint`.")


class WireTools(WireModel):
    """All tools that may be called."""

    tools: list[WireTool]


class WireSearch(WireModel):
    """What a tool is wanted for."""

    query: Annotated[str, Field(min_length=1, max_length=1000)]
    limit: Annotated[int, Field(ge=1, le=50, description="How many tools at most.")] = 10
    server: Annotated[str, Field(max_length=100)] | None = Field(default=None, description="Of this server alone.")


class WireFound(WireModel):
    """A tool that was found."""

    name: str
    server: str
    title: str
    description: str
    input_schema: dict[str, Any]
    score: float = Field(description="0 to 1: how well it fits.")
    reason: str = Field(description="Which words stand where in it, and how near its meaning is.")
    risk: str = Field(description="What it may do by what it says of itself: a hint, not a promise.")


class WireFoundTools(WireModel):
    """Tools, best first; none is an answer too."""

    query: str
    tools: list[WireFound]


class WireCall(WireModel):
    """A call."""

    tool_name: ToolName = Field(description="`server__tool`; or the tool's own name, where one server has it.")
    args: dict[str, Any] = Field(default_factory=dict, description="The tool's arguments.")


class WireOldCall(WireModel):
    """A call, as earlier clients say it."""

    name: ToolName
    arguments: dict[str, Any] = Field(default_factory=dict)


class WireResult(WireModel):
    """What the tool answered. `is_error` says that the tool itself failed; `content` then says why."""

    tool_name: str = Field(description="The whole name.")
    server: str
    is_error: bool
    content: list[dict[str, Any]] = Field(description="Content blocks of MCP: text, images, links to resources.")
    structured_content: Any = Field(description="The answer as data, where the tool gives it so.")


@router.get("/mcp/tools")
async def list_tools(api: Api, caller: Confined) -> WireTools:
    """Every tool that the caller may call now, in the order of names."""
    return WireTools(tools=[shown_tool(tool) for tool in await api.calls.listed(caller)])


@router.post("/mcp/search")
async def search(body: WireSearch, api: Api, caller: Confined) -> WireFoundTools:
    """Tools that serve a purpose, ranked by words and by meaning, each with the reason why it was found."""
    try:
        hits = await api.calls.search(caller, body.query, body.limit, body.server)
    except ToolError as refused:
        raise ApiProblemError(404, "not_found", str(refused)) from None
    return WireFoundTools(query=body.query, tools=[_shown_hit(hit) for hit in hits])


@router.post("/mcp/execute")
async def execute(body: WireCall, api: Api, caller: Confined) -> WireResult:
    """Calls a tool on its server. That the tool fails is an answer, too: 200 with `is_error`."""
    return await _executed(api, caller, body.tool_name, body.args)


@router.get("/tools")
async def list_tools_as_before(api: Api, caller: Confined) -> WireTools:
    """The same as `GET /mcp/tools`, where earlier clients ask."""
    return await list_tools(api, caller)


@router.post("/tool")
async def call_as_before(body: WireOldCall, api: Api, caller: Confined) -> WireResult:
    """The same as `POST /mcp/execute`, as earlier clients call."""
    return await _executed(api, caller, body.name, body.arguments)


def shown_tool(tool: mcp_types.Tool) -> WireTool:
    """One of the list."""
    annotations = tool.annotations
    return WireTool(
        name=tool.name,
        server=server_of(tool.name),
        title=tool.title,
        description=tool.description,
        input_schema=tool.input_schema,
        annotations=annotations.model_dump(by_alias=True, exclude_none=True) if annotations else None,
    )


def _shown_hit(hit: ToolHit) -> WireFound:
    told = found(hit)
    return WireFound(
        name=told.name,
        server=told.server or OWN,
        title=told.title,
        description=told.description,
        input_schema=dict(told.input_schema),
        score=told.score,
        reason=told.reason,
        risk=told.risk,
    )


def server_of(name: str) -> str:
    """Whose tool it is, by its whole name."""
    parts = parts_of(name)
    return parts[0] if parts else OWN


async def _executed(api: GatewayApi, caller: Caller, name: str, arguments: dict[str, Any]) -> WireResult:
    try:
        whole = await api.calls.resolved(name, caller)
        api.check(caller, api.calls.required_scopes(whole))
        call = partial(api.calls.call, whole, arguments, caller)
        result = await api.running.run(caller.server_session, call)
    except UnknownToolError:
        raise ApiProblemError(404, "not_found", UNKNOWN) from None
    except AmbiguousToolError as several:
        said = "Several servers have a tool of that name: use one of the whole names."
        raise ApiProblemError(409, "ambiguous", said, tools=several.names) from None
    except UpstreamRefusedError as refused:
        raise ApiProblemError(STATUSES[refused.refusal], refused.refusal, str(refused)) from None
    except SessionEndedError:
        raise ApiProblemError(502, "session_ended", SESSION_ENDED) from None
    except InputWantedError:
        raise ApiProblemError(422, "input_wanted", INPUT_WANTED) from None
    except ServerRefusedError as error:
        raise ApiProblemError(502, "server_error", str(error), code=error.code) from None
    return WireResult(
        tool_name=whole,
        server=server_of(whole),
        is_error=bool(result.is_error),
        content=[block.model_dump(mode="json", by_alias=True, exclude_none=True) for block in result.content],
        structured_content=result.structured_content,
    )
