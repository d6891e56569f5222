"""The tools of conversation: keep an exchange, find what was said, and what is known of the person."""

from resource_server.context.conversations import MyConversations
from resource_server.context.wanted import Wanted
from resource_server.memory.conversations.conversations import Added
from resource_server.memory.conversations.pages import Turn
from resource_server.tools import conversation_arguments as arg
from resource_server.tools import memory_arguments as memory
from resource_server.tools.conversation_answers import (
    Kept,
    ProfileAnswer,
    RetrievedAnswer,
    fact,
    grouped,
    retrieved,
    said,
    topic,
)
from resource_server.tools.instants import AsOf
from resource_server.tools.memory_answers import Listed, quoted
from resource_server.tools.requires import requires
from resource_server.tools.time_ranges import instants
from shared.scopes import Scope
from shared.tool_sets import ToolSet

CONVERSATION = "conversation"


@requires(Scope.MEMORY_WRITE, title="Keep an exchange", tool_set=ToolSet.CONVERSATIONS, idempotent=False)
def add_memory(
    conversations: MyConversations,
    user_input: arg.UserInput,
    agent_response: arg.AgentResponse = "",
    memory_type: arg.MemoryType = CONVERSATION,
    tags: memory.Tags = (),
    namespace: memory.NamespaceToWrite = None,
    conversation: arg.ConversationName = None,
    timestamp: arg.Timestamp = None,
    meta_data: arg.MetaData = None,
) -> Kept:
    """Keep one exchange of a conversation, what the person said and what was answered, in their words.

    Exchanges about one topic gather by themselves, and what the person often says of themselves becomes part of their
    profile. For a single fact call memory_store.
    """
    labelled = {} if memory_type == CONVERSATION else {"memory_type": memory_type}
    named = conversation or conversations.session_id or None
    turn = Turn(user_input, agent_response, named, timestamp, tags, {**(meta_data or {}), **labelled})
    added = conversations.add(conversations.reach.writing_to(namespace), turn)
    return _kept(added, is_readable=added.page.namespace in conversations.reach.readable)


@requires(Scope.MEMORY_READ, title="Find what was said", tool_set=ToolSet.CONVERSATIONS)
def retrieve_memory(
    conversations: MyConversations,
    query: memory.Query,
    max_results: memory.Limit = 5,
    namespace: memory.Namespace = None,
    conversation: arg.OneConversation = None,
    as_of: AsOf = None,
) -> RetrievedAnswer:
    """Find what was said about something: the best exchanges and notes, the topics they belong to, and facts.

    Goes from topics to their pages, so that it finds what was said around a thing as well.
    """
    answered = conversations.retrieve(query, Wanted(namespace, conversation=conversation, as_of=as_of), max_results)
    return RetrievedAnswer(
        results=tuple(map(retrieved, answered.retrieved.found)),
        topics=tuple(map(topic, answered.retrieved.topics)),
        facts=tuple(map(fact, answered.facts)),
    )


@requires(Scope.MEMORY_READ, title="What is known of the person", tool_set=ToolSet.CONVERSATIONS)
def get_user_profile(
    conversations: MyConversations,
    user_id: arg.WhoseProfile = "default",
    include_knowledge: arg.IncludeKnowledge = True,
    namespace: memory.Namespace = None,
    as_of: AsOf = None,
) -> ProfileAnswer:
    """What is known of the person this connection belongs to: facts by group, since when, and where they were said."""
    del user_id  # the token alone says whose
    profile = conversations.profile(namespace, as_of)
    return ProfileAnswer(
        as_of=as_of,
        profile=grouped(profile.traits),
        said_lately=tuple(map(said, profile.unsettled)) if include_knowledge else (),
    )


@requires(Scope.MEMORY_READ, title="What happened when", tool_set=ToolSet.CONVERSATIONS)
def memory_timeline(
    conversations: MyConversations,
    time_range: arg.TimeRange = "last_24h",
    timezone: arg.Timezone = "UTC",
    namespace: memory.Namespace = None,
    kind: arg.KindFilter = None,
    cursor: memory.Cursor = None,
    limit: memory.Limit = 20,
) -> Listed:
    """Memories and exchanges by when they happened, the latest first, a page at a time."""
    since, until = instants(time_range, timezone)
    wanted = Wanted(namespace, kinds=() if kind is None else (kind,), since=since, until=until)
    page = conversations.timeline(wanted, cursor, limit)
    return Listed(memories=tuple(map(quoted, page.memories)), next_cursor=page.next_cursor)


def _kept(added: Added, *, is_readable: bool) -> Kept:
    return Kept(
        id=added.page.id if is_readable else None,
        created=added.is_new if is_readable else None,
        namespace=added.page.namespace,
        conversation=added.page.conversation,
        topic=added.segment if is_readable else None,
    )


TOOLS = (add_memory, retrieve_memory, get_user_profile, memory_timeline)
