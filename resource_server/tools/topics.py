"""Every topic's tools in one registry."""

from resource_server.context import MyMemories
from resource_server.memory.store import MemoryStores
from resource_server.tools import memory, status
from resource_server.tools.registry import Registry
from resource_server.tools.status import ServerFacts


def open_registry(stores: MemoryStores) -> Registry:
    """The tools this server offers. Each call gets objects that belong to its caller."""
    return Registry(
        (*memory.TOOLS, *status.TOOLS),
        {
            MyMemories: lambda caller, tool: MyMemories(stores, caller, tool),
            ServerFacts: lambda _caller, _tool: ServerFacts(stores),
        },
    )
