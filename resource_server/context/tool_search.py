"""Finding tools, for one caller: ours and those of servers behind the gateway, as far as the grant reaches."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import anyio
import mcp_types

from resource_server.context.caller import Caller, ToolError
from resource_server.context.upstreams import MyUpstreams
from resource_server.gateway.finding import ToolFinding
from resource_server.gateway.model_ranking import CANDIDATES
from resource_server.gateway.offered import UpstreamTool
from resource_server.gateway.pins import MOST_PINS, Pin, TooManyPinsError
from resource_server.gateway.tool_search import PATIENCE_SECONDS, FindableTool, ToolHit, ToolIndex

FINDERS = frozenset({"tools_search", "tools_call", "tools_pin"})
"""They find the others, and are not among what is found."""

OwnTools = Callable[[Caller], Sequence[mcp_types.Tool]]


@dataclass(frozen=True)
class MyTools:
    """Never a tool that the caller may not list. `own` gives our own tools; `finding` None knows no others."""

    caller: Caller
    own: OwnTools
    finding: ToolFinding | None

    async def search(self, query: str, limit: int, server: str | None = None) -> list[ToolHit]:
        """The best first, of one server where it is named. Raises ToolError for one that the grant does not reach."""
        if self.finding is None:
            return []
        tools = await self.findable()
        if server is not None and not any(tool.server == server for tool in tools):
            raise ToolError("This connection reaches no tool of a server of that name now.")
        index = await anyio.to_thread.run_sync(self.finding.search.index_of, self._owner, tools)
        nearness = await self._nearness(self.finding, index, query)
        looked_at = max(limit, CANDIDATES) if self.finding.ranking else limit
        hits = await anyio.to_thread.run_sync(index.found, query, nearness, looked_at, server)
        if self.finding.ranking is not None and len(hits) > 1:
            hits = await anyio.to_thread.run_sync(self.finding.ranking.ranked, query, hits, abandon_on_cancel=True)
        return hits[:limit]

    async def findable(self) -> list[FindableTool]:
        """Everything the caller may call, our own first."""
        own = [FindableTool(one.name, "", _definition(one)) for one in self.own(self.caller) if one.name not in FINDERS]
        others = await self._others()
        return own + [FindableTool(one.name, one.upstream.name, one.definition, one.pin) for one in others]

    async def pins(self) -> frozenset[Pin]:
        """What is pinned for this grant, whether or not it may be called now."""
        if self.finding is None:
            return frozenset()
        return await anyio.to_thread.run_sync(self.finding.pins.of, self.caller.user_id, self.caller.grant_id)

    async def pin(self, names: Sequence[str], *, pinned: bool) -> list[str]:
        """Pins these tools, or lets them go; the names that are pinned then.

        Raises ToolError for too many, and for one to pin that is not there.
        """
        if self.finding is None:
            raise ToolError("There is no server behind this one.")
        known = {one.name: one.pin for one in await self._others()}
        if pinned and (unknown := [name for name in names if name not in known]):
            raise ToolError(f"There is no tool {unknown[0]!r} of another server; tools_search shows what there is.")
        wanted, pins = {known[name] for name in names if name in known}, await self.pins()
        pins = pins | wanted if pinned else pins - wanted
        await anyio.to_thread.run_sync(self.caller.ensure_live)
        try:
            await anyio.to_thread.run_sync(self.finding.pins.put, self.caller.user_id, self.caller.grant_id, pins)
        except TooManyPinsError:
            raise ToolError(f"At most {MOST_PINS} tools are pinned; let others go first.") from None
        return [name for name, pin in known.items() if pin in pins]

    @property
    def _owner(self) -> str:
        return f"{self.caller.user_id} {self.caller.grant_id}"

    async def _others(self) -> list[UpstreamTool]:
        """Without what is listed to nobody, for it is no tool of the protocol."""
        tools = await MyUpstreams(self.finding.gateway, self.caller).tools() if self.finding is not None else []
        return [tool for tool in tools if tool.shown is not None]

    async def _nearness(self, finding: ToolFinding, index: ToolIndex, query: str) -> list[float]:
        """An endpoint that embeds slowly is not waited for: its vectors are there for the next search."""
        with anyio.move_on_after(PATIENCE_SECONDS):
            return await anyio.to_thread.run_sync(finding.search.nearness, index, query, abandon_on_cancel=True)
        return []


def _definition(tool: mcp_types.Tool) -> dict[str, object]:
    """As a server behind the gateway would say it."""
    hints = tool.annotations
    return {
        "title": tool.title,
        "description": tool.description,
        "inputSchema": tool.input_schema,
        "annotations": hints.model_dump(by_alias=True, exclude_none=True) if hints is not None else {},
    }
