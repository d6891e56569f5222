"""Every topic's tools in one registry."""

from collections.abc import Iterable

from resource_server.context.confirmations import MyConfirmations
from resource_server.context.conversations import MyConversations
from resource_server.context.documents import MyDocuments
from resource_server.context.feedback import MyFeedback
from resource_server.context.graph import MyGraph
from resource_server.context.history import MyHistory
from resource_server.context.ledger import MyLedger
from resource_server.context.memories import MyMemories
from resource_server.context.tool_search import MyTools
from resource_server.context.usage import MyUsage
from resource_server.earlier_systems import EarlierSystem
from resource_server.gateway.finding import ToolFinding
from resource_server.memory.conversations.chat.background import Background
from resource_server.memory.conversations.visits import Visits
from resource_server.memory.quarantine import Quarantine
from resource_server.memory.store import MemoryStores
from resource_server.memory_addresses import MemoryAddresses
from resource_server.tools import (
    conversations,
    documents,
    feedback,
    finding,
    gateway,
    graph,
    history,
    ledger,
    memory,
    search_and_fetch,
    status,
    usage,
)
from resource_server.tools.aliases.names import ALIASES, names_of
from resource_server.tools.registry import Provider, Registry
from resource_server.tools.status import ServerFacts
from resource_server.usage.keeping import UseKeeping

MEMORY = (conversations, documents, feedback, finding, graph, history, ledger, memory, search_and_fetch)
TOPICS = (*MEMORY, status, usage, gateway)
TOOLS = tuple(tool for topic in TOPICS for tool in topic.TOOLS)


def open_registry(
    stores: MemoryStores,
    origin: str,
    background: Background | None = None,
    names: Iterable[EarlierSystem] = (),
    keeping: UseKeeping | None = None,
    tool_finding: ToolFinding | None = None,
) -> Registry:
    """The tools this server offers at `origin`. Each call gets objects that belong to its caller.

    Every earlier name can be called; those of the systems in `names` are listed. `tool_finding` reaches the tools of
    other servers.
    """
    writes = background or Background(stores, None)
    registry = Registry(
        TOOLS,
        {
            **_providers(stores, origin, writes, keeping),
            MyTools: lambda caller, _tool: MyTools(caller, registry.visible_tools, tool_finding),
        },
        lambda user_id, entry: stores.note(user_id, entry),
        holds_back=lambda caller: Quarantine(stores.vault_of(caller.user_id)).holds_back(caller.client_id),
        aliases=ALIASES,
        listed_aliases=names_of(names),
        uses=keeping.counts if keeping else None,
    )
    return registry


def _providers(
    stores: MemoryStores, origin: str, writes: Background, keeping: UseKeeping | None
) -> dict[type, Provider]:
    """What is made for each call, of what a tool asks for by type."""
    visits = Visits()
    return {
        MyDocuments: lambda caller, tool: MyDocuments(stores, caller, tool),
        MyFeedback: lambda caller, tool: MyFeedback(stores, caller, tool),
        MyGraph: lambda caller, tool: MyGraph(stores, caller, tool),
        MyMemories: lambda caller, tool: MyMemories(stores, caller, tool),
        MyHistory: lambda caller, tool: MyHistory(stores, caller, tool),
        MyConfirmations: lambda caller, tool: MyConfirmations(stores, caller, tool),
        MyConversations: lambda caller, tool: MyConversations(stores, visits, writes, caller, tool),
        MemoryAddresses: lambda _caller, _tool: MemoryAddresses(origin),
        ServerFacts: lambda _caller, _tool: ServerFacts(stores),
        MyLedger: MyLedger.maker(stores),
        MyUsage: lambda caller, _tool: MyUsage(keeping, caller),
    }
