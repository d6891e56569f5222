"""Finding tools of this server and of those behind it, for clients that should not carry a hundred schemas."""

from resource_server.context.tool_search import MyTools
from resource_server.gateway.pins import MOST_PINS
from resource_server.tools import gateway_arguments as arg
from resource_server.tools.gateway_answers import FoundTools, Pinned, found
from resource_server.tools.requires import requires
from shared.scopes import Scope


@requires(Scope.GATEWAY_CALL, title="Search tools", read_only=True)
async def tools_search(tools: MyTools, query: arg.Task, limit: arg.Limit = 5, server: arg.Server = None) -> FoundTools:
    """Find tools by what they are for: this server's, and those of every other server that this connection reaches.

    Each comes with its arguments' schema and with why it was found. Call it with tools_call, or by its name.
    """
    hits = await tools.search(query, limit, server)
    pins = await tools.pins()
    return FoundTools(tools=tuple(found(hit, is_pinned=hit.tool.pin in pins) for hit in hits))


@requires(Scope.GATEWAY_CALL, title="Pin tools", idempotent=True, may_wait=True)
async def tools_pin(tools: MyTools, names: arg.Names, pinned: arg.IsPinned = True) -> Pinned:
    """Have tools of other servers always in this connection's list of tools, where the others have to be searched for.

    Pin what you call again and again. Answers with all that is pinned now.
    """
    return Pinned(pinned=tuple(await tools.pin(names, pinned=pinned)), most=MOST_PINS)


TOOLS = (tools_search, tools_pin)
