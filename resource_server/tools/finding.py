"""The tools that find memories: recall, search, list."""

from collections.abc import Sequence

from pydantic.json_schema import SkipJsonSchema

from resource_server.context.caller import ToolError
from resource_server.context.memories import MyMemories
from resource_server.context.wanted import Wanted
from resource_server.memory.records import Memory
from resource_server.tools import finding_arguments as only
from resource_server.tools import memory_arguments as arg
from resource_server.tools.finding_answers import Found, FoundMemory, explained, found
from resource_server.tools.memory_answers import Listed, Recalled, quoted, said_also
from resource_server.tools.requires import requires
from resource_server.tools.token_budget import within
from shared.scopes import Scope


@requires(Scope.MEMORY_READ, title="Recall memories")
def memory_recall(
    memories: MyMemories,
    key: arg.Key = None,
    query: arg.OptionalQuery = None,
    namespace: arg.Namespace = None,
    tags: arg.TagFilter = (),
    kinds: SkipJsonSchema[only.Kinds] = (),
    since: only.Since = None,
    until: only.Until = None,
    timezone: SkipJsonSchema[only.Timezone] = "UTC",
    app: SkipJsonSchema[only.ByApp] = None,
    conversation: SkipJsonSchema[only.Conversation] = None,
    as_of: only.AsOf = None,
    limit: arg.Limit = 5,
    max_tokens: only.MaxTokens = None,
) -> Recalled:
    """Recall what was saved: by its exact key, or by a query in any words. Give one of the two.

    A query can be narrowed as that of memory_search can; a key only by namespace and as_of.
    """
    if (key is None) == (query is None):
        raise ToolError("Give either key, for an exact match, or query, to search.")
    times = only.moments(since, until, as_of, timezone)
    if key is not None:
        return _recalled(memories, memories.by_key(key, namespace, times["as_of"])[:limit], max_tokens)
    wanted = Wanted(namespace, tags, kinds, app=app, conversation=conversation, **times)
    hits = memories.search(query or "", wanted, limit)
    return _recalled(memories, [hit.memory for hit in hits], max_tokens)


@requires(Scope.MEMORY_READ, title="Search memories")
def memory_search(
    memories: MyMemories,
    query: arg.Query,
    namespace: arg.Namespace = None,
    tags: arg.TagFilter = (),
    kinds: only.Kinds = (),
    since: only.Since = None,
    until: only.Until = None,
    timezone: only.Timezone = "UTC",
    app: only.ByApp = None,
    conversation: only.Conversation = None,
    as_of: only.AsOf = None,
    limit: arg.Limit = 5,
    max_tokens: only.MaxTokens = None,
    fold_alike: only.FoldAlike = True,
    explain: only.Explain = False,
) -> Found:
    """Search the person's memories by words and by meaning, best first, each whole and with why it was found.

    Usually the query alone is enough. The tool to search with: search and fetch are the same in two steps, for clients
    that know nothing else.
    """
    times = only.moments(since, until, as_of, timezone)
    wanted = Wanted(namespace, tags, kinds, app=app, conversation=conversation, **times)
    show = explained if explain else found
    results = tuple(show(hit) for hit in memories.search(query, wanted, limit, folded=fold_alike))
    fitting: tuple[FoundMemory, ...] = within(max_tokens, results)
    return Found(results=fitting, left_out=tuple(one.id for one in results[len(fitting) :]))


@requires(Scope.MEMORY_READ, title="List memories")
def memory_list(
    memories: MyMemories,
    namespace: arg.Namespace = None,
    tags: arg.TagFilter = (),
    kinds: only.Kinds = (),
    since: only.Since = None,
    until: only.Until = None,
    timezone: only.Timezone = "UTC",
    app: only.ByApp = None,
    conversation: only.Conversation = None,
    as_of: only.AsOf = None,
    cursor: arg.Cursor = None,
    limit: arg.Limit = 20,
) -> Listed:
    """List memories, newest first, a page at a time; to answer a question call memory_search."""
    times = only.moments(since, until, as_of, timezone)
    wanted = Wanted(namespace, tags, kinds, app=app, conversation=conversation, **times)
    page = memories.page(wanted, cursor, limit)
    return Listed(memories=tuple(map(quoted, page.memories)), next_cursor=page.next_cursor)


def _recalled(memories: MyMemories, found: Sequence[Memory], max_tokens: int | None) -> Recalled:
    fitting = within(max_tokens, tuple(map(quoted, found)))
    shown, rest = found[: len(fitting)], found[len(fitting) :]
    also = said_also(memories.origins(shown))
    return Recalled(memories=fitting, also_said_by=also, left_out=tuple(memory.id for memory in rest))


TOOLS = (memory_recall, memory_search, memory_list)
